// The copy of a client's message that an upstream gets (behaviour D forward): as received, but for the id. Hot.

import { EDNS_DO, FLAG, HEADER_BYTES, OPT_BYTES, TYPE } from '#wire/constants.ts';
import type { Query } from '../../query/query.ts';

/** TYPE, CLASS of a question behind its name. */
const QUESTION_FIXED = 4;
/** From the first octet of an OPT's options back to its CLASS (the UDP size) and its flags; the owner is the root. */
const OPT_SIZE = -8;
const OPT_FLAGS = -4;

/** Octets that `writeRequest` writes at most. */
export function requestLength(query: Query): number {
  return query.length - query.questionLength + HEADER_BYTES + query.nameLength + QUESTION_FIXED;
}

/**
 * Writes the request to `to[at…]` and returns its length. Header bits and records are the client's; the question is the query's, which a
 * plugin may have renamed; AD is set when a plugin wants to know what the upstream makes of it (`authenticUpstream`); the EDNS size and
 * flags are those of the query object, which plugins may have changed.
 */
export function writeRequest(query: Query, to: Uint8Array, at: number, id: number): number {
  const { bytes } = query;
  for (let i = 0; i < HEADER_BYTES; i++) to[at + i] = bytes[query.at + i];
  to[at] = id >>> 8;
  to[at + 1] = id;
  if (query.authenticUpstream === 1) to[at + 3] |= FLAG.AD;
  const end = writeQuestion(query, to, at + HEADER_BYTES);
  // Names in records may point into the question: they are right only as long as it has the same length.
  const sameLength = end - at === query.questionLength;
  return (sameLength ? writeRecords(query, to, end) : writeOpt(query, to, at, end)) - at;
}

function writeQuestion(query: Query, to: Uint8Array, at: number): number {
  const { bytes, nameAt, nameLength } = query;
  for (let i = 0; i < nameLength; i++) to[at + i] = bytes[nameAt + i];
  const end = at + nameLength;
  to[end] = query.type >>> 8;
  to[end + 1] = query.type;
  to[end + 2] = query.klass >>> 8;
  to[end + 3] = query.klass;
  return end + QUESTION_FIXED;
}

/** The records as received; octets that belong to none are left out where that can be seen at once. Returns the end. */
function writeRecords(query: Query, to: Uint8Array, at: number): number {
  const { bytes } = query;
  const first = query.at + query.questionLength;
  const end = endOfRecords(query, first);
  for (let from = first, out = at; from < end; ) to[out++] = bytes[from++];
  if (query.edns === 1) patchOpt(query, to, at + query.optionsAt - first);
  return at + end - first;
}

/** No records, or nothing but an OPT without a name: what almost all clients send. */
function endOfRecords(query: Query, first: number): number {
  const { bytes, at } = query;
  const others = bytes[at + 7] + bytes[at + 9];
  if (others === 0 && bytes[at + 11] === 0) return first;
  if (others === 0 && bytes[at + 11] === 1 && query.optionsAt === first + OPT_BYTES)
    return query.optionsAt + query.optionsLength;
  return at + query.length;
}

function patchOpt(query: Query, to: Uint8Array, optionsAt: number): void {
  to[optionsAt + OPT_SIZE] = query.udpSize >>> 8;
  to[optionsAt + OPT_SIZE + 1] = query.udpSize;
  to[optionsAt + OPT_FLAGS] = (query.ednsFlags >>> 8) & ~(EDNS_DO >>> 8);
  if (query.dnssecOk === 1) to[optionsAt + OPT_FLAGS] |= EDNS_DO >>> 8;
  to[optionsAt + OPT_FLAGS + 1] = query.ednsFlags;
}

/** A question of another length: of the records only the OPT goes along. Returns the end. */
function writeOpt(query: Query, to: Uint8Array, message: number, at: number): number {
  for (let i = 6; i < HEADER_BYTES; i++) to[message + i] = 0;
  if (query.edns === 0) return at;
  const { bytes, optionsAt, optionsLength } = query;
  to[message + 11] = 1;
  for (let i = 0; i < OPT_BYTES; i++) to[at + i] = 0;
  to[at + 2] = TYPE.OPT;
  to[at + 6] = query.version;
  to[at + 9] = optionsLength >>> 8;
  to[at + 10] = optionsLength;
  const options = at + OPT_BYTES;
  patchOpt(query, to, options);
  for (let i = 0; i < optionsLength; i++) to[options + i] = bytes[optionsAt + i];
  return options + optionsLength;
}
