// Takes records of an internal lookup over into the answer that it was made for (spec B3). Hot.

import { MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';
import { copyName, RecordCursor } from '#wire/message.ts';
import { copyRdata, rdataLengthAt } from '#wire/rdata.ts';
import type { Answer } from '../../query/answer.ts';
import { ROOT, recordBelow } from '../access/owner.ts';

/** Offsets from here on cannot be pointed to. */
const POINTER_LIMIT = 0x4000;

/** One object a handler. */
export class Splicer {
  readonly #cursor = new RecordCursor();
  /** Names of records that come from elsewhere: the current owner and the one before. */
  readonly #owner: Uint8Array = new Uint8Array(MAX_NAME_BYTES);
  readonly #former: Uint8Array = new Uint8Array(MAX_NAME_BYTES);

  /**
   * Adds the answer section of `from` to section `section` of `answer`. `target` is the message offset of the name that was asked for: the name that
   * the first record most likely belongs to. A lookup that was truncated makes the answer so.
   */
  copy(answer: Answer, section: number, target: number, from: Answer): void {
    const cursor = this.#cursor;
    let last = target;
    let lastLength = copyName(answer.bytes, answer.at, answer.at + target, this.#former, 0);
    cursor.open(from.bytes, from.at, from.questionEnd, from.end, from.answers, 0, 0);
    answer.section = section;
    while (cursor.next()) {
      const { bytes, type, klass, ttl, rdataAt, rdataLength } = cursor;
      const ownerLength = copyName(bytes, from.at, cursor.ownerAt, this.#owner, 0);
      const plainLength = rdataLengthAt(bytes, from.at, type, rdataAt, rdataLength);
      if (ownerLength === 0 || plainLength < 0) break;
      const begin = answer.end - answer.at;
      const same = last < POINTER_LIMIT && isSame(this.#owner, ownerLength, this.#former, lastLength);
      const to = same
        ? answer.record(last, ownerLength, type, klass, ttl, plainLength)
        : recordBelow(answer, this.#owner, 0, ownerLength - 1, ROOT, 1, type, klass, ttl, plainLength);
      if (to === 0) continue;
      copyRdata(bytes, from.at, type, rdataAt, rdataLength, answer.bytes, to);
      last = type === TYPE.CNAME ? to - answer.at : same ? last : begin;
      lastLength = copyName(answer.bytes, answer.at, answer.at + last, this.#former, 0);
    }
    if (from.truncated) answer.truncated = true;
  }
}

/** The same name, whatever its case (RFC 4343). */
function isSame(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
  if (aLength !== bLength) return false;
  for (let i = 0; i < aLength; i++) if (LOWER[a[i]] !== LOWER[b[i]]) return false;
  return true;
}
