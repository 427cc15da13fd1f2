// The case of letters in questions as a secret (draft-vixie-dnsext-dns0x20): an answer that nobody else could have spelt. Hot where it is used.

import { HEADER_BYTES } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';
import { equalNames, RecordCursor } from '#wire/message.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import { labelsAt, skipLabels } from './name-set.ts';

const CASE_BIT = 0x20;
const POINTER = 0xc0;
const FIRST_CAPACITY = 1024;

/** What `compare` says of the question of a reply. */
export const EXACT = 0;
/** The right name in other letters. */
export const FOLDED = 1;
export const OTHER = 2;

/** 32 random bits for each exchange: letter n of the name is upper case when bit n modulo 32 is set. */
export class LetterCase {
  #bits = new Int32Array(FIRST_CAPACITY);
  /** 1 for exchanges whose name was spelt. */
  #spelt = new Uint8Array(FIRST_CAPACITY);
  readonly #cursor = new RecordCursor();

  /** Spells the name at `to[at…]`, which stands there already, in the letters of `bits`, and remembers them for the exchange. */
  spell(slot: number, bits: number, to: Uint8Array, at: number): void {
    while (slot >= this.#bits.length) this.#grow();
    this.#bits[slot] = bits;
    this.#spelt[slot] = 1;
    let letter = 0;
    for (let label = at; to[label] !== 0; label += to[label] + 1) {
      for (let i = label + 1, end = i + to[label]; i < end; i++) {
        const lower = LOWER[to[i]];
        if (isLetter(lower)) to[i] = spelt(lower, bits, letter++);
      }
    }
  }

  /** The request of this exchange is sent in the client's letters. */
  leave(slot: number): void {
    if (slot < this.#spelt.length) this.#spelt[slot] = 0;
  }

  isSpelt(slot: number): boolean {
    return slot < this.#spelt.length && this.#spelt[slot] === 1;
  }

  /** Compares the question of the message at `bytes[at…]` with the one that was sent for `query`: name, type and class. */
  compare(slot: number, query: Query, bytes: Uint8Array, at: number, length: number): number {
    const { bytes: own, lowerAt, nameLength } = query;
    if (length < HEADER_BYTES + nameLength + 4 || bytes[at + 4] !== 0 || bytes[at + 5] !== 1) return OTHER;
    const name = at + HEADER_BYTES;
    const fixed = name + nameLength;
    if (((bytes[fixed] << 8) | bytes[fixed + 1]) !== query.type) return OTHER;
    if (((bytes[fixed + 2] << 8) | bytes[fixed + 3]) !== query.klass) return OTHER;
    for (let i = 0; i < nameLength; i++) if (LOWER[bytes[name + i]] !== own[lowerAt + i]) return OTHER;
    return this.#isExact(slot, bytes, name) ? EXACT : FOLDED;
  }

  #isExact(slot: number, bytes: Uint8Array, name: number): boolean {
    const bits = this.#bits[slot];
    let letter = 0;
    for (let label = name; bytes[label] !== 0; label += bytes[label] + 1) {
      for (let i = label + 1, end = i + bytes[label]; i < end; i++) {
        const lower = LOWER[bytes[i]];
        if (isLetter(lower) && bytes[i] !== spelt(lower, bits, letter++)) return false;
      }
    }
    return true;
  }

  /**
   * Owners that are the question's name, or above it, and that the upstream wrote out, get the client's letters: those of the request are
   * nobody's business.
   */
  restore(answer: Answer): void {
    const { bytes, at, questionEnd, end, answers, authorities, additionals } = answer;
    const cursor = this.#cursor;
    const labels = labelsAt(bytes, at, at + HEADER_BYTES);
    cursor.open(bytes, at, questionEnd, end, answers, authorities, additionals);
    while (cursor.next()) {
      if (bytes[cursor.ownerAt] >= POINTER || bytes[cursor.ownerAt] === 0) continue;
      const down = labels - labelsAt(bytes, at, cursor.ownerAt);
      if (down < 0) continue;
      const suffix = skipLabels(bytes, at, at + HEADER_BYTES, down);
      if (equalNames(bytes, at, suffix, cursor.ownerAt)) copyLabels(bytes, suffix, cursor.ownerAt);
    }
  }

  #grow(): void {
    const bits = new Int32Array(this.#bits.length * 2);
    bits.set(this.#bits);
    this.#bits = bits;
    const spelt = new Uint8Array(bits.length);
    spelt.set(this.#spelt);
    this.#spelt = spelt;
  }
}

function isLetter(lower: number): boolean {
  return lower >= 0x61 && lower <= 0x7a;
}

function spelt(lower: number, bits: number, letter: number): number {
  return (bits >>> (letter & 31)) & 1 ? lower & ~CASE_BIT : lower;
}

/** Copies the labels at `from`, which is not compressed, over the equal ones at `to`, as far as those are written out. */
function copyLabels(bytes: Uint8Array, from: number, to: number): void {
  for (let i = 0; bytes[to + i] !== 0 && bytes[to + i] < POINTER; ) {
    const end = i + bytes[to + i] + 1;
    for (; i < end; i++) bytes[to + i] = bytes[from + i];
  }
}
