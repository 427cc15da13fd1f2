// Addresses of objects: text → value and back. Called by all checks of objects; 100,000 times at a start. Cold.

import { formatAddress, readAddress } from '#native/address.ts';
import { type Address, addressOf, IPV6_BYTES, isIpv4, writeAddress } from '#wire/address.ts';
import type { ObjectId } from './object.ts';
import { refusal } from './refusal.ts';

const DOT = 46;
const ZERO = 48;
const NINE = 57;
const ASCII_END = 128;
/** Characters of `255.255.255.255`. */
const LONGEST_QUAD = 15;
const scratch = new Uint8Array(IPV6_BYTES);

/** The address that a text says, or undefined for what is no IP address. */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text);
  if (quad !== undefined) return quad;
  if (text.includes('%')) return undefined;
  try {
    return addressOf(readAddress(text).octets);
  } catch {
    return undefined;
  }
}

/** An IPv4 address in its usual text; undefined for everything else. Nearly all addresses are such. */
export function parseQuad(text: string): number | undefined {
  if (text.length > LONGEST_QUAD) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    scratch[at] = code < ASCII_END ? code : 0;
  }
  return readQuad(scratch, 0, text.length);
}

/** The same of the text within [from, to), of which no string is made. */
export function readQuad(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to - from > LONGEST_QUAD) return undefined;
  let octets = 0;
  let dots = 0;
  let octet = -1;
  for (let at = from; at < to; at++) {
    const code = bytes[at];
    if (code === DOT && octet >= 0 && dots < 3) {
      octets = (octets << 8) | octet;
      octet = -1;
      dots++;
    } else if (code >= ZERO && code <= NINE && octet !== 0) {
      octet = octet < 0 ? code - ZERO : octet * 10 + code - ZERO;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && octet >= 0 ? (octets << 8) | octet : undefined;
}

/** The usual text of an address. */
export function textOf(address: Address): string {
  if (isIpv4(address)) return quadText(address, '.');
  writeAddress(scratch, 0, address);
  return formatAddress(scratch, 0, 6, 0);
}

/** The four numbers of an IPv4 address. */
export function quadText(address: number, between: string): string {
  return `${address >>> 24}${between}${(address >>> 16) & 255}${between}${(address >>> 8) & 255}${between}${address & 255}`;
}

/** The address, or an ObjectError about that field. */
export function requireAddress(id: ObjectId, path: string, text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw refusal(id, path, text, 'an IP address');
  return address;
}

/** Every address of that list. */
export function requireAddresses(id: ObjectId, path: string, texts: readonly string[]): Address[] {
  return texts.map((text, index) => requireAddress(id, `${path}[${index}]`, text));
}
