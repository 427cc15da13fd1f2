// The head of one field while its end may not have come yet. Used by list.ts. Cold.

import { ProtobufError } from './error.ts';
import { FIXED32, FIXED64, LENGTH, VARINT } from './reader.ts';

/** Octets of the longest tag or length that fits into 32 bits. */
const LONGEST = 5;
/** Of any number. */
const LONGEST_NUMBER = 10;

/**
 *     at            body            end
 *     ├ tag [length] ┼ value ……………… ┤     `end` may lie beyond what has come
 */
export class FieldScanner {
  tag = 0;
  at = 0;
  body = 0;
  end = 0;
  #value = 0;
  #next = 0;

  /** Scans the field at `from`; false when more octets than those until `to` are needed to know its end. Throws ProtobufError. */
  scan(bytes: Buffer, from: number, to: number): boolean {
    this.at = from;
    if (!this.#varint(bytes, from, to)) return false;
    this.tag = this.#value;
    if (this.tag >>> 3 === 0) throw new ProtobufError('a field without a number');
    return this.#scanEnd(bytes, to);
  }

  #scanEnd(bytes: Buffer, to: number): boolean {
    const type = this.tag & 7;
    this.body = this.#next;
    if (type === FIXED64) this.end = this.body + 8;
    else if (type === FIXED32) this.end = this.body + 4;
    else if (type === VARINT) return this.#scanNumber(bytes, to);
    else if (type !== LENGTH) throw new ProtobufError(`wire type ${type}`);
    else {
      if (!this.#varint(bytes, this.#next, to)) return false;
      this.body = this.#next;
      this.end = this.body + this.#value;
    }
    return true;
  }

  /** A number of any size, which nobody asks for. */
  #scanNumber(bytes: Buffer, to: number): boolean {
    let at = this.body;
    while (at < to && bytes[at] >= 0x80) at++;
    if (at - this.body >= LONGEST_NUMBER) throw new ProtobufError('a number of more than 64 bits');
    this.end = at + 1;
    return at < to;
  }

  /** 32 bits at `from` into `#value`. */
  #varint(bytes: Buffer, from: number, to: number): boolean {
    let value = 0;
    for (let count = 0; count < LONGEST; count++) {
      if (from + count >= to) return false;
      const octet = bytes[from + count];
      value |= (octet & 0x7f) << (7 * count);
      if (octet < 0x80) {
        this.#value = value >>> 0;
        this.#next = from + count + 1;
        return true;
      }
    }
    throw new ProtobufError('a length of more than 32 bits');
  }
}
