// Domain names inside RDATA: where they stand, how long RDATA is without compression. Hot.
// Called by whoever measures or rewrites records that came from elsewhere.

import { copyName, nameLengthAt, skipName } from './message.ts';

/**
 * Fixed octets before the first name, and how many names follow one another, for every type whose RDATA a sender may have compressed
 * (RFC 1035 §3.3, RFC 3597 §4) or in which the reference follows pointers. What stands behind the names (serial numbers of SOA, signatures,
 * bit maps) has no names.
 */
const SHAPES: readonly (readonly [type: number, prefix: number, names: number])[] = [
  [2, 0, 1], // NS
  [3, 0, 1], // MD
  [4, 0, 1], // MF
  [5, 0, 1], // CNAME
  [6, 0, 2], // SOA
  [7, 0, 1], // MB
  [8, 0, 1], // MG
  [9, 0, 1], // MR
  [12, 0, 1], // PTR
  [14, 0, 2], // MINFO
  [15, 2, 1], // MX
  [17, 0, 2], // RP
  [18, 2, 1], // AFSDB
  [21, 2, 1], // RT
  [23, 0, 1], // NSAP-PTR
  [24, 18, 1], // SIG
  [26, 2, 2], // PX
  [30, 0, 1], // NXT
  [33, 6, 1], // SRV
  [35, 4, 1], // NAPTR: three character strings stand between the fixed octets and the name
  [36, 2, 1], // KX
  [39, 0, 1], // DNAME
  [46, 18, 1], // RRSIG
  [47, 0, 1], // NSEC
  [58, 0, 2], // TALINK
  [64, 2, 1], // SVCB
  [65, 2, 1], // HTTPS
  [107, 2, 1], // LP
];
const PREFIX = new Uint8Array(128);
const NAMES = new Uint8Array(128);
for (const [type, prefix, names] of SHAPES) {
  PREFIX[type] = prefix;
  NAMES[type] = names;
}
const NAPTR = 35;
const NAPTR_STRINGS = 3;

/** Domain names in RDATA of this type, one behind the other: 0, 1 or 2. */
export function rdataNames(type: number): number {
  return type < NAMES.length ? NAMES[type] : 0;
}

/**
 * Offset of the first name in the RDATA of `length` octets at `at`, for types with `rdataNames(type) > 0`; a second name stands behind it.
 * 0 when the RDATA is too short.
 */
export function firstRdataName(bytes: Uint8Array, type: number, at: number, length: number): number {
  const end = at + length;
  let name = at + PREFIX[type];
  if (type === NAPTR) for (let i = 0; i < NAPTR_STRINGS && name < end; i++) name += 1 + bytes[name];
  return name < end ? name : 0;
}

/**
 * Octets of the RDATA without compression; -1 when a name in it is malformed or runs over its end. `message` is the offset of the
 * message's header.
 */
export function rdataLengthAt(
  bytes: Uint8Array,
  message: number,
  type: number,
  rdataAt: number,
  rdataLength: number,
): number {
  const names = rdataNames(type);
  // Empty RDATA stands in answers to dynamic updates and in mutilated records; there is nothing to follow.
  if (names === 0 || rdataLength === 0) return rdataLength;
  const end = rdataAt + rdataLength;
  let at = firstRdataName(bytes, type, rdataAt, rdataLength);
  if (at === 0) return -1;
  let total = rdataLength;
  for (let i = 0; i < names; i++) {
    const after = skipName(bytes, at, end);
    const plain = after === 0 ? 0 : nameLengthAt(bytes, message, at, end);
    if (plain === 0) return -1;
    total += plain - (after - at);
    at = after;
  }
  return total;
}

/**
 * Writes the RDATA without compression to `to[toAt…]` and returns its length: that of `rdataLengthAt`, which must have been asked before
 * and have said that the RDATA is well formed. `to` may be `bytes` when the places do not overlap.
 */
export function copyRdata(
  bytes: Uint8Array,
  message: number,
  type: number,
  rdataAt: number,
  rdataLength: number,
  to: Uint8Array,
  toAt: number,
): number {
  const end = rdataAt + rdataLength;
  let from = rdataAt;
  let out = toAt;
  const names = rdataLength === 0 ? 0 : rdataNames(type);
  if (names > 0)
    for (const first = firstRdataName(bytes, type, rdataAt, rdataLength); from < first; ) to[out++] = bytes[from++];
  for (let i = 0; i < names; i++) {
    out += copyName(bytes, message, from, to, out);
    from = skipName(bytes, from, end);
  }
  while (from < end) to[out++] = bytes[from++];
  return out - toAt;
}
