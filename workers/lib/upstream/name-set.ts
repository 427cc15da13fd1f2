// Names of one message, whatever their case and compression: found again, counted in labels. Used by belonging.ts and letter-case.ts. Hot.

import { LOWER } from '#wire/hash.ts';
import { equalNames } from '#wire/message.ts';

/** Most names that are remembered; what is named behind them is taken for not named. More than 64 KiB of SRV records have is not needed. */
const MAX_NAMES = 2048;
/** A power of two, twice as many places as names: chains stay short. */
const PLACES = 4096;
const POINTER = 0xc0;
const FNV_PRIME = 0x01000193;

/**
 * Hash of the name at `at`, which `nameLengthAt` has checked: over lengths and octets in lower case, pointers followed. Bounded, because
 * checked names are.
 */
export function hashNameAt(seed: number, bytes: Uint8Array, message: number, at: number): number {
  let hash = seed;
  let from = at;
  for (;;) {
    const length = bytes[from];
    if (length === 0) return hash ^ (hash >>> 15);
    if (length >= POINTER) {
      from = message + (((length & 0x3f) << 8) | bytes[from + 1]);
      continue;
    }
    hash = Math.imul(hash ^ length, FNV_PRIME);
    const end = from + 1 + length;
    for (from++; from < end; from++) hash = Math.imul(hash ^ LOWER[bytes[from]], FNV_PRIME);
  }
}

/** Offsets of names in a table with open addressing. One a thread; `open` before every message. */
export class NameSet {
  readonly #seed: number;
  readonly #offsets = new Int32Array(PLACES);
  readonly #hashes = new Int32Array(PLACES);
  /** Places in use, so that to empty the table costs no more than to fill it. */
  readonly #used = new Int16Array(MAX_NAMES);
  #count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #message = 0;

  /** `seed`: nobody outside may know it, or names could be made to meet in one place. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Forgets all names; those to come stand in the message at `bytes[message…]`. */
  open(bytes: Uint8Array, message: number): void {
    for (let i = 0; i < this.#count; i++) this.#offsets[this.#used[i]] = 0;
    this.#count = 0;
    this.#bytes = bytes;
    this.#message = message;
  }

  get size(): number {
    return this.#count;
  }

  has(at: number): boolean {
    return this.#offsets[this.#place(at, hashNameAt(this.#seed, this.#bytes, this.#message, at))] !== 0;
  }

  /** True when the name was not there and has been added. */
  add(at: number): boolean {
    const hash = hashNameAt(this.#seed, this.#bytes, this.#message, at);
    const place = this.#place(at, hash);
    if (this.#offsets[place] !== 0 || this.#count === MAX_NAMES) return false;
    // No name stands in the header, so an offset into the message is never 0.
    this.#offsets[place] = at - this.#message;
    this.#hashes[place] = hash;
    this.#used[this.#count++] = place;
    return true;
  }

  /** Where the name is, or would be. */
  #place(at: number, hash: number): number {
    let place = hash & (PLACES - 1);
    while (this.#offsets[place] !== 0) {
      const other = this.#message + this.#offsets[place];
      if (this.#hashes[place] === hash && equalNames(this.#bytes, this.#message, other, at)) return place;
      place = (place + 1) & (PLACES - 1);
    }
    return place;
  }
}

/** Labels of a checked name, the root not counted. */
export function labelsAt(bytes: Uint8Array, message: number, at: number): number {
  let labels = 0;
  let from = at;
  for (;;) {
    const length = bytes[from];
    if (length === 0) return labels;
    if (length >= POINTER) from = message + (((length & 0x3f) << 8) | bytes[from + 1]);
    else {
      from += length + 1;
      labels++;
    }
  }
}

/** Where a checked name goes on behind its first `count` labels; it has so many. */
export function skipLabels(bytes: Uint8Array, message: number, at: number, count: number): number {
  let from = at;
  for (let left = count; left > 0; ) {
    const length = bytes[from];
    if (length >= POINTER) from = message + (((length & 0x3f) << 8) | bytes[from + 1]);
    else {
      from += length + 1;
      left--;
    }
  }
  return from;
}
