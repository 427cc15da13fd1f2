// Values into one byte string and back: the form in which the store keeps objects. Cold, but run for every object.

import { type Address, IPV4_BYTES, isIpv4, writeAddress } from '#wire/address.ts';
import type { Dictionary } from './dictionary.ts';

/**
 * A packed object: a string of one-byte characters, which V8 keeps as 16 bytes and its octets. Two objects are equal when their packs are `===`.
 *
 * ```
 * number of references · references … · body
 * number      7 bits an octet, lowest first, the upper bit says that more follow
 * text        twice the number of UTF-8 octets, plus 1 if there are others than ASCII · octets
 * address     4, 16 or 0 · octets
 * reference   stands in front, as the number of a text in the dictionary; the body says nothing of it
 * ```
 */
export type Pack = string;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const LAST_ASCII = 0x7f;
const NONE: readonly never[] = [];

/** Packs one object at a time: values in a fixed order, then `finish`. */
export class PackWriter {
  readonly #dictionary: Dictionary;
  #bytes = Buffer.alloc(1024);
  #at = 0;
  readonly #references: number[] = [];

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** A non-negative integer below 2^31. */
  number(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** '' stands for none. */
  address(address: Address): void {
    const length = isIpv4(address) ? IPV4_BYTES : address.length;
    this.number(length);
    this.#reserve(length);
    this.#at = writeAddress(this.#bytes, this.#at, address);
  }

  /** A text of this object alone. Nearly all are ASCII, for which a loop is several times faster than the encoder. */
  text(text: string): void {
    const start = this.#at;
    this.number(2 * text.length);
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > LAST_ASCII) {
        this.#at = start;
        this.#encoded(encoder.encode(text));
        return;
      }
      this.#bytes[this.#at++] = code;
    }
  }

  #encoded(octets: Uint8Array): void {
    this.number(2 * octets.length + 1);
    this.#reserve(octets.length);
    this.#bytes.set(octets, this.#at);
    this.#at += octets.length;
  }

  /** A text that other objects have too. */
  shared(text: string): void {
    this.#references.push(this.#dictionary.add(text));
  }

  /** The pack, which holds its references until `releasePack`. */
  finish(): Pack {
    const body = this.#at;
    this.number(this.#references.length);
    for (const id of this.#references) this.number(id);
    const head = this.#at - body;
    // What refers stands behind the body so far: it is put in front of it.
    this.#reserve(head);
    this.#bytes.copyWithin(head, 0, this.#at);
    this.#bytes.copyWithin(0, head + body, head + body + head);
    const pack = this.#bytes.toString('latin1', 0, head + body);
    this.#at = 0;
    this.#references.length = 0;
    return pack;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#at + more));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** Reads a pack's values in the order in which they were written: of its references and of its body. */
export class PackReader {
  readonly #pack: Pack;
  readonly #dictionary: Dictionary;
  readonly #references: number;
  /** The next value of the body. */
  #at = 0;
  /** The next reference. */
  #reference: number;

  constructor(pack: Pack, dictionary: Dictionary) {
    this.#pack = pack;
    this.#dictionary = dictionary;
    this.#references = this.number();
    this.#reference = this.#at;
    for (let left = this.#references; left > 0; left--) this.number();
  }

  /** Gives every reference back; nothing has been read before. */
  release(): void {
    for (let left = this.#references; left > 0; left--) this.#dictionary.release(this.#id());
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const octet = this.#pack.charCodeAt(this.#at++);
      value |= (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
  }

  /** '' for none. */
  address(): Address {
    const length = this.number();
    const start = this.#at;
    this.#at += length;
    if (length !== IPV4_BYTES) return this.#pack.slice(start, this.#at);
    let address = 0;
    for (let at = start; at < this.#at; at++) address = (address << 8) | this.#pack.charCodeAt(at);
    return address;
  }

  text(): string {
    const length = this.number();
    if (length === 0) return '';
    const start = this.#at;
    this.#at += length >>> 1;
    const text = this.#pack.slice(start, this.#at);
    return (length & 1) === 0 ? text : decoder.decode(Buffer.from(text, 'latin1'));
  }

  shared(): string {
    return this.#dictionary.text(this.#id());
  }

  /** The number in the dictionary of what the pack refers to next. */
  #id(): number {
    const body = this.#at;
    this.#at = this.#reference;
    const id = this.number();
    this.#reference = this.#at;
    this.#at = body;
    return id;
  }

  /** A number of items, then each of them. Most lists have none or one; arrays that are pushed to would have room for 17. */
  list<T>(read: (reader: PackReader) => T): readonly T[] {
    const length = this.number();
    if (length === 0) return NONE;
    if (length === 1) return [read(this)];
    const items = new Array<T>(length);
    for (let i = 0; i < length; i++) items[i] = read(this);
    return items;
  }
}
