// Walks over DNS messages of any origin: names with compression pointers, records. Bounded, never throws, allocates nothing. Hot.
// Called by everything that reads what it has not written itself: forward, cache, loadbalance, rewrite.

import { HEADER_BYTES, MAX_NAME_BYTES } from './constants.ts';
import { LOWER } from './hash.ts';

/**
 * Compression pointers that are followed within one name: a name has at most 127 labels, and a pointer that is not followed by a label
 * of its own is of no use to an honest sender.
 */
const MAX_POINTERS = 127;
/** A length octet from here on is the first half of a pointer (RFC 1035 §4.1.4); 64 … 191 are undefined label types (RFC 6891 §5). */
const POINTER = 0xc0;
const MAX_LABEL_BYTES = 63;
/** TYPE, CLASS, TTL and RDLENGTH of a record. */
const FIXED_BYTES = 10;

/**
 * The offset behind the name at `at`, in a message that ends before `end`; a compression pointer ends it and is not followed.
 * 0 when it is none: cut off, too long, or with undefined label types.
 */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end) {
    const length = bytes[to];
    if (length === 0) return to + 1 - at > MAX_NAME_BYTES ? 0 : to + 1;
    if (length >= POINTER) return to + 2 > end || to + 1 - at > MAX_NAME_BYTES ? 0 : to + 2;
    if (length > MAX_LABEL_BYTES) return 0;
    to += length + 1;
  }
  return 0;
}

/**
 * Octets of the name at `at` without compression, the root octet included: 1 … 255. `message` is the offset of the header, `end` that behind
 * the message. 0 when the name is malformed: cut off, too long (a circle is), undefined label types, too many pointers, or a pointer that
 * does not lead to an earlier place behind the header (RFC 1035 §4.1.4: "prior").
 */
export function nameLengthAt(bytes: Uint8Array, message: number, at: number, end: number): number {
  let to = at;
  let total = 0;
  let pointers = 0;
  while (to < end) {
    const length = bytes[to];
    if (length === 0) return total < MAX_NAME_BYTES ? total + 1 : 0;
    if (length >= POINTER) {
      if (to + 1 >= end || ++pointers > MAX_POINTERS) return 0;
      const target = message + (((length & 0x3f) << 8) | bytes[to + 1]);
      if (target >= to || target < message + HEADER_BYTES) return 0;
      to = target;
      continue;
    }
    if (length > MAX_LABEL_BYTES) return 0;
    total += length + 1;
    if (total >= MAX_NAME_BYTES) return 0;
    to += length + 1;
  }
  return 0;
}

/**
 * Writes the name at `bytes[at]` without compression to `to[toAt…]` and returns its length, at most 255; 0 when it is malformed in a
 * way that can be seen without the end of the message: check names of strangers with `nameLengthAt` first. `to` may be `bytes`.
 */
export function copyName(bytes: Uint8Array, message: number, at: number, to: Uint8Array, toAt: number): number {
  let from = at;
  let out = toAt;
  let pointers = 0;
  for (;;) {
    const length = bytes[from];
    if (length === 0) {
      to[out] = 0;
      return out + 1 - toAt;
    }
    if (length >= POINTER) {
      if (++pointers > MAX_POINTERS) return 0;
      from = message + (((length & 0x3f) << 8) | bytes[from + 1]);
      continue;
    }
    // Also true for what lies behind the array: undefined is not a label length.
    if (!(length <= MAX_LABEL_BYTES) || out + length + 2 - toAt > MAX_NAME_BYTES) return 0;
    for (let i = 0; i <= length; i++) to[out + i] = bytes[from + i];
    out += length + 1;
    from += length + 1;
  }
}

/**
 * True when the names at `a` and `b` of the same message are the same, whatever their case (ASCII only, RFC 4343) and compression.
 * Both must have been checked with `nameLengthAt`; for others the answer is of no value, but comes.
 */
export function equalNames(bytes: Uint8Array, message: number, a: number, b: number): boolean {
  let left = a;
  let right = b;
  // Every turn follows a pointer or compares a label, so the two budgets together bound it.
  for (let turn = 0; turn < 4 * MAX_POINTERS; turn++) {
    if (left === right) return true;
    const length = bytes[left];
    const other = bytes[right];
    if (length >= POINTER) left = message + (((length & 0x3f) << 8) | bytes[left + 1]);
    else if (other >= POINTER) right = message + (((other & 0x3f) << 8) | bytes[right + 1]);
    else {
      if (length !== other) return false;
      if (length === 0) return true;
      for (let i = 1; i <= length; i++) if (LOWER[bytes[left + i]] !== LOWER[bytes[right + i]]) return false;
      left += length + 1;
      right += length + 1;
    }
  }
  return false;
}

/** Values of `RecordCursor.section`. */
export const SECTION = { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 } as const;

/**
 * Steps through the records of a message, one object for a whole life:
 *
 * ```
 * cursor.open(bytes, message, questionEnd, end, answers, authorities, additionals);
 * while (cursor.next()) … cursor.type … cursor.rdataAt …
 * if (cursor.broken) …   // a record was cut off or its owner is no name
 * ```
 * ```
 * startAt, ownerAt      type    klass   ttlAt         rdataAt                  endAt
 *   │ owner              │ TYPE  │ CLASS │ TTL │ RDLEN │ RDATA (rdataLength)    │ next record
 * ```
 * Owner names are skipped, not followed; RDATA is not looked into.
 */
export class RecordCursor {
  bytes: Uint8Array = new Uint8Array(0);
  message = 0;
  end = 0;
  /** Records that are left in the current section and in those behind it. */
  #left = 0;
  #authorities = 0;
  #additionals = 0;

  /** True once `next` said false because of a malformed record and not because all had been seen. */
  broken = false;
  section: number = SECTION.ANSWER;
  ownerAt = 0;
  type = 0;
  klass = 0;
  ttlAt = 0;
  /** Unsigned, as received (RFC 2181 §8 would have the uppermost bit clear). */
  ttl = 0;
  rdataAt = 0;
  rdataLength = 0;
  /** Behind the current record, or where the first one begins. */
  endAt = 0;

  /** `at`: the first record; `end`: behind the message; then what each section holds. */
  open(
    bytes: Uint8Array,
    message: number,
    at: number,
    end: number,
    answers: number,
    authorities: number,
    additionals: number,
  ): void {
    this.bytes = bytes;
    this.message = message;
    this.end = end;
    this.#left = answers;
    this.#authorities = authorities;
    this.#additionals = additionals;
    this.broken = false;
    this.section = SECTION.ANSWER;
    this.endAt = at;
  }

  /** Moves to the next record; false behind the last one, and when it is malformed. */
  next(): boolean {
    while (this.#left === 0) {
      if (this.section === SECTION.ADDITIONAL) return false;
      this.#left = this.section === SECTION.ANSWER ? this.#authorities : this.#additionals;
      this.section++;
    }
    this.#left--;
    return this.#read();
  }

  #read(): boolean {
    const { bytes, end, endAt } = this;
    const fixed = skipName(bytes, endAt, end);
    if (fixed === 0 || fixed + FIXED_BYTES > end) return this.#break();
    const length = (bytes[fixed + 8] << 8) | bytes[fixed + 9];
    const rdataAt = fixed + FIXED_BYTES;
    if (rdataAt + length > end) return this.#break();
    this.ownerAt = endAt;
    this.type = (bytes[fixed] << 8) | bytes[fixed + 1];
    this.klass = (bytes[fixed + 2] << 8) | bytes[fixed + 3];
    this.ttlAt = fixed + 4;
    this.ttl = ((bytes[fixed + 4] << 24) | (bytes[fixed + 5] << 16) | (bytes[fixed + 6] << 8) | bytes[fixed + 7]) >>> 0;
    this.rdataAt = rdataAt;
    this.rdataLength = length;
    this.endAt = rdataAt + length;
    return true;
  }

  #break(): false {
    this.broken = true;
    this.#left = 0;
    this.section = SECTION.ADDITIONAL;
    return false;
  }
}
