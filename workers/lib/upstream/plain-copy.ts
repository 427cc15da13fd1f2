// The slow way from a reply to an answer: records are written anew without compression. For replies with records behind their OPT, or with
// records that do not belong to the question. Warm.

import { HEADER_BYTES, TYPE } from '#wire/constants.ts';
import { copyName, equalNames, nameLengthAt, type RecordCursor, SECTION } from '#wire/message.ts';
import { copyRdata, rdataLengthAt } from '#wire/rdata.ts';
import { type Answer, QNAME_OFFSET } from '../../query/answer.ts';

/** TYPE, CLASS, TTL, of a record; RDLENGTH behind them is written anew. */
const COPIED_BYTES = 8;
const FIXED_BYTES = 10;

/**
 * Adds the records of an opened cursor to the answer, but for the OPT: taking it out would shift what stands behind it, and pointers into that
 * would be wrong. The message has been checked. Owners that are the question's name are pointers to it, so most answers do not grow.
 * `kept`: 1 for each record to be added, in the order of the message; null for all.
 */
export function copyPlain(cursor: RecordCursor, answer: Answer, kept: Uint8Array | null): void {
  for (let i = 0; cursor.next(); i++) {
    if (cursor.type === TYPE.OPT || (kept !== null && kept[i] === 0)) continue;
    if (!copyRecord(cursor, answer)) {
      answer.truncated = true;
      return;
    }
    if (cursor.section === SECTION.ANSWER) answer.answers++;
    else if (cursor.section === SECTION.AUTHORITY) answer.authorities++;
    else answer.additionals++;
  }
}

/** False when it does not fit. */
function copyRecord(cursor: RecordCursor, answer: Answer): boolean {
  const { bytes, message, ownerAt, rdataAt, rdataLength, type } = cursor;
  const pointed = equalNames(bytes, message, ownerAt, message + HEADER_BYTES);
  const owner = pointed ? 2 : nameLengthAt(bytes, message, ownerAt, cursor.end);
  const rdata = rdataLengthAt(bytes, message, type, rdataAt, rdataLength);
  if (answer.end + owner + FIXED_BYTES + rdata > answer.limitEnd) return false;
  const to = answer.bytes;
  const at = answer.end + owner;
  if (pointed) {
    to[answer.end] = 0xc0;
    to[answer.end + 1] = QNAME_OFFSET;
  } else copyName(bytes, message, ownerAt, to, answer.end);
  for (let i = 0; i < COPIED_BYTES; i++) to[at + i] = bytes[cursor.ttlAt - 4 + i];
  to[at + COPIED_BYTES] = rdata >>> 8;
  to[at + COPIED_BYTES + 1] = rdata;
  copyRdata(bytes, message, type, rdataAt, rdataLength, to, at + FIXED_BYTES);
  answer.end = at + FIXED_BYTES + rdata;
  return true;
}
