// A domain name as text, in octets instead of a string: what rewrite compares and changes for every query. Hot: nothing is allocated.

import { MAX_NAME_BYTES } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';

/** A name of 255 octets has at most 4 characters for each; replacing may make it longer before it is found to be no name. */
const CAPACITY = 4096;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const MAX_LABEL_BYTES = 63;

/** 1 for octets that stand for themselves, 2 for those behind a backslash, 0 for those that are written \DDD (spec B4). */
const SHAPE: Uint8Array = new Uint8Array(256).map((_, octet) => {
  if (octet < 0x20 || octet > 0x7e) return 0;
  return '."\\();@ \''.includes(String.fromCharCode(octet)) ? 2 : 1;
});

/** Text in presentation form with the final dot. `length` is -1 when it has become too long. */
export class NameText {
  readonly bytes = new Uint8Array(CAPACITY);
  length = 0;

  /** Reads the well-formed uncompressed wire name at `from[at…]`. One loop, because every query with a rule comes through it. */
  read(from: Uint8Array, at: number): void {
    const { bytes } = this;
    let out = 0;
    for (let label = at, size = from[label]; size !== 0; size = from[label]) {
      for (const end = label + 1 + size; ++label < end; ) {
        const octet = from[label];
        if (SHAPE[octet] === 1) bytes[out++] = octet;
        else out = this.#escape(octet, out);
      }
      bytes[out++] = DOT;
    }
    if (out === 0) bytes[out++] = DOT;
    this.length = out;
  }

  /** Writes an octet that does not stand for itself; returns the place behind it. */
  #escape(octet: number, at: number): number {
    const { bytes } = this;
    bytes[at] = BACKSLASH;
    bytes[at + 1] = octet;
    if (SHAPE[octet] === 2) return at + 2;
    bytes[at + 1] = ZERO + Math.floor(octet / 100);
    bytes[at + 2] = ZERO + (Math.floor(octet / 10) % 10);
    bytes[at + 3] = ZERO + (octet % 10);
    return at + 4;
  }

  /** Empties it. */
  clear(): void {
    this.length = 0;
  }

  /** Appends `from[at…end)`. */
  append(from: Uint8Array, at: number, end: number): void {
    const { bytes, length } = this;
    if (length < 0 || length + end - at > CAPACITY) {
      this.length = -1;
      return;
    }
    for (let i = at, to = length; i < end; i++) bytes[to++] = from[i];
    this.length = length + end - at;
  }

  /** Appends ASCII text. */
  appendText(text: string): void {
    const { bytes, length } = this;
    if (length < 0 || length + text.length > CAPACITY) {
      this.length = -1;
      return;
    }
    for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i);
    this.length = length + text.length;
  }

  /** True when `part` stands at `at`, whatever the case (RFC 4343). */
  hasAt(part: Uint8Array, at: number): boolean {
    if (at < 0 || at + part.length > this.length) return false;
    for (let i = 0; i < part.length; i++) if (LOWER[this.bytes[at + i]] !== LOWER[part[i]]) return false;
    return true;
  }

  /** Where `part` stands from `at` on, or -1. */
  indexOf(part: Uint8Array, at: number): number {
    for (let i = at; i + part.length <= this.length; i++) if (this.hasAt(part, i)) return i;
    return -1;
  }

  /** As a string; allocates. */
  toString(): string {
    let text = '';
    for (let i = 0; i < this.length; i++) text += String.fromCharCode(this.bytes[i]);
    return text;
  }

  /**
   * Writes the wire form, root octet included, to `to[at…]`, where 255 octets must be free. Returns its length, or 0 when the text is no
   * name: too long, an empty label, no final dot.
   */
  write(to: Uint8Array, at: number): number {
    const { bytes, length } = this;
    if (length === 1 && bytes[0] === DOT) {
      to[at] = 0;
      return 1;
    }
    let label = at;
    let out = at + 1;
    for (let i = 0; i < length; i++) {
      if (bytes[i] === DOT) {
        const size = out - label - 1;
        if (size === 0 || size > MAX_LABEL_BYTES) return 0;
        to[label] = size;
        label = out;
        to[out++] = 0;
      } else {
        const wide = bytes[i] === BACKSLASH && i + 3 < length && isDigits(bytes, i + 1);
        if (bytes[i] === BACKSLASH) i++;
        if (wide) i += 2;
        to[out++] = wide ? number(bytes, i - 2) : bytes[i];
      }
      if (out - at > MAX_NAME_BYTES) return 0;
    }
    return length > 0 && label === out - 1 ? out - at : 0;
  }
}

function isDigits(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 3; i++) if (bytes[i] < ZERO || bytes[i] > ZERO + 9) return false;
  return true;
}

function number(bytes: Uint8Array, at: number): number {
  return (bytes[at] - ZERO) * 100 + (bytes[at + 1] - ZERO) * 10 + bytes[at + 2] - ZERO;
}
