// The hosts format: `ADDRESS NAME…` a line, `#` begins a comment. Called by load.ts. Cold.

import { isIP } from 'node:net';
import { readAddress } from '#native/address.ts';
import { type Address, addressOf, isIpv4 } from '#wire/address.ts';
import { LOWER } from '#wire/hash.ts';
import { encodeName, NameError } from '#wire/name.ts';
import type { Key } from '#zone/entry.ts';

/** Addresses of one name, in the order in which they came. */
export interface HostAddresses {
  readonly a: Address[];
  readonly aaaa: Address[];
}

/** What the lines say, by name and by address. */
export interface HostTable {
  readonly byName: Map<Key, HostAddresses>;
  /** Names in lower case, wire form with the root octet. */
  readonly byAddress: Map<Address, Uint8Array[]>;
  /** Addresses of all names and names of all addresses: `coredns_hosts_entries`. */
  entries: number;
}

export function emptyTable(): HostTable {
  return { byName: new Map(), byAddress: new Map(), entries: 0 };
}

/**
 * Adds the lines of `text` to `table`. Names outside `zones` and lines that make no sense are skipped, as the reference does. `reverse`: also
 * collect names by address.
 */
export function parseHosts(text: string, zones: readonly string[], reverse: boolean, table: HostTable): void {
  for (const line of text.split('\n')) {
    const [literal, ...names] = line
      .replace(/#.*$/, '')
      .split(/\s+/)
      .filter((word) => word !== '');
    if (literal === undefined || names.length === 0) continue;
    const address = parseAddress(literal);
    if (address !== undefined) for (const name of names) addHost(name, address, zones, reverse, table);
  }
}

/** The zone of an IPv6 address (`%eth0`) says nothing to a client. */
function parseAddress(literal: string): Address | undefined {
  const plain = literal.replace(/%.*$/, '');
  return isIP(plain) === 0 ? undefined : addressOf(readAddress(plain).octets);
}

function addHost(name: string, address: Address, zones: readonly string[], reverse: boolean, table: HostTable): void {
  const text = `${name.toLowerCase().replace(/\.$/, '')}.`;
  if (!zones.some((zone) => zone === '.' || text === zone || text.endsWith(`.${zone}`))) return;
  const wire = wireOf(text);
  if (wire === undefined) return;
  // Not by text: escapes let one name be written in many ways.
  const key = Buffer.from(wire.subarray(0, -1)).toString('latin1');
  const addresses = table.byName.get(key) ?? { a: [], aaaa: [] };
  table.byName.set(key, addresses);
  (isIpv4(address) ? addresses.a : addresses.aaaa).push(address);
  table.entries++;
  // A wildcard is not a name that an address could have.
  if (reverse && !key.startsWith('\x01*')) addReverse(address, wire, table);
}

function addReverse(address: Address, wire: Uint8Array, table: HostTable): void {
  const names = table.byAddress.get(address) ?? [];
  table.byAddress.set(address, names);
  names.push(wire);
  table.entries++;
}

/** Length octets are below every letter, so lower-casing all octets does no harm. Undefined when the text is no name. */
function wireOf(text: string): Uint8Array | undefined {
  try {
    return encodeName(text).map((octet) => LOWER[octet]);
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
