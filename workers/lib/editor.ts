// Takes an answer apart and puts it together again with other names, TTLs or order. Called by rewrite and loadbalance when patching in
// place is not possible. One a thread; its memory is allocated once and nothing per message.

import { HEADER_BYTES, MAX_MESSAGE_BYTES, MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { copyName, nameLengthAt, RecordCursor } from '#wire/message.ts';
import { copyRdata, firstRdataName, rdataLengthAt, rdataNames } from '#wire/rdata.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';
import { NameCompressor } from './access/compressor.ts';

/** A record has at least 11 octets. */
const MAX_RECORDS = 6000;
/**
 * Room for names and RDATA without compression. A message of 64 KiB whose every owner is a pointer to a name of 255 octets would need 1.4 MiB;
 * real ones stay far below, and pages that are not touched cost nothing. What does not fit is refused.
 */
const SCRATCH_BYTES = 1 << 20;
/** Three names and a SOA's numbers may run over the limit before they are found not to fit. */
const SLACK = 3 * MAX_NAME_BYTES + 64;
/** Types whose RDATA names may be compressed (RFC 3597 §4: only those of RFC 1035). */
const COMPRESSIBLE = new Uint8Array(16);
const COMPRESSED_TYPES = [
  TYPE.NS,
  TYPE.MD,
  TYPE.MF,
  TYPE.CNAME,
  TYPE.SOA,
  TYPE.MB,
  TYPE.MG,
  TYPE.MR,
  TYPE.PTR,
  14,
  TYPE.MX,
];
for (const type of COMPRESSED_TYPES) COMPRESSIBLE[type] = 1;

/**
 * `read` fills the arrays, the caller changes them, `write` makes the message anew. Record i has:
 *
 * ```
 * section[i] type[i] klass[i] ttl[i]      bytes: … owner (ownerLength, with root) at ownerAt[i] … RDATA (rdataLength) at rdataAt[i] …
 * order[n] = i                            the n-th record to write; sections must stay in order
 * ```
 */
export class MessageEditor {
  readonly section = new Uint8Array(MAX_RECORDS);
  readonly type = new Uint16Array(MAX_RECORDS);
  readonly klass = new Uint16Array(MAX_RECORDS);
  readonly ttl = new Uint32Array(MAX_RECORDS);
  readonly ownerAt = new Int32Array(MAX_RECORDS);
  readonly ownerLength = new Uint8Array(MAX_RECORDS);
  readonly rdataAt = new Int32Array(MAX_RECORDS);
  readonly rdataLength = new Int32Array(MAX_RECORDS);
  readonly order = new Uint16Array(MAX_RECORDS);
  /** Names and RDATA without compression. */
  readonly bytes = new Uint8Array(SCRATCH_BYTES);
  /** Records that were read. */
  count = 0;
  #used = 0;
  /** Octets of the records as they were read, without compression. */
  #plainBefore = 0;
  readonly #cursor = new RecordCursor();
  readonly #out = new Uint8Array(MAX_MESSAGE_BYTES + SLACK);
  readonly #compressor = new NameCompressor(this.#out);

  /** Takes the answer apart; false when a record is malformed or there is not enough room. */
  read(answer: Answer): boolean {
    const { bytes, at, questionEnd, end } = answer;
    const cursor = this.#cursor;
    this.count = 0;
    this.#used = 0;
    this.#plainBefore = 0;
    cursor.open(bytes, at, questionEnd, end, answer.answers, answer.authorities, answer.additionals);
    while (cursor.next()) if (!this.#add(cursor)) return false;
    return !cursor.broken;
  }

  #add(cursor: RecordCursor): boolean {
    const { bytes, message, end, ownerAt, type, rdataAt, rdataLength } = cursor;
    const owner = nameLengthAt(bytes, message, ownerAt, end);
    const rdata = rdataLengthAt(bytes, message, type, rdataAt, rdataLength);
    const index = this.count;
    if (owner === 0 || rdata < 0 || index === MAX_RECORDS || !this.#fits(owner + rdata)) return false;
    this.section[index] = cursor.section;
    this.type[index] = type;
    this.klass[index] = cursor.klass;
    this.ttl[index] = cursor.ttl;
    this.order[index] = index;
    this.ownerAt[index] = this.#used;
    this.ownerLength[index] = owner;
    this.#used += copyName(bytes, message, ownerAt, this.bytes, this.#used);
    this.rdataAt[index] = this.#used;
    this.rdataLength[index] = rdata;
    this.#used += copyRdata(bytes, message, type, rdataAt, rdataLength, this.bytes, this.#used);
    this.#plainBefore += owner + 10 + rdata;
    this.count++;
    return true;
  }

  /** Puts a CNAME record in front of all others: owner at `owner[ownerAt…]`, target at `target[targetAt…]`; false when there is no room left. */
  prependAlias(
    owner: Uint8Array,
    ownerAt: number,
    ownerLength: number,
    target: Uint8Array,
    targetAt: number,
    targetLength: number,
    ttl: number,
  ): boolean {
    const index = this.count;
    if (index === MAX_RECORDS || !this.#fits(ownerLength + targetLength)) return false;
    this.section[index] = 0;
    this.type[index] = TYPE.CNAME;
    this.klass[index] = 1;
    this.ttl[index] = ttl;
    this.ownerAt[index] = this.#used;
    this.ownerLength[index] = ownerLength;
    this.#append(owner, ownerAt, ownerLength);
    this.rdataAt[index] = this.#used;
    this.rdataLength[index] = targetLength;
    this.#append(target, targetAt, targetLength);
    for (let n = index; n > 0; n--) this.order[n] = this.order[n - 1];
    this.order[0] = index;
    this.count++;
    return true;
  }

  #fits(octets: number): boolean {
    return this.#used + octets <= SCRATCH_BYTES;
  }

  /** Gives record `index` the owner of `length` octets, root included, at `from[at…]`; false when there is no room left. */
  setOwner(index: number, from: Uint8Array, at: number, length: number): boolean {
    if (!this.#fits(length)) return false;
    this.ownerAt[index] = this.#used;
    this.ownerLength[index] = length;
    this.#append(from, at, length);
    return true;
  }

  /** Offset in `bytes` of the first name in the RDATA of record `index`, 0 when its type has none. */
  target(index: number): number {
    const type = this.type[index];
    if (rdataNames(type) === 0 || this.rdataLength[index] === 0) return 0;
    return firstRdataName(this.bytes, type, this.rdataAt[index], this.rdataLength[index]);
  }

  /** Puts the name at `from[at…]` in the place of the first name in RDATA; false when there is no room left. */
  setTarget(index: number, from: Uint8Array, at: number, length: number): boolean {
    const start = this.rdataAt[index];
    const name = this.target(index);
    const size = this.rdataLength[index] + length;
    if (name === 0 || !this.#fits(size)) return false;
    const behind = name + nameLengthAt(this.bytes, start - HEADER_BYTES, name, start + this.rdataLength[index]);
    const to = this.#used;
    this.#append(this.bytes, start, name - start);
    this.#append(from, at, length);
    this.#append(this.bytes, behind, start + this.rdataLength[index] - behind);
    this.rdataAt[index] = to;
    this.rdataLength[index] = this.#used - to;
    return true;
  }

  #append(from: Uint8Array, at: number, length: number): void {
    const to = this.#used;
    for (let i = 0; i < length; i++) this.bytes[to + i] = from[at + i];
    this.#used = to + length;
  }

  /**
   * Writes the message anew: the question in the query's spelling with `type` and `klass`, then the records in `order`, owners and the RDATA
   * names of RFC 1035 compressed. Records that do not fit the client's limit are left out, with TC. Sizes and counts of the answer follow.
   */
  write(query: Query, answer: Answer, type: number, klass: number): void {
    const limit = query.limit - answer.optSize(query);
    const lost = Math.max(0, answer.plainSize - this.#plainBefore - (answer.questionEnd - answer.at));
    this.#compressor.open();
    let to = this.#question(query, type, klass);
    answer.questionEnd = answer.at + to;
    answer.limitEnd = answer.at + limit;
    answer.answers = answer.authorities = answer.additionals = 0;
    answer.plainSize = to + (answer.truncated ? lost : 0);
    let full = false;
    for (let n = 0; n < this.count; n++) {
      const index = this.order[n];
      answer.plainSize += this.ownerLength[index] + 10 + this.rdataLength[index];
      const end = full ? 0 : this.#record(index, to, limit);
      if (end === 0) {
        full = answer.truncated = true;
        continue;
      }
      to = end;
      if (this.section[index] === 0) answer.answers++;
      else if (this.section[index] === 1) answer.authorities++;
      else answer.additionals++;
    }
    this.#copy(answer, to);
  }

  #question(query: Query, type: number, klass: number): number {
    const out = this.#out;
    const to = this.#compressor.write(query.bytes, query.nameAt, HEADER_BYTES, false);
    out[to] = type >>> 8;
    out[to + 1] = type;
    out[to + 2] = klass >>> 8;
    out[to + 3] = klass;
    return to + 4;
  }

  /** Offset behind the record, or 0 when it does not fit. */
  #record(index: number, at: number, limit: number): number {
    const out = this.#out;
    const type = this.type[index];
    // No compression is that good: do not run over the end of the buffer.
    if (at + this.rdataLength[index] > limit && !this.#mayShrink(type)) return 0;
    const fixed = this.#compressor.write(this.bytes, this.ownerAt[index], at, true);
    const ttl = this.ttl[index];
    out[fixed] = type >>> 8;
    out[fixed + 1] = type;
    out[fixed + 2] = this.klass[index] >>> 8;
    out[fixed + 3] = this.klass[index];
    out[fixed + 4] = ttl >>> 24;
    out[fixed + 5] = ttl >>> 16;
    out[fixed + 6] = ttl >>> 8;
    out[fixed + 7] = ttl;
    const end = this.#rdata(index, fixed + 10);
    out[fixed + 8] = (end - fixed - 10) >>> 8;
    out[fixed + 9] = end - fixed - 10;
    return end > limit ? 0 : end;
  }

  #mayShrink(type: number): boolean {
    return type < COMPRESSIBLE.length && COMPRESSIBLE[type] === 1;
  }

  #rdata(index: number, at: number): number {
    const start = this.rdataAt[index];
    const end = start + this.rdataLength[index];
    let from = start;
    let to = at;
    if (this.#mayShrink(this.type[index]) && this.rdataLength[index] > 0) {
      for (const name = this.target(index); from < name; ) this.#out[to++] = this.bytes[from++];
      for (let left = rdataNames(this.type[index]); left > 0; left--) {
        to = this.#compressor.write(this.bytes, from, to, true);
        from += nameLengthAt(this.bytes, start - HEADER_BYTES, from, end);
      }
    }
    while (from < end) this.#out[to++] = this.bytes[from++];
    return to;
  }

  #copy(answer: Answer, length: number): void {
    const { bytes, at } = answer;
    for (let i = HEADER_BYTES; i < length; i++) bytes[at + i] = this.#out[i];
    answer.end = at + length;
  }
}

let editor: MessageEditor | null = null;

/** The editor of this thread; made when it is first needed. */
export function threadEditor(): MessageEditor {
  editor ??= new MessageEditor();
  return editor;
}
