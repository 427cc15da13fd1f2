// Writes names into a message with compression (RFC 1035 §4.1.4). Called by the message editor. Hot when a message is edited; nothing is allocated.

import { foldLabel } from '#wire/hash.ts';

const POINTER = 0xc000;
/** Pointers have 14 bits. */
const MAX_TARGET = 0x3fff;
/**
 * Slots of the table of suffixes: a power of two. At most half of them are used; names behind that are written as far as they are not known.
 * An answer of 16 KiB with a different owner in every record has some 500 suffixes.
 */
const SLOTS = 4096;
const MAX_SUFFIXES = SLOTS / 2;
const FNV_PRIME = 0x01000193;

/**
 * Remembers where every suffix of the names written so far stands. Spelling counts: a name is only pointed at if it is the same octet for
 * octet, so that the client gets every owner as it was written.
 */
export class NameCompressor {
  /** The message under construction; offset 0 is its header. */
  readonly #bytes: Uint8Array;
  readonly #offsets = new Uint16Array(SLOTS);
  readonly #hashes = new Int32Array(SLOTS);
  /** Slots with another stamp than the current message's are free. */
  readonly #stamps = new Int32Array(SLOTS);
  #stamp = 0;
  #suffixes = 0;
  readonly #labelAt = new Uint8Array(128);
  readonly #suffixHash = new Int32Array(128);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins a new message. */
  open(): void {
    this.#stamp = (this.#stamp + 1) | 0;
    this.#suffixes = 0;
  }

  /**
   * Writes the uncompressed name at `from[at…]` to offset `to` of the message; `compress`: a pointer may end it. Returns the offset behind
   * it. The message must have room for 255 octets.
   */
  write(from: Uint8Array, at: number, to: number, compress: boolean): number {
    const bytes = this.#bytes;
    const labels = this.#read(from, at);
    let out = to;
    for (let label = 0; label < labels; label++) {
      const start = at + this.#labelAt[label];
      const known = compress ? this.#find(this.#suffixHash[label], from, start) : 0;
      if (known !== 0) {
        bytes[out] = (POINTER | known) >>> 8;
        bytes[out + 1] = known;
        return out + 2;
      }
      this.#insert(this.#suffixHash[label], out);
      for (let i = 0, length = from[start]; i <= length; i++) bytes[out + i] = from[start + i];
      out += from[start] + 1;
    }
    bytes[out] = 0;
    return out + 1;
  }

  /** Offsets of the labels and hashes of the suffixes that begin there. */
  #read(from: Uint8Array, at: number): number {
    let labels = 0;
    let end = 0;
    while (from[at + end] !== 0) {
      this.#labelAt[labels++] = end;
      end += from[at + end] + 1;
    }
    let suffix = 0;
    for (let label = labels - 1; label >= 0; label--) {
      const start = at + this.#labelAt[label];
      let hash = from[start];
      for (let i = 1; i <= from[start]; i++) hash = Math.imul(hash ^ from[start + i], FNV_PRIME);
      suffix = foldLabel(suffix, hash);
      this.#suffixHash[label] = suffix;
    }
    return labels;
  }

  #find(hash: number, from: Uint8Array, at: number): number {
    for (let slot = hash & (SLOTS - 1); this.#stamps[slot] === this.#stamp; slot = (slot + 1) & (SLOTS - 1)) {
      if (this.#hashes[slot] === hash && this.#same(this.#offsets[slot], from, at)) return this.#offsets[slot];
    }
    return 0;
  }

  /** What is about to be written at offset `to` can be pointed at from now on. */
  #insert(hash: number, to: number): void {
    if (to > MAX_TARGET || this.#suffixes >= MAX_SUFFIXES) return;
    let slot = hash & (SLOTS - 1);
    while (this.#stamps[slot] === this.#stamp) slot = (slot + 1) & (SLOTS - 1);
    this.#stamps[slot] = this.#stamp;
    this.#hashes[slot] = hash;
    this.#offsets[slot] = to;
    this.#suffixes++;
  }

  /** Compares the name at message offset `target`, whose pointers are this object's own work, with the uncompressed one at `from[at…]`. */
  #same(target: number, from: Uint8Array, at: number): boolean {
    const bytes = this.#bytes;
    let left = target;
    let right = at;
    for (;;) {
      const length = bytes[left];
      if (length >= 0xc0) {
        left = ((length & 0x3f) << 8) | bytes[left + 1];
        continue;
      }
      if (length !== from[right]) return false;
      if (length === 0) return true;
      for (let i = 1; i <= length; i++) if (bytes[left + i] !== from[right + i]) return false;
      left += length + 1;
      right += length + 1;
    }
  }
}
