// IP addresses as text and as octets. Cold.

import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16, network order. */
  readonly octets: Uint8Array;
  /** Index of the interface of a link-local address; 0 otherwise. */
  readonly scope: number;
}

/**
 * `::ffff:192.0.2.1` is the IPv4 address in it; `fe80::1%eth0` and `fe80::1%2` name their interface.
 * @throws TypeError when `text` is not an IP address, or names an interface that is not there
 */
export function readAddress(text: string): Address {
  if (isIPv4(text)) return { family: 4, octets: Uint8Array.from(text.split('.'), Number), scope: 0 };
  if (!isIPv6(text)) throw new TypeError(`"${text}" is not an IP address`);
  const [address, zone] = text.split('%');
  const octets = readIPv6(address);
  if (octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255)
    return { family: 4, octets: octets.slice(12), scope: 0 };
  return { family: 6, octets, scope: zone === undefined ? 0 : interfaceIndex(zone, text) };
}

function readIPv6(text: string): Uint8Array {
  const [head, tail] = text.split('::').map(readGroups);
  const octets = new Uint8Array(16);
  octets.set(head);
  if (tail !== undefined) octets.set(tail, 16 - tail.length);
  return octets;
}

function readGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** Text of the 4 or 16 octets at `at`: IPv6 after RFC 5952, with `%zone` when `scope` is not 0. */
export function formatAddress(bytes: Uint8Array, at: number, family: 4 | 6, scope: number): string {
  if (family === 4) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[at + 2 * i] << 8) | bytes[at + 2 * i + 1]);
  const zone = scope === 0 ? '' : `%${interfaceName(scope)}`;
  return formatGroups(groups) + zone;
}

/** The longest run of two or more zero groups, the first of equals, becomes `::` (RFC 5952 §4.2). */
function formatGroups(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function interfaceIndex(zone: string, text: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  for (const entry of networkInterfaces()[zone] ?? [])
    if (entry.family === 'IPv6' && entry.scopeid !== 0) return entry.scopeid;
  throw new TypeError(`"${text}" names an interface that is not there`);
}

/** Names by index. Link-local peers are rare and interfaces rarer, so each index is looked for once. */
const names = new Map<number, string>();

function interfaceName(index: number): string {
  let name = names.get(index);
  if (name === undefined) {
    name = findInterface(index) ?? String(index);
    names.set(index, name);
  }
  return name;
}

function findInterface(index: number): string | undefined {
  for (const [name, entries] of Object.entries(networkInterfaces()))
    if (entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid === index)) return name;
  return undefined;
}
