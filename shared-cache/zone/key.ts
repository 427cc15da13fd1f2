// Keys, names and addresses from plain values to octets, with all checks, and the hashes of keys. Used by the encoder. Cold, but economical.

import { type Address, IPV4_BYTES, IPV6_BYTES, writeAddress } from '#wire/address.ts';
import { hashAddress, hashName } from '#wire/hash.ts';
import type { Key } from './entry.ts';
import { ADDRESS_MARK, CLIENT_MARK, MAX_NAME } from './layout.ts';

const MAX_LABEL = 63;

/** Writes a key; returns where it ends. Throws RangeError unless it is an address key or lower-case wire labels without the root octet. */
export function writeKey(bytes: Uint8Array, at: number, key: Key): number {
  const mark = key.charCodeAt(0);
  if (mark !== ADDRESS_MARK && mark !== CLIENT_MARK) return writeLabels(bytes, at, key, true);
  if (key.length !== 1 + IPV4_BYTES && key.length !== 1 + IPV6_BYTES)
    throw new RangeError(`an address key of ${key.length} octets; allowed: 5, 17`);
  return writeCharacters(bytes, at, key);
}

/** Writes the `addressKey` or `clientKey` without making it. Throws RangeError for what is no address. */
export function writeAddressKey(bytes: Uint8Array, at: number, mark: number, address: Address): number {
  bytes[at] = mark;
  return typeof address === 'number' ? writeIpv4(bytes, at + 1, address) : writeIpv6(bytes, at + 1, address);
}

/** Hash of the key between `at` and `end`, as readers hash the name or address. */
export function hashStored(seed: number, bytes: Uint8Array, at: number, end: number): number {
  if (end > at && bytes[at] >= CLIENT_MARK) return hashAddress(seed, bytes, at + 1, end - at - 1);
  return hashName(seed, bytes, at, end);
}

/** Writes an IPv4 address; returns where it ends. Throws RangeError for anything else. */
export function writeIpv4(bytes: Uint8Array, at: number, address: Address): number {
  if (typeof address === 'string' || (address | 0) !== address)
    throw new RangeError(`${said(address)} where an IPv4 address stands; it must be a signed number of 32 bits`);
  return writeAddress(bytes, at, address);
}

/** Writes an IPv6 address; returns where it ends. Throws RangeError for anything else. */
export function writeIpv6(bytes: Uint8Array, at: number, address: Address): number {
  if (typeof address === 'number' || address.length !== IPV6_BYTES)
    throw new RangeError(`${said(address)} where an IPv6 address stands; it must be 16 one-byte characters`);
  return writeCharacters(bytes, at, address);
}

function said(address: Address): string {
  return typeof address === 'number' ? `the number ${address}` : `a string of ${address.length} characters`;
}

/**
 * Writes wire labels without the root octet; returns where they end. Throws RangeError for anything else, and with `lower` for upper-case
 * letters.
 */
export function writeLabels(bytes: Uint8Array, at: number, name: string, lower: boolean): number {
  const { length } = name;
  if (length > MAX_NAME) throw new RangeError(`a relative name of ${length} octets; allowed: 0…${MAX_NAME}`);
  for (let i = 0; i < length; ) {
    const label = name.charCodeAt(i);
    if (label === 0 || label > MAX_LABEL || i + label >= length) {
      throw new RangeError(
        `a relative name with a label of ${label} octets at ${i}, ${length} octets in all; it must be labels of 1…63 octets without the root`,
      );
    }
    bytes[at + i] = label;
    for (const end = i + label; i < end; ) {
      const octet = name.charCodeAt(++i);
      if (lower && octet >= 65 && octet <= 90)
        throw new RangeError('a relative name with an upper-case letter; names of images are lower case');
      if (octet > 0xff) throw notAnOctet(octet);
      bytes[at + i] = octet;
    }
    i++;
  }
  return at + length;
}

function writeCharacters(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    if (octet > 0xff) throw notAnOctet(octet);
    bytes[at + i] = octet;
  }
  return at + text.length;
}

function notAnOctet(character: number): RangeError {
  return new RangeError(`a character ${character} where octets stand; allowed: 0…255`);
}
