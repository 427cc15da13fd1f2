// Names, addresses and random numbers for the tests of zone images. Cold.

import { type Address, addressOf } from '#wire/address.ts';
import type { Key } from '../entry.ts';

/** The key of a name in dotted form: wire labels without the root octet; '' is the apex. */
export function wireName(text: string): Key {
  if (text === '') return '';
  return text
    .split('.')
    .map((label) => String.fromCharCode(label.length) + label)
    .join('');
}

/** One-byte characters as octets. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** From the text of an IPv4 address. */
export function ipv4(text: string): Address {
  return addressOf(Uint8Array.from(text.split('.').map(Number)));
}

/** The address fd00::N. */
export function ipv6(last: number): Address {
  return `\xfd${'\0'.repeat(14)}${String.fromCharCode(last)}`;
}

/** Seeded random integers below `n` (xorshift32). */
export function random(seed: number): (n: number) => number {
  let x = seed | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}
