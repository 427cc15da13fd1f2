// What kind of answer a query got. Called by log for its classes; cache, minimal and dnssec judge by the same rules (spec D cache). Hot.

import { OPCODE, RCODE, TYPE } from '#wire/constants.ts';
import { RecordCursor } from '#wire/message.ts';
import { WRITTEN } from '../chain/outcome.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';

/** Small integers, in the order of the reference's names. */
export const ANSWER_CLASS = {
  NO_ERROR: 0,
  NAME_ERROR: 1,
  SERVER_ERROR: 2,
  NO_DATA: 3,
  DELEGATION: 4,
  META: 5,
  UPDATE: 6,
  OTHER_ERROR: 7,
} as const;
export type AnswerClass = (typeof ANSWER_CLASS)[keyof typeof ANSWER_CLASS];

/** Offset of the expiration and inception times in the RDATA of RRSIG (RFC 4034 §3.1). */
const EXPIRATION = 8;
const INCEPTION = 12;

const cursor = new RecordCursor();

/**
 * Classifies what the chain decided: the message in `answer`, or the bare one that the core writes for an rcode.
 * Nothing sent counts as OTHER_ERROR.
 */
export function classify(query: Query, answer: Answer): AnswerClass {
  if (query.opcode === OPCODE.UPDATE) return ANSWER_CLASS.UPDATE;
  if (query.opcode === OPCODE.NOTIFY || query.type === TYPE.AXFR || query.type === TYPE.IXFR) return ANSWER_CLASS.META;
  if (answer.outcome >= 0) return classifyBare(answer.outcome);
  if (answer.outcome !== WRITTEN) return ANSWER_CLASS.OTHER_ERROR;
  if (query.dnssecOk === 1 && hasExpiredSignature(answer)) return ANSWER_CLASS.OTHER_ERROR;
  return classifyMessage(answer);
}

function classifyBare(rcode: number): AnswerClass {
  if (rcode === RCODE.NOERROR) return ANSWER_CLASS.NO_ERROR;
  if (rcode === RCODE.NXDOMAIN) return ANSWER_CLASS.NAME_ERROR;
  return isServerError(rcode) ? ANSWER_CLASS.SERVER_ERROR : ANSWER_CLASS.OTHER_ERROR;
}

function isServerError(rcode: number): boolean {
  return rcode === RCODE.SERVFAIL || rcode === RCODE.NOTIMP;
}

function classifyMessage(answer: Answer): AnswerClass {
  const { rcode } = answer;
  if (rcode === RCODE.NXDOMAIN) return answer.answers > 0 ? ANSWER_CLASS.OTHER_ERROR : ANSWER_CLASS.NAME_ERROR;
  if (rcode !== RCODE.NOERROR) return isServerError(rcode) ? ANSWER_CLASS.SERVER_ERROR : ANSWER_CLASS.OTHER_ERROR;
  if (answer.answers > 0 || answer.authorities === 0) return ANSWER_CLASS.NO_ERROR;
  return classifyAuthority(answer);
}

/** NOERROR without answers: a SOA says that there is no data, an NS that somebody else has it (RFC 2308 §2.2). */
function classifyAuthority(answer: Answer): AnswerClass {
  cursor.open(answer.bytes, answer.at, answer.questionEnd, answer.end, 0, answer.authorities, 0);
  let delegation = false;
  while (cursor.next()) {
    if (cursor.type === TYPE.SOA) return ANSWER_CLASS.NO_DATA;
    if (cursor.type === TYPE.NS) delegation = true;
  }
  return delegation ? ANSWER_CLASS.DELEGATION : ANSWER_CLASS.NO_ERROR;
}

/** True when an RRSIG of the answer is not valid now (RFC 4034 §3.1.5, serial number arithmetic). The wall clock is read for the first one. */
function hasExpiredSignature(answer: Answer): boolean {
  const { bytes } = answer;
  cursor.open(bytes, answer.at, answer.questionEnd, answer.end, answer.answers, answer.authorities, answer.additionals);
  let now = 0;
  while (cursor.next()) {
    if (cursor.type !== TYPE.RRSIG || cursor.rdataLength < INCEPTION + 4) continue;
    if (now === 0) now = Math.floor(Date.now() / 1000);
    const expired = (readTime(bytes, cursor.rdataAt + EXPIRATION) - now) | 0;
    const begun = (now - readTime(bytes, cursor.rdataAt + INCEPTION)) | 0;
    if (expired < 0 || begun < 0) return true;
  }
  return false;
}

function readTime(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
