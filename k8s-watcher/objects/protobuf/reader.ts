// Protobuf off the wire, field by field, nothing copied. Used by every message in this folder. Cold, but 5,000,000 fields at a start.

import { readQuad } from '../address.ts';
import { ProtobufError } from './error.ts';
import { Words } from './words.ts';

/** Wire types; groups (3 and 4) are refused. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;
const LONGEST_VARINT = 10;
const CONTINUES = 0x80;
const ASCII_END = 128;
/** Beyond this many octets, texts are left to the system's decoder, which is faster there. */
const SHORT = 32;

/** Tag of a field that is text, octets or a message. */
export const lengthTag = (field: number): number => (field << 3) | LENGTH;
/** Tag of a field that is a number, true or false. */
export const varintTag = (field: number): number => (field << 3) | VARINT;

const NOTHING = Buffer.alloc(0);
const words = new Words();

/**
 * Reads a window of a buffer; the messages in it by `enter` and `leave`. Everything is checked against the end of the innermost message and
 * throws ProtobufError.
 *
 *     message = { tag value }        tag = varint (number << 3 | wire type)
 *     wire type 0: varint · 1: 8 octets · 2: varint length, then that many octets · 5: 4 octets · 3, 4: groups, refused
 *
 *     for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
 *       if (tag === NAME) name = reader.text(); else reader.skip(tag);
 */
export class Reader {
  #bytes: Buffer = NOTHING;
  #at = 0;
  #end = 0;
  /** More than 32 bits were in the last varint. */
  #wide = false;

  /** Octets of the last `span()`. */
  from = 0;
  to = 0;

  open(bytes: Buffer, from: number, to: number): this {
    if (from < 0 || from > to || to > bytes.length) throw new ProtobufError('a window that is not in its buffer');
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    return this;
  }

  /** Of the next field, 0 at the end of the message. */
  tag(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.#varint();
    if (tag >>> 3 === 0 || this.#wide) throw new ProtobufError('a field without a number');
    return tag;
  }

  /** A 32-bit integer with its sign. */
  integer(): number {
    return this.#varint() | 0;
  }

  flag(): boolean {
    return this.#varint() !== 0 || this.#wide;
  }

  /** Text that is not likely to come again. */
  text(): string {
    this.span();
    return this.#text();
  }

  /** The IPv4 address in its usual text, or the text. */
  address(): string | number {
    this.span();
    return readQuad(this.#bytes, this.from, this.to) ?? this.#text();
  }

  /** Text that many objects have. */
  word(): string {
    this.span();
    return words.read(this.#bytes, this.from, this.to);
  }

  /** Passes over octets and leaves their place in `from` and `to`. */
  span(): void {
    const length = this.#varint();
    if (this.#wide || length > this.#end - this.#at) throw new ProtobufError('a field ends after its message');
    this.from = this.#at;
    this.#at += length;
    this.to = this.#at;
  }

  /** Reads the message in this field until `leave` is called with what is returned here. */
  enter(): number {
    const outer = this.#end;
    this.span();
    this.#at = this.from;
    this.#end = this.to;
    return outer;
  }

  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Passes over the value of that field. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === LENGTH) this.span();
    else if (type === VARINT) this.#varint();
    else if (type === FIXED64) this.#pass(8);
    else if (type === FIXED32) this.#pass(4);
    else throw new ProtobufError(`wire type ${type}`);
  }

  #text(): string {
    const bytes = this.#bytes;
    const { from, to } = this;
    if (to - from > SHORT) return bytes.toString('utf8', from, to);
    for (let at = from; at < to; at++) if (bytes[at] >= ASCII_END) return bytes.toString('utf8', from, to);
    return bytes.toString('latin1', from, to);
  }

  #pass(octets: number): void {
    if (octets > this.#end - this.#at) throw new ProtobufError('a field ends after its message');
    this.#at += octets;
  }

  /** The low 32 bits without a sign. */
  #varint(): number {
    const bytes = this.#bytes;
    this.#wide = false;
    if (this.#at < this.#end && bytes[this.#at] < CONTINUES) return bytes[this.#at++];
    let value = 0;
    for (let count = 0; count < LONGEST_VARINT; count++) {
      if (this.#at >= this.#end) throw new ProtobufError('a field ends after its message');
      const octet = bytes[this.#at++];
      const bits = octet & 0x7f;
      if (count < 5) value |= bits << (7 * count);
      if (bits !== 0 && (count > 4 || (count === 4 && bits > 15))) this.#wide = true;
      if (octet < CONTINUES) return value >>> 0;
    }
    throw new ProtobufError('a number of more than 64 bits');
  }
}
