// An answer as the threads hand it over and get it back: fields, places of TTLs, body. Written and read by redis_cache's handler. Warm.

import type { AnswerEntry } from '#answers/entry.ts';
import { MAX_BODY_BYTES, MAX_RECORDS } from '#answers/layout.ts';

/*
 * In octets, numbers with the highest octet first:
 *
 *   0    share u8 │ zero u8 │ header flags and rcode u16
 *   4    answers u16 │ authorities u16
 *   8    additionals u16 │ body length u16
 *   12   octets of the message without compression u32
 *   16   offsets of the TTLs in the body, u16 each, one a record
 *   …    body: what stands behind the question
 */
const HEADER = 16;
/** Octets of a TTL, which must lie within the body. */
const TTL_BYTES = 4;

/** Octets that the answer takes up. */
export function payloadLength(entry: AnswerEntry): number {
  return HEADER + 2 * entry.records + entry.bodyLength;
}

/** Writes `payloadLength(entry)` octets at `to[toAt…]`; the body stands at `from[fromAt…]`. */
export function writePayload(
  share: number,
  entry: AnswerEntry,
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
): void {
  to[toAt] = share;
  to[toAt + 1] = 0;
  write16(to, toAt + 2, entry.flags);
  write16(to, toAt + 4, entry.answers);
  write16(to, toAt + 6, entry.authorities);
  write16(to, toAt + 8, entry.additionals);
  write16(to, toAt + 10, entry.bodyLength);
  write16(to, toAt + 12, entry.plainSize >>> 16);
  write16(to, toAt + 14, entry.plainSize);
  const { records } = entry;
  for (let i = 0; i < records; i++) write16(to, toAt + HEADER + 2 * i, entry.ttlOffsets[i]);
  const body = toAt + HEADER + 2 * records;
  for (let i = 0; i < entry.bodyLength; i++) to[body + i] = from[fromAt + i];
}

/**
 * Reads the payload at `bytes[at…end]` into `entry`, all but its TTL and times. Returns where the body stands, or -1 when the octets are no
 * answer: lengths that do not add up, offsets outside of the body.
 */
export function readPayload(entry: AnswerEntry, bytes: Uint8Array, at: number, end: number): number {
  if (end - at < HEADER) return -1;
  entry.flags = read16(bytes, at + 2);
  entry.answers = read16(bytes, at + 4);
  entry.authorities = read16(bytes, at + 6);
  entry.additionals = read16(bytes, at + 8);
  entry.bodyLength = read16(bytes, at + 10);
  entry.plainSize = read16(bytes, at + 12) * 0x10000 + read16(bytes, at + 14);
  const { records, bodyLength } = entry;
  if (records > MAX_RECORDS || bodyLength > MAX_BODY_BYTES || end - at !== HEADER + 2 * records + bodyLength) return -1;
  for (let i = 0; i < records; i++) {
    const offset = read16(bytes, at + HEADER + 2 * i);
    if (offset + TTL_BYTES > bodyLength) return -1;
    entry.ttlOffsets[i] = offset;
  }
  return at + HEADER + 2 * records;
}

/** The share that a payload was written with. */
export function payloadShare(bytes: Uint8Array, at: number): number {
  return bytes[at];
}

function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
