// IP addresses as values: equal ones are `===`, so that maps and sets can have them as keys. Used wherever many are kept. Cold.

/**
 * An IPv4 address is its 32 bits as a signed number, an IPv6 address 16 one-byte characters. A number takes no memory of its own, where an array
 * of octets takes 200 bytes and a call into the runtime.
 */
export type Address = number | string;

/** Octets of an address. */
export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;

/** From 4 or 16 octets at `at`. */
export function readAddress(bytes: Uint8Array, at: number, length: number): Address {
  if (length === IPV4_BYTES) return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  let characters = '';
  for (let i = at; i < at + length; i++) characters += String.fromCharCode(bytes[i]);
  return characters;
}

/** Writes the 4 or 16 octets in network order; returns where they end. */
export function writeAddress(bytes: Uint8Array, at: number, address: Address): number {
  if (typeof address === 'number') {
    bytes[at] = address >>> 24;
    bytes[at + 1] = address >>> 16;
    bytes[at + 2] = address >>> 8;
    bytes[at + 3] = address;
    return at + IPV4_BYTES;
  }
  for (let i = 0; i < address.length; i++) bytes[at + i] = address.charCodeAt(i);
  return at + address.length;
}

/** From an array of 4 or 16 octets. Throws RangeError for another length. */
export function addressOf(octets: Uint8Array): Address {
  if (octets.length !== IPV4_BYTES && octets.length !== IPV6_BYTES)
    throw new RangeError(`an address of ${octets.length} octets; allowed: 4, 16`);
  return readAddress(octets, 0, octets.length);
}

/** The octets in an array of their own. */
export function octetsOf(address: Address): Uint8Array {
  const octets = new Uint8Array(typeof address === 'number' ? IPV4_BYTES : address.length);
  writeAddress(octets, 0, address);
  return octets;
}

/** True for an IPv4 address. */
export function isIpv4(address: Address): address is number {
  return typeof address === 'number';
}
