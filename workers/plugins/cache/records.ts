// TTLs and the size of a message's records: one walk that finds them, and the writing of new ones. Hot.

import type { AnswerEntry } from '#answers/entry.ts';
import { MAX_RECORDS } from '#answers/layout.ts';
import { TYPE } from '#wire/constants.ts';
import { RecordCursor, SECTION } from '#wire/message.ts';
import type { Answer } from '../../query/answer.ts';

/** One a handler; nothing is allocated per answer. */
export class AnswerRecords {
  /** The least TTL of all records; 0 when there are none. */
  leastTtl = 0;
  /** True when the authority section has a SOA. */
  hasSoa = false;
  /** True when some TTLs differ, so that they have to be written. */
  #mixed = false;
  readonly #cursor = new RecordCursor();

  /** Notes in `entry.ttlOffsets` where TTLs stand. False when a record is malformed: such a message is not for us to touch. */
  read(answer: Answer, entry: AnswerEntry): boolean {
    const cursor = this.#cursor;
    const { questionEnd } = answer;
    let least = -1;
    let count = 0;
    this.hasSoa = false;
    this.#mixed = false;
    cursor.open(
      answer.bytes,
      answer.at,
      questionEnd,
      answer.end,
      answer.answers,
      answer.authorities,
      answer.additionals,
    );
    while (cursor.next()) {
      if (count === MAX_RECORDS) return false;
      entry.ttlOffsets[count++] = cursor.ttlAt - questionEnd;
      if (least >= 0 && cursor.ttl !== least) this.#mixed = true;
      if (least < 0 || cursor.ttl < least) least = cursor.ttl;
      if (cursor.type === TYPE.SOA && cursor.section === SECTION.AUTHORITY) this.hasSoa = true;
    }
    this.leastTtl = Math.max(0, least);
    return !cursor.broken;
  }

  /** Gives all records that were read the same TTL; writes nothing when they have it. */
  write(answer: Answer, entry: AnswerEntry, ttl: number): void {
    if (!this.#mixed && this.leastTtl === ttl) return;
    writeTtls(answer, entry, answer.records, ttl);
  }

  /** Leaves out the records from the first one on that ends beyond `end` (behaviour B4) and sets TC. */
  cut(answer: Answer, end: number): void {
    const cursor = this.#cursor;
    cursor.open(
      answer.bytes,
      answer.at,
      answer.questionEnd,
      end,
      answer.answers,
      answer.authorities,
      answer.additionals,
    );
    answer.answers = answer.authorities = answer.additionals = 0;
    while (cursor.next()) {
      if (cursor.section === SECTION.ANSWER) answer.answers++;
      else if (cursor.section === SECTION.AUTHORITY) answer.authorities++;
      else answer.additionals++;
    }
    answer.end = cursor.endAt;
    answer.truncated = true;
  }
}

/** Writes the TTL of the first `count` records. */
export function writeTtls(answer: Answer, entry: AnswerEntry, count: number, ttl: number): void {
  const { bytes, questionEnd } = answer;
  const { ttlOffsets } = entry;
  for (let i = 0; i < count; i++) {
    const at = questionEnd + ttlOffsets[i];
    bytes[at] = ttl >>> 24;
    bytes[at + 1] = ttl >>> 16;
    bytes[at + 2] = ttl >>> 8;
    bytes[at + 3] = ttl;
  }
}
