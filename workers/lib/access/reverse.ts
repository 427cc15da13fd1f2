// Addresses out of reverse names: 4.3.2.1.in-addr.arpa and nibbles of ip6.arpa (RFC 1035 §3.5, RFC 3596 §2.5). Hot.

import type { Query } from '../../query/query.ts';

const IN_ADDR_ARPA = new TextEncoder().encode('\x07in-addr\x04arpa\x00');
const IP6_ARPA = new TextEncoder().encode('\x03ip6\x04arpa\x00');
const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const F = 0x66;

/** Writes the complete address that QNAME stands for to `to[0…]`; returns its octets, 4 or 16, or 0 when QNAME is no such name. */
export function readReverse(query: Query, to: Uint8Array): number {
  if (query.labels === 6 && endsWith(query, 4, IN_ADDR_ARPA)) return readDecimal(query, to) ? 4 : 0;
  if (query.labels === 34 && endsWith(query, 32, IP6_ARPA)) return readNibbles(query, to) ? 16 : 0;
  return 0;
}

function endsWith(query: Query, label: number, suffix: Uint8Array): boolean {
  const { bytes } = query;
  const at = query.lowerAt + query.labelAt[label];
  for (let i = 0; i < suffix.length; i++) if (bytes[at + i] !== suffix[i]) return false;
  return true;
}

/** The labels are the octets from the last to the first, in decimal without leading zeros. */
function readDecimal(query: Query, to: Uint8Array): boolean {
  const { bytes, lowerAt, labelAt } = query;
  for (let label = 0; label < 4; label++) {
    const at = lowerAt + labelAt[label];
    const length = bytes[at];
    if (length > 3 || (length > 1 && bytes[at + 1] === ZERO)) return false;
    let value = 0;
    for (let i = at + 1; i <= at + length; i++) {
      if (bytes[i] < ZERO || bytes[i] > NINE) return false;
      value = value * 10 + bytes[i] - ZERO;
    }
    if (value > 255) return false;
    to[3 - label] = value;
  }
  return true;
}

/** 32 labels of one hexadecimal digit, from the last to the first. */
function readNibbles(query: Query, to: Uint8Array): boolean {
  const { bytes, lowerAt, labelAt } = query;
  for (let label = 0; label < 32; label++) {
    const at = lowerAt + labelAt[label];
    const digit = bytes[at + 1];
    if (bytes[at] !== 1) return false;
    const value = digit >= ZERO && digit <= NINE ? digit - ZERO : digit >= A && digit <= F ? digit - A + 10 : -1;
    if (value < 0) return false;
    const octet = 15 - (label >> 1);
    to[octet] = (label & 1) === 0 ? value : to[octet] | (value << 4);
  }
  return true;
}
