// All queries of a run, encoded once into the arena; sending one is a copy and an id. `Queries.of` is cold, `write` is hot.

import type { Arena } from '#native/arena.ts';
import { CLASS, FLAG, HEADER_BYTES, OPT_BYTES, TYPE } from '#wire/constants.ts';
import type { Question } from './names.ts';

/** QTYPE and QCLASS. */
const QUESTION_TAIL = 4;
/** Longest query: header, longest name, type and class, OPT. */
export const MAX_QUERY_BYTES: number = HEADER_BYTES + 255 + QUESTION_TAIL + OPT_BYTES;

/**
 * ```
 *  0  id       (patched)      4  QDCOUNT 1      8  NSCOUNT 0       12  QNAME QTYPE QCLASS
 *  2  flags    RD             6  ANCOUNT 0     10  ARCOUNT 0 or 1      OPT: . OPT size 0 0 (RFC 6891 §6.1.2), with EDNS only
 * ```
 */
export class Queries {
  readonly #bytes: Uint8Array;
  /** `#at[k]`: arena offset of query k; it ends where k + 1 begins. */
  readonly #at: Uint32Array;
  readonly #last: number;
  #next = 0;

  private constructor(bytes: Uint8Array, at: Uint32Array) {
    this.#bytes = bytes;
    this.#at = at;
    this.#last = at.length - 2;
  }

  /** Octets of the arena that `questions` take. */
  static space(questions: readonly Question[], edns: number): number {
    return questions.reduce((sum, question) => sum + sizeOf(question, edns), 0);
  }

  /** `edns`: UDP payload size to announce; 0 sends no OPT. */
  static of(arena: Arena, questions: readonly Question[], edns: number): Queries {
    const at = new Uint32Array(questions.length + 1);
    at[0] = arena.allocate(Queries.space(questions, edns), 64);
    for (const [k, question] of questions.entries()) {
      at[k + 1] = at[k] + sizeOf(question, edns);
      arena.bytes.set(encode(question, edns), at[k]);
    }
    return new Queries(arena.bytes, at);
  }

  /** Writes the next query of the file to `bytes[to…]` with this id, and returns its length. After the last comes the first. */
  write(to: number, id: number): number {
    const bytes = this.#bytes;
    const from = this.#at[this.#next];
    const length = this.#at[this.#next + 1] - from;
    this.#next = this.#next === this.#last ? 0 : this.#next + 1;
    bytes[to] = id >> 8;
    bytes[to + 1] = id;
    for (let k = 2; k < length; k++) bytes[to + k] = bytes[from + k];
    return length;
  }
}

function sizeOf({ name }: Question, edns: number): number {
  return HEADER_BYTES + name.length + QUESTION_TAIL + (edns === 0 ? 0 : OPT_BYTES);
}

function encode(question: Question, edns: number): Uint8Array {
  const query = new Uint8Array(sizeOf(question, edns));
  const view = new DataView(query.buffer);
  view.setUint16(2, FLAG.RD);
  view.setUint16(4, 1);
  query.set(question.name, HEADER_BYTES);
  const tail = HEADER_BYTES + question.name.length;
  view.setUint16(tail, question.type);
  view.setUint16(tail + 2, CLASS.IN);
  if (edns === 0) return query;
  view.setUint16(10, 1);
  view.setUint16(tail + QUESTION_TAIL + 1, TYPE.OPT);
  view.setUint16(tail + QUESTION_TAIL + 3, edns);
  return query;
}
