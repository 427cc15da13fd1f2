// The one parser of client messages, whatever the transport (spec B2). Bounded by the message's length; never throws. Hot.

import {
  CLASSIC_UDP_BYTES,
  EDNS_DO,
  FLAG,
  HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_NAME_BYTES,
  MAX_UDP_BYTES,
  OPCODE,
  TYPE,
} from '#wire/constants.ts';
import { measureEcho } from './edns.ts';
import { PROTO_UDP, type Query } from './query.ts';

/** The message is a question that may enter the chain. */
export const ACCEPTED = 0;
/** No answer: too short, or itself an answer. */
export const IGNORED = 1;
/** Answer with a header only: NOTIMP. */
export const UNKNOWN_OPCODE = 2;
/** Answer with a header only: FORMERR. */
export const BAD_COUNTS = 3;
/** FORMERR; the question was not readable. */
export const BAD_QUESTION = 4;
/** FORMERR with the question: what stands behind it is not readable. */
export const BAD_RECORDS = 5;
/** The header promises a question, but the message ends: SERVFAIL. */
export const NO_QUESTION = 6;
/** An EDNS version other than 0: BADVERS (RFC 6891 §6.1.3). */
export const BAD_VERSION = 7;
export type Verdict = number;

/** What `acceptableCounts` lets through. */
const MAX_RECORDS = 4;

/**
 * Reads the message of `length` octets at `query.bytes[at…]` into the query; `seed` is that of the name hashes.
 * Fields of the question are valid from ACCEPTED, BAD_RECORDS and BAD_VERSION on; id, flags and opcode from everything but IGNORED.
 */
export function readQuery(query: Query, at: number, length: number, seed: number): Verdict {
  const { bytes } = query;
  query.at = at;
  query.length = length;
  if (length < HEADER_BYTES) return IGNORED;
  const flags = (bytes[at + 2] << 8) | bytes[at + 3];
  if (flags & FLAG.QR) return IGNORED;
  query.id = (bytes[at] << 8) | bytes[at + 1];
  query.flags = flags;
  query.opcode = (flags & FLAG.OPCODE) >>> 11;
  resetEdns(query);
  if (query.opcode !== OPCODE.QUERY && query.opcode !== OPCODE.NOTIFY) return UNKNOWN_OPCODE;
  if (!acceptableCounts(bytes, at)) return BAD_COUNTS;
  if (length === HEADER_BYTES) return NO_QUESTION;
  const nameEnd = endOfQuestionName(bytes, at + HEADER_BYTES, at + length);
  if (nameEnd === 0 || nameEnd + 4 > at + length) return BAD_QUESTION;
  query.nameAt = at + HEADER_BYTES;
  query.type = (bytes[nameEnd] << 8) | bytes[nameEnd + 1];
  query.klass = (bytes[nameEnd + 2] << 8) | bytes[nameEnd + 3];
  query.questionLength = nameEnd + 4 - at;
  query.readLabels(seed);
  const records =
    ((bytes[at + 6] << 8) | bytes[at + 7]) +
    ((bytes[at + 8] << 8) | bytes[at + 9]) +
    ((bytes[at + 10] << 8) | bytes[at + 11]);
  if (records !== 0 && !readRecords(query, nameEnd + 4, at + length, records)) return BAD_RECORDS;
  query.limit = clientLimit(query);
  return query.version === 0 ? ACCEPTED : BAD_VERSION;
}

function resetEdns(query: Query): void {
  query.edns = 0;
  query.udpSize = CLASSIC_UDP_BYTES;
  query.version = 0;
  query.ednsFlags = 0;
  query.dnssecOk = 0;
  query.optionsAt = 0;
  query.optionsLength = 0;
  query.echoLength = 0;
  query.waiting = 0;
  query.authenticUpstream = 0;
  query.whole = 0;
  query.upstream = '';
  query.limit = query.proto === PROTO_UDP ? CLASSIC_UDP_BYTES : MAX_MESSAGE_BYTES;
}

function acceptableCounts(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 4] === 0 &&
    bytes[at + 5] === 1 &&
    bytes[at + 6] === 0 &&
    bytes[at + 7] <= 1 &&
    bytes[at + 8] === 0 &&
    bytes[at + 9] <= 1 &&
    bytes[at + 10] === 0 &&
    bytes[at + 11] <= 2
  );
}

/** End of the uncompressed name at `at`, behind its root octet; 0 when it is none: too long, cut off, or with other label types. */
function endOfQuestionName(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end) {
    const length = bytes[to];
    if (length === 0) return to + 1 - at > MAX_NAME_BYTES ? 0 : to + 1;
    if (length > 63) return 0;
    to += length + 1;
  }
  return 0;
}

/** Walks the records behind the question and picks up the OPT, the last one if there are two. Trailing octets do not matter. */
function readRecords(query: Query, at: number, end: number, records: number): boolean {
  const { bytes } = query;
  let from = at;
  for (let i = 0; i < records && i < MAX_RECORDS; i++) {
    const fixed = endOfRecordName(bytes, from, end);
    if (fixed === 0 || fixed + 10 > end) return false;
    const length = (bytes[fixed + 8] << 8) | bytes[fixed + 9];
    from = fixed + 10 + length;
    if (from > end) return false;
    if (((bytes[fixed] << 8) | bytes[fixed + 1]) === TYPE.OPT && !readOpt(query, fixed, length)) return false;
  }
  return true;
}

/** Like `endOfQuestionName`, but a compression pointer may end the name; it is not followed. */
function endOfRecordName(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end) {
    const length = bytes[to];
    if (length === 0) return to + 1 - at > MAX_NAME_BYTES ? 0 : to + 1;
    if (length >= 0xc0) return to + 2;
    if (length > 63) return 0;
    to += length + 1;
  }
  return 0;
}

/** `fixed` is the offset of the OPT's TYPE field (RFC 6891 §6.1.2). */
function readOpt(query: Query, fixed: number, length: number): boolean {
  const { bytes } = query;
  const echo = measureEcho(bytes, fixed + 10, length);
  if (echo < 0) return false;
  query.edns = 1;
  query.udpSize = (bytes[fixed + 2] << 8) | bytes[fixed + 3];
  query.version = bytes[fixed + 5];
  query.ednsFlags = (bytes[fixed + 6] << 8) | bytes[fixed + 7];
  query.dnssecOk = query.ednsFlags & EDNS_DO ? 1 : 0;
  query.optionsAt = fixed + 10;
  query.optionsLength = length;
  query.echoLength = echo;
  return true;
}

function clientLimit(query: Query): number {
  if (query.proto !== PROTO_UDP) return MAX_MESSAGE_BYTES;
  const size = query.udpSize;
  if (size <= CLASSIC_UDP_BYTES) return CLASSIC_UDP_BYTES;
  return Math.min(size, MAX_UDP_BYTES);
}
