// Addresses in names below in-addr.arpa and ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5). Hot.

import type { Query } from '#workers/query/query.ts';
import { hexValue, unmap } from './dashed.ts';
import { ARPA, IN_ADDR, IP6, isLabelAt } from './labels.ts';

/** Labels of a whole address under its zone, and of the zone. */
const IPV4_LABELS = 4 + 2;
const IPV6_LABELS = 32 + 2;
const ZERO = 0x30;
const NINE = 0x39;

/** Reads the whole address that QNAME stands for into `to`: 4 or 16; 0 when it is none. */
export function readReverse(query: Query, to: Uint8Array): number {
  const { labels } = query;
  if (labels !== IPV4_LABELS && labels !== IPV6_LABELS) return 0;
  if (!isLabelAt(query, labels - 1, ARPA)) return 0;
  if (labels === IPV4_LABELS) return isLabelAt(query, labels - 2, IN_ADDR) ? readQuad(query, to) : 0;
  return isLabelAt(query, labels - 2, IP6) ? readNibbles(query, to) : 0;
}

function readQuad(query: Query, to: Uint8Array): number {
  for (let i = 0; i < 4; i++) {
    const value = readDecimal(query, i);
    if (value < 0) return 0;
    to[3 - i] = value;
  }
  return 4;
}

/** 0…255 without leading zeros, or -1. */
function readDecimal(query: Query, index: number): number {
  const { bytes } = query;
  const at = query.lowerAt + query.labelAt[index];
  const length = bytes[at];
  if (length > 3 || (length > 1 && bytes[at + 1] === ZERO)) return -1;
  let value = 0;
  for (let i = 1; i <= length; i++) {
    const octet = bytes[at + i];
    if (octet < ZERO || octet > NINE) return -1;
    value = value * 10 + octet - ZERO;
  }
  return value > 255 ? -1 : value;
}

function readNibbles(query: Query, to: Uint8Array): number {
  const { bytes, lowerAt, labelAt } = query;
  for (let i = 0; i < 16; i++) {
    const low = lowerAt + labelAt[2 * i];
    const high = lowerAt + labelAt[2 * i + 1];
    if (bytes[low] !== 1 || bytes[high] !== 1) return 0;
    const value = (hexValue(bytes[high + 1]) << 4) | hexValue(bytes[low + 1]);
    // A digit that is none is -1, and so is everything or-ed with it.
    if (value < 0) return 0;
    to[15 - i] = value;
  }
  return unmap(to);
}
