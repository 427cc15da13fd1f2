// From the message of an upstream to the answer for the client (behaviour D forward): checked whole, copied as wire bytes. Hot.

import { EDNS_DO, FLAG, HEADER_BYTES, MAX_MESSAGE_BYTES, TYPE } from '#wire/constants.ts';
import { nameLengthAt, RecordCursor, SECTION } from '#wire/message.ts';
import { rdataLengthAt } from '#wire/rdata.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import { RandomPool } from '../random.ts';
import { Belonging, FOREIGN, WHOLE } from './belonging.ts';
import { copyPlain } from './plain-copy.ts';

/** TYPE, CLASS, TTL and RDLENGTH. */
const FIXED_BYTES = 10;
/** Header bits that pass from the upstream to the client; RD and CD are the client's own. */
const PASSED = FLAG.AA | FLAG.RA | FLAG.AD | FLAG.RD | FLAG.CD;

/** True when the question of the message is exactly the one that was sent for `query`: name (case, too), type and class (RFC 5452 §9.1). */
export function sameQuestion(query: Query, bytes: Uint8Array, at: number, length: number): boolean {
  const { bytes: own, nameAt, nameLength } = query;
  if (length < HEADER_BYTES + nameLength + 4 || bytes[at + 4] !== 0 || bytes[at + 5] !== 1) return false;
  const name = at + HEADER_BYTES;
  for (let i = 0; i < nameLength; i++) if (bytes[name + i] !== own[nameAt + i]) return false;
  const fixed = name + nameLength;
  return (
    ((bytes[fixed] << 8) | bytes[fixed + 1]) === query.type &&
    ((bytes[fixed + 2] << 8) | bytes[fixed + 3]) === query.klass
  );
}

/**
 * True for a reply that is a header and nothing else, with an error: what servers send that could not even read the query. It cannot be
 * told whether it belongs to the question, so it never is more than that: an error.
 */
export function isBareError(bytes: Uint8Array, at: number, length: number): boolean {
  if (length !== HEADER_BYTES || (bytes[at + 3] & FLAG.RCODE) === 0) return false;
  for (let i = 4; i < HEADER_BYTES; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** The header's flags word. */
export function replyFlags(bytes: Uint8Array, at: number): number {
  return (bytes[at + 2] << 8) | bytes[at + 3];
}

/** Reads replies; one a thread, nothing is allocated per reply. */
export class ReplyReader {
  readonly #cursor = new RecordCursor();
  /** What the walk found: the OPT record, and where the octets of the records end that are not OPT. */
  #optAt = 0;
  #optTtlAt = 0;
  #optRdataAt = 0;
  #optRdataLength = 0;
  #recordsEnd = 0;
  #plainRecords = 0;
  #behindOpt = 0;
  /** True when every record is an answer whose owner is a pointer to the question: nothing to be judged. */
  #plain = true;
  readonly #belonging = new Belonging(new RandomPool().u32() | 0);

  /** Records of the message read last that had nothing to do with the question and were left out. */
  dropped = 0;
  /** True when `read` said false because the message answers something else, and not because it was malformed. */
  foreign = false;
  /**
   * The rcode of the message read last with the upper bits of its OPT (RFC 6891 §6.1.3), for metrics.
   */
  rcode = 0;

  /**
   * Takes the message of `length` octets at `bytes[at…]`, whose question has been compared, as the answer to `query`. False when it is
   * malformed or foreign; the answer is as it was then. Records that do not belong to the question are left out (belonging.ts). What does not
   * fit the client's limit is left out at a record's boundary, and TC is set.
   */
  read(query: Query, answer: Answer, bytes: Uint8Array, at: number, length: number): boolean {
    const first = at + HEADER_BYTES + query.nameLength + 4;
    this.foreign = false;
    this.dropped = 0;
    if (!this.#check(query, bytes, at, first, at + length)) return false;
    const judged = this.#plain ? WHOLE : this.#belonging.judge(query, bytes, at, first, at + length);
    this.foreign = judged === FOREIGN;
    if (this.foreign) return false;
    this.#begin(query, answer, bytes, at);
    if (judged !== WHOLE) this.#copyKept(answer, bytes, at, first, at + length);
    else this.#copy(answer, bytes, at, first, length);
    return true;
  }

  /**
   * Sets `rcode` to that of a message as `read` wants it, without taking anything of it. False as there: malformed, or foreign.
   */
  inspect(query: Query, bytes: Uint8Array, at: number, length: number): boolean {
    const first = at + HEADER_BYTES + query.nameLength + 4;
    this.foreign = false;
    this.dropped = 0;
    if (!this.#check(query, bytes, at, first, at + length)) return false;
    this.foreign = !this.#plain && this.#belonging.judge(query, bytes, at, first, at + length) === FOREIGN;
    return !this.foreign;
  }

  /** What belongs to the question, written anew. */
  #copyKept(answer: Answer, bytes: Uint8Array, at: number, first: number, end: number): void {
    const { dropped, plainRecords, kept } = this.#belonging;
    this.dropped = dropped;
    answer.plainSize += plainRecords;
    copyPlain(this.#open(bytes, at, first, end), answer, kept);
  }

  #copy(answer: Answer, bytes: Uint8Array, at: number, first: number, length: number): void {
    answer.plainSize += this.#plainRecords;
    if (this.#behindOpt !== 0) copyPlain(this.#open(bytes, at, first, at + length), answer, null);
    else if (answer.end + this.#recordsEnd - first <= answer.limitEnd) this.#copyAll(answer, bytes, at, first);
    else this.#copySome(answer, bytes, at, first, at + length);
  }

  /** The answer to a reply that was too long to be received: its header, no records, TC. */
  readCut(query: Query, answer: Answer, bytes: Uint8Array, at: number): void {
    this.rcode = bytes[at + 3] & FLAG.RCODE;
    this.#optAt = 0;
    this.dropped = 0;
    this.#begin(query, answer, bytes, at);
    answer.truncated = true;
  }

  #open(bytes: Uint8Array, at: number, first: number, end: number): RecordCursor {
    const cursor = this.#cursor;
    const answers = (bytes[at + 6] << 8) | bytes[at + 7];
    const authorities = (bytes[at + 8] << 8) | bytes[at + 9];
    cursor.open(bytes, at, first, end, answers, authorities, (bytes[at + 10] << 8) | bytes[at + 11]);
    return cursor;
  }

  /** Walks over all records: names well formed, one OPT at most and that in the additional section. Bounded by the message's length. */
  #check({ klass }: Query, bytes: Uint8Array, at: number, first: number, end: number): boolean {
    const cursor = this.#open(bytes, at, first, end);
    this.#optAt = 0;
    this.#recordsEnd = first;
    this.#plainRecords = 0;
    this.#behindOpt = 0;
    this.#plain = true;
    this.rcode = bytes[at + 3] & FLAG.RCODE;
    while (cursor.next()) {
      if (cursor.type === TYPE.OPT) {
        if (!this.#noteOpt(cursor)) return false;
        continue;
      }
      const owner = nameLengthAt(bytes, at, cursor.ownerAt, end);
      const rdata = rdataLengthAt(bytes, at, cursor.type, cursor.rdataAt, cursor.rdataLength);
      if (owner === 0 || rdata < 0) return false;
      this.#plainRecords += owner + FIXED_BYTES + rdata;
      this.#recordsEnd = cursor.endAt;
      if (this.#optAt !== 0) this.#behindOpt++;
      if (cursor.section !== SECTION.ANSWER || cursor.type === TYPE.CNAME || cursor.klass !== klass)
        this.#plain = false;
      else if (bytes[cursor.ownerAt] !== 0xc0 || bytes[cursor.ownerAt + 1] !== HEADER_BYTES) this.#plain = false;
    }
    return !cursor.broken;
  }

  /** RFC 6891 §6.1.1: one at most, owned by the root. */
  #noteOpt(cursor: RecordCursor): boolean {
    const { bytes } = cursor;
    if (this.#optAt !== 0 || cursor.section !== SECTION.ADDITIONAL || bytes[cursor.ownerAt] !== 0) return false;
    this.#optAt = cursor.ownerAt;
    this.#optTtlAt = cursor.ttlAt;
    this.#optRdataAt = cursor.rdataAt;
    this.#optRdataLength = cursor.rdataLength;
    this.rcode |= bytes[cursor.ttlAt] << 4;
    return true;
  }

  /** Header and question of the answer, and the OPT of the upstream where the client sent one. */
  #begin(query: Query, answer: Answer, bytes: Uint8Array, at: number): void {
    const flags = replyFlags(bytes, at);
    answer.start(query, flags & FLAG.RCODE, flags & PASSED);
    answer.relayed = true;
    answer.truncated = (flags & FLAG.TC) !== 0;
    // An OPT to a client that sent none would break RFC 6891 §7.
    if (this.#optAt !== 0 && query.edns !== 0) {
      answer.ownOpt = 1;
      answer.ownOptDo = bytes[this.#optTtlAt + 2] & (EDNS_DO >>> 8) ? 1 : 0;
      this.#copyOptions(answer, bytes);
    }
    // Who wants all of it cuts it for the client. The query has waited, so there is room for any message.
    const limit = query.whole === 1 ? MAX_MESSAGE_BYTES : query.limit;
    answer.limitEnd = answer.at + limit - answer.optSize(query);
  }

  /** Options that overrun the record end the walk; those that find no room in the answer are left out. */
  #copyOptions(answer: Answer, bytes: Uint8Array): void {
    const end = this.#optRdataAt + this.#optRdataLength;
    for (let from = this.#optRdataAt; from + 4 <= end; ) {
      const length = (bytes[from + 2] << 8) | bytes[from + 3];
      if (from + 4 + length > end) return;
      const to = answer.option((bytes[from] << 8) | bytes[from + 1], length);
      if (to !== 0) for (let i = 0; i < length; i++) answer.bytes[to + i] = bytes[from + 4 + i];
      from += 4 + length;
    }
  }

  /** Everything between question and OPT in one piece: both questions have the same length, so pointers stay right. */
  #copyAll(answer: Answer, bytes: Uint8Array, at: number, first: number): void {
    const end = this.#recordsEnd;
    answer.answers = (bytes[at + 6] << 8) | bytes[at + 7];
    answer.authorities = (bytes[at + 8] << 8) | bytes[at + 9];
    answer.additionals = ((bytes[at + 10] << 8) | bytes[at + 11]) - (this.#optAt === 0 ? 0 : 1);
    copy(bytes, first, end, answer.bytes, answer.end);
    answer.end += end - first;
  }

  /** As many records as fit; pointers only lead backwards, so what is left out is missed by nobody. */
  #copySome(answer: Answer, bytes: Uint8Array, at: number, first: number, messageEnd: number): void {
    const cursor = this.#open(bytes, at, first, messageEnd);
    const room = answer.limitEnd - answer.end;
    let end = first;
    while (cursor.next()) {
      if (cursor.type === TYPE.OPT) continue;
      if (cursor.endAt - first > room) break;
      end = cursor.endAt;
      if (cursor.section === SECTION.ANSWER) answer.answers++;
      else if (cursor.section === SECTION.AUTHORITY) answer.authorities++;
      else answer.additionals++;
    }
    copy(bytes, first, end, answer.bytes, answer.end);
    answer.end += end - first;
    answer.truncated = true;
  }
}

/** Octets `from … end`; short ones by hand, because the call of `copyWithin` or `set` costs more than they do. */
function copy(bytes: Uint8Array, from: number, end: number, to: Uint8Array, at: number): void {
  if (bytes === to && end - from > 128) to.copyWithin(at, from, end);
  else for (let i = from, out = at; i < end; i++) to[out++] = bytes[i];
}
