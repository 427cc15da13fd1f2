// Addresses of objects: text → octets and back. Called by all checks of objects; 100,000 times at a start. Cold.

import { formatAddress, readAddress } from '#native/address.ts';
import type { ObjectId } from './object.ts';
import { refusal } from './refusal.ts';

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** 4 or 16 octets, or undefined for what is no IP address. */
export function octetsOf(text: string): Uint8Array | undefined {
  const quad = quadOf(text);
  if (quad !== undefined) return quad;
  if (text.includes('%')) return undefined;
  try {
    return readAddress(text).octets;
  } catch {
    return undefined;
  }
}

/** Octets of an IPv4 address in its usual text; undefined for everything else. Without garbage: nearly all addresses are such. */
export function quadOf(text: string): Uint8Array | undefined {
  let octets = 0;
  let dots = 0;
  let octet = -1;
  if (text.length < 7 || text.length > 15) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT && octet >= 0 && dots < 3) {
      octets = (octets << 8) | octet;
      octet = -1;
      dots++;
    } else if (code >= ZERO && code <= NINE && octet !== 0) {
      octet = octet < 0 ? code - ZERO : octet * 10 + code - ZERO;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  if (dots !== 3 || octet < 0) return undefined;
  return Uint8Array.of((octets >>> 16) & 255, (octets >>> 8) & 255, octets & 255, octet);
}

/** The usual text of an address of 4 or 16 octets. */
export function textOf(address: Uint8Array): string {
  return formatAddress(address, 0, address.length === 4 ? 4 : 6, 0);
}

/** Octets, or an ObjectError about that field. */
export function requireAddress(id: ObjectId, path: string, text: string): Uint8Array {
  const octets = octetsOf(text);
  if (octets === undefined) throw refusal(id, path, text, 'an IP address');
  return octets;
}

/** Octets of every address in that list. */
export function requireAddresses(id: ObjectId, path: string, texts: readonly string[]): Uint8Array[] {
  return texts.map((text, index) => requireAddress(id, `${path}[${index}]`, text));
}
