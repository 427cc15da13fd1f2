// Octets that wait for their end, because a chunk ended in the midst of a text. Used by lines.ts and items.ts. Cold.

import { StreamError } from './events.ts';

const SMALLEST = 4096;

/** Grows as texts need it, up to a limit; one buffer, used again. */
export class Carry {
  readonly #limit: number;
  readonly #what: string;
  #buffer = Buffer.alloc(0);
  #length = 0;

  /** `limit` in octets; `what` is too large when it is passed: `a watch event`. */
  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  get length(): number {
    return this.#length;
  }

  /** The octets of `chunk` within [from, to) come after what is held. Throws StreamError beyond the limit. */
  add(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#limit) throw new StreamError(`${this.#what} is larger than ${this.#limit} octets`);
    if (length > this.#buffer.length) {
      const size = Math.min(Math.max(length, this.#buffer.length * 2, SMALLEST), this.#limit);
      this.#buffer = Buffer.concat([this.#buffer.subarray(0, this.#length)], size);
    }
    chunk.copy(this.#buffer, this.#length, from, to);
    this.#length = length;
  }

  /** What is held and the octets of `chunk` within [from, to), as text; then nothing is held. */
  take(chunk: Buffer, from: number, to: number): string {
    if (this.#length === 0) {
      if (to - from > this.#limit) this.add(chunk, from, to);
      return chunk.toString('utf8', from, to);
    }
    this.add(chunk, from, to);
    const text = this.#buffer.toString('utf8', 0, this.#length);
    this.#length = 0;
    return text;
  }
}

/** The same octets as a Buffer. */
export function bufferOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
