// A log of entries that many threads and processes append to and read without locks. Behind every AnswerTable. Hot.

import type { AnswerEntry, AnswerKey } from './entry.ts';
import { ENTRY_HEADER_WORDS, GRANULE_BYTES, MAX_BODY_BYTES, MAX_RECORDS, POSITION_LIMIT, wordsOf } from './layout.ts';

const PRIME = 0x9e3779b1;
/** Attempts at the head before an answer is not stored: each one lost means that somebody else stored one meanwhile. */
const ATTEMPTS = 64;
/** Share of the ring that one entry may take. */
const LARGEST_SHARE = 4;

/**
 * Who wants to write takes a range by moving the head (compare and exchange) and fills it; nobody waits for it. The range belongs to one
 * writer until the head has gone once around. A reader computes the check over everything it copies: a match says that it saw what one
 * writer wrote for this position, whole. That holds also when
 *
 * - a writer was killed halfway: its range has no check that matches, and is overwritten a lap later;
 * - a writer was stopped for more than a lap and then writes into a range that belongs to somebody else by now;
 * - processors reorder plain loads and stores.
 *
 * The check begins with a secret, so that octets within an answer cannot be taken for an entry.
 */
export class Ring {
  readonly #words: Int32Array;
  /** Word offsets of the ring and of its head. */
  readonly #start: number;
  readonly #headAt: number;
  readonly granules: number;
  /** Positions end here and go on at `granules`. */
  readonly #top: number;
  readonly #seed: number;
  /** The check so far, carried from step to step. */
  #sum = 0;

  constructor(words: Int32Array, start: number, granules: number, headAt: number, seed: number) {
    this.#words = words;
    this.#start = start;
    this.#headAt = headAt;
    this.granules = granules;
    this.#top = Math.floor(POSITION_LIMIT / granules) * granules;
    this.#seed = seed;
  }

  /**
   * Granules from the position to the head: intact while that is at most `granules`. Readers use plain loads everywhere: the check proves
   * what they saw, and an Atomics.load is a call (12 ns, five of them would be a quarter of a hit).
   */
  age(position: number): number {
    const age = this.#words[this.#headAt] - position;
    return age > 0 ? age : age + this.#top - this.granules;
  }

  /**
   * Reads the entry at `position`: true when it is intact and that of `key`. Its first `room` octets of body then stand at `into[at…]`,
   * everything else in `entry`. False leaves garbage in both.
   */
  read(position: number, key: AnswerKey, entry: AnswerEntry, into: Uint8Array, at: number, room: number): boolean {
    const from = this.#wordOf(position);
    const check = this.#words[from];
    this.#sum = mix(this.#seed, position);
    if (!this.#readHeader(from, key, entry)) return false;
    const name = from + ENTRY_HEADER_WORDS;
    if (!this.#matchName(name, key)) return false;
    const body = name + wordsOf(key.nameLength);
    this.#copyBody(body, entry.bodyLength, into, at, room);
    this.#readOffsets(body + wordsOf(entry.bodyLength), entry);
    return this.#sum === check && this.age(position) <= this.granules;
  }

  #wordOf(position: number): number {
    return this.#start + (position % this.granules) * (GRANULE_BYTES >>> 2);
  }

  /** False for another question, and for lengths that no entry has: nothing may be read beyond the ring. Each word is read once. */
  #readHeader(from: number, key: AnswerKey, entry: AnswerEntry): boolean {
    const words = this.#words;
    const shape = words[from + 1];
    const question = words[from + 2];
    if (shape >>> 16 !== (key.nameLength | (key.flags << 8)) || question !== (key.type | (key.klass << 16)))
      return false;
    const body = words[from + 3];
    const counts = words[from + 4];
    const rest = words[from + 5];
    entry.bodyLength = body & 0xffff;
    entry.flags = body >>> 16;
    entry.answers = counts & 0xffff;
    entry.authorities = counts >>> 16;
    entry.additionals = rest & 0xffff;
    entry.storedMillis = rest >>> 16;
    entry.storedSeconds = words[from + 6];
    entry.ttl = words[from + 7];
    entry.plainSize = words[from + 8];
    let sum = mix(mix(mix(this.#sum, shape), question), body);
    sum = mix(mix(mix(sum, counts), rest), entry.storedSeconds);
    this.#sum = mix(mix(sum, entry.ttl), entry.plainSize);
    return (shape & 0xffff) === entryWords(key, entry) && this.#holds(from, shape & 0xffff, entry);
  }

  #holds(from: number, size: number, entry: AnswerEntry): boolean {
    const end = this.#start + this.granules * (GRANULE_BYTES >>> 2);
    return entry.bodyLength <= MAX_BODY_BYTES && entry.records <= MAX_RECORDS && from + size <= end;
  }

  #matchName(from: number, key: AnswerKey): boolean {
    const words = this.#words;
    const { bytes, nameAt, nameLength } = key;
    let sum = this.#sum;
    for (let i = 0, word = from; i < nameLength; i += 4, word++) {
      const value = words[word];
      if (value !== gather(bytes, nameAt + i, nameLength - i)) return false;
      sum = mix(sum, value);
    }
    this.#sum = sum;
    return true;
  }

  /** One pass that copies and checks: most of the time of a hit is spent here. */
  #copyBody(from: number, length: number, into: Uint8Array, at: number, room: number): void {
    const words = this.#words;
    const end = at + Math.min(length, room);
    let sum = this.#sum;
    let to = at;
    let word = from;
    for (; to + 4 <= end; word++) {
      const value = words[word];
      sum = mix(sum, value);
      into[to] = value;
      into[to + 1] = value >>> 8;
      into[to + 2] = value >>> 16;
      into[to + 3] = value >>> 24;
      to += 4;
    }
    for (const last = from + wordsOf(length); word < last; word++) {
      const value = words[word];
      sum = mix(sum, value);
      for (let shift = 0; to < end && shift < 32; shift += 8) into[to++] = value >>> shift;
    }
    this.#sum = sum;
  }

  #readOffsets(from: number, entry: AnswerEntry): void {
    const words = this.#words;
    const { ttlOffsets, records } = entry;
    let sum = this.#sum;
    for (let i = 0, word = from; i < records; i += 2, word++) {
      const value = words[word];
      sum = mix(sum, value);
      ttlOffsets[i] = value;
      ttlOffsets[i + 1] = value >>> 16;
    }
    this.#sum = sum;
  }

  /** Appends the answer whose body stands at `from[at…]`, as stored now; its position, or 0 when it is too large or the head too busy. */
  append(key: AnswerKey, entry: AnswerEntry, seconds: number, millis: number, from: Uint8Array, at: number): number {
    if (entry.bodyLength > MAX_BODY_BYTES || entry.records > MAX_RECORDS) return 0;
    const size = entryWords(key, entry);
    const position = this.#take(size);
    if (position === 0) return 0;
    const to = this.#wordOf(position);
    this.#sum = mix(this.#seed, position);
    this.#put(to + 1, size | ((key.nameLength | (key.flags << 8)) << 16));
    this.#put(to + 2, key.type | (key.klass << 16));
    this.#put(to + 3, entry.bodyLength | (entry.flags << 16));
    this.#put(to + 4, entry.answers | (entry.authorities << 16));
    this.#put(to + 5, entry.additionals | (millis << 16));
    this.#put(to + 6, seconds);
    this.#put(to + 7, entry.ttl);
    this.#put(to + 8, entry.plainSize);
    const name = to + ENTRY_HEADER_WORDS;
    const body = name + wordsOf(key.nameLength);
    this.#putBytes(name, key.bytes, key.nameAt, key.nameLength);
    this.#putBytes(body, from, at, entry.bodyLength);
    this.#putOffsets(body + wordsOf(entry.bodyLength), entry);
    Atomics.store(this.#words, to, this.#sum);
    return position;
  }

  #put(word: number, value: number): void {
    this.#words[word] = value;
    this.#sum = mix(this.#sum, value | 0);
  }

  #putBytes(to: number, from: Uint8Array, at: number, length: number): void {
    for (let i = 0, word = to; i < length; i += 4, word++) this.#put(word, gather(from, at + i, length - i));
  }

  #putOffsets(to: number, entry: AnswerEntry): void {
    const { ttlOffsets, records } = entry;
    for (let i = 0, word = to; i < records; i += 2, word++)
      this.#put(word, ttlOffsets[i] | (i + 1 < records ? ttlOffsets[i + 1] << 16 : 0));
  }

  /** Takes a range of so many words; 0 when it is too large for the ring, or when others were always faster. */
  #take(size: number): number {
    const words = this.#words;
    const { granules } = this;
    const wanted = (size + 1) >>> 1;
    if (wanted * LARGEST_SHARE > granules) return 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const head = Atomics.load(words, this.#headAt);
      const offset = head % granules;
      let position = offset + wanted > granules ? head + granules - offset : head;
      if (position === this.#top) position = granules;
      const next = position + wanted === this.#top ? granules : position + wanted;
      if (Atomics.compareExchange(words, this.#headAt, head, next) === head) return position;
    }
    return 0;
  }

  /**
   * Appends a copy of the entry at `position`, so that it lives for another lap. The new position, or 0: too busy, or not intact any more.
   * The range it takes may be where the entry itself lies; words are read before they are written, from the front on, so that the copy is
   * right, and a check of the old position is computed on the way.
   */
  move(position: number): number {
    const words = this.#words;
    const from = this.#wordOf(position);
    const check = words[from];
    const size = words[from + 1] & 0xffff;
    const end = this.#start + this.granules * (GRANULE_BYTES >>> 2);
    if (size <= ENTRY_HEADER_WORDS || from + size > end) return 0;
    const moved = this.#take(size);
    if (moved === 0) return 0;
    const to = this.#wordOf(moved);
    let old = mix(this.#seed, position);
    let sum = mix(this.#seed, moved);
    for (let i = 1; i < size; i++) {
      const value = words[from + i];
      old = mix(old, value);
      sum = mix(sum, value);
      words[to + i] = value;
    }
    if (old !== check) return 0;
    Atomics.store(words, to, sum);
    return moved;
  }
}

/** Words of an entry: header, name, body, offsets. */
function entryWords(key: AnswerKey, entry: AnswerEntry): number {
  return ENTRY_HEADER_WORDS + wordsOf(key.nameLength) + wordsOf(entry.bodyLength) + ((entry.records + 1) >>> 1);
}

/** Up to four octets as a word; those beyond `length` are 0. */
function gather(bytes: Uint8Array, at: number, length: number): number {
  if (length >= 4) return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  let word = bytes[at];
  if (length > 1) word |= bytes[at + 1] << 8;
  if (length > 2) word |= bytes[at + 2] << 16;
  return word;
}

/** Multiplication carries every bit upwards, the shift brings the upper ones down again: differences do not cancel out. */
function mix(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, PRIME);
  return product ^ (product >>> 15);
}
