// The writer's side of one image: entries in, one atomic store a change out. Made by ZoneWriter. Cold, but economical: 100,000 names at a start.

import type { Heap } from '#memory/heap.ts';
import type { Segment } from '#memory/segment.ts';
import type { Address } from '#wire/address.ts';
import { decodeEntry, decodeKey } from './decode.ts';
import type { EntryEncoder } from './encode.ts';
import type { EntryData, Key } from './entry.ts';
import { ZoneFullError } from './errors.ts';
import {
  ADDRESS_MARK,
  CLIENT_MARK,
  ENTRY_BYTES,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  IMAGE_SYNCED,
  RECORD_FLAGS,
  RECORD_NAMES,
  RECORD_SERIAL,
  RECORD_TABLE,
  RECORD_TTL,
  recordAt,
  SLOT_OFFSET_MASK,
  SLOT_TAG_SHIFT,
  SLOT_TOMBSTONE,
  TABLE_SLOTS,
} from './layout.ts';
import { eachEntry, tableBytes } from './recover.ts';

/** 8 slots. */
const LEAST_BITS = 3;
/**
 * A table is rebuilt when 5 of 8 slots are taken (tombstones included), into one of which 3 of 8 are taken at most: 1.3 … 1.8 looks for a name
 * that is there and 1.5 … 4 for one that is not, at 6.4 … 13 bytes a name. Fewer slots save bytes and cost looks; `find` in zone.bench.ts shows it.
 */
const FULL_EIGHTHS = 5;
const FRESH_EIGHTHS = 3;
/** With no memory to grow, a table is filled up to here. */
const CRAMMED_EIGHTHS = 7;
/** A table is shrunk when fewer than one slot in so many is taken. */
const SPARSE = 16;
/**
 * How long a writer waits for readers when memory is full of retired blocks. A batch takes less than 1 ms, but a reader inside one stands still
 * for up to 100 ms when its container has used up its CPU quota. Longer would only delay the error when a reader hangs for good.
 */
const PATIENCE_MS = 250;

/** What all images of a writer share. */
export interface ImageMemory {
  readonly segment: Segment;
  readonly heap: Heap;
  /** Holds the key and the entry that is worked on, only within one call of an image. */
  readonly encoder: EntryEncoder;
}

/** Writes one image. All methods with a key or an address throw RangeError for one that cannot be. */
export class ImageWriter {
  readonly #memory: ImageMemory;
  readonly #words: Uint32Array;
  readonly #record: number;
  readonly #index: number;
  #open = true;
  /** Offset of the table, 0 before the first name. */
  #table = 0;
  #bits = 0;
  #live = 0;
  /** Slots that are not empty: entries and tombstones. */
  #taken = 0;

  /** Takes over what record `index` of the directory holds. */
  constructor(memory: ImageMemory, index: number) {
    this.#memory = memory;
    this.#words = memory.segment.u32;
    this.#index = index;
    this.#record = recordAt(index) >>> 2;
    this.#adopt();
  }

  /**
   * Publishes the name with that content, or takes it away (`undefined`). True when something changed; the same content again publishes nothing.
   * Throws RangeError for a key or an entry that cannot be, ZoneFullError when there is no room (nothing is changed then).
   */
  set(key: Key, entry: EntryData | undefined): boolean {
    this.#checkOpen();
    this.#memory.encoder.setKey(key);
    return this.#publish(entry);
  }

  /** `set` for what an address is called: for its `addressKey`, which is not made. */
  setAddress(address: Address, entry: EntryData | undefined): boolean {
    this.#checkOpen();
    this.#memory.encoder.setAddressKey(ADDRESS_MARK, address);
    return this.#publish(entry);
  }

  /** `set` for whose an address is: for its `clientKey`. */
  setClient(address: Address, entry: EntryData | undefined): boolean {
    this.#checkOpen();
    this.#memory.encoder.setAddressKey(CLIENT_MARK, address);
    return this.#publish(entry);
  }

  /** True when the image has the key. */
  has(key: Key): boolean {
    this.#checkOpen();
    this.#memory.encoder.setKey(key);
    return this.#slot() !== 0;
  }

  /** The content of the key, as a copy. */
  get(key: Key): EntryData | undefined {
    this.#checkOpen();
    this.#memory.encoder.setKey(key);
    const slot = this.#slot();
    return slot === 0 ? undefined : decodeEntry(this.#memory.segment.u8, this.#words, this.#entryIn(slot));
  }

  /** Number of keys. */
  names(): number {
    return this.#live;
  }

  /** Takes away every key that `keep` refuses; returns how many. For a source that was listed anew. */
  retain(keep: (key: Key) => boolean): number {
    this.#checkOpen();
    const { encoder, segment } = this.#memory;
    const doomed: Key[] = [];
    if (this.#table !== 0) {
      eachEntry(this.#words, this.#table, (entry) => {
        const key = decodeKey(segment.u8, entry);
        if (!keep(key)) doomed.push(key);
      });
    }
    for (const key of doomed) {
      encoder.setKey(key);
      this.#delete(this.#slot());
    }
    return doomed.length;
  }

  /** Makes room for so many names in all at once, as far as memory goes: a table that grows with them is built anew again and again. */
  reserve(names: number): void {
    this.#checkOpen();
    const bits = bitsFor(names);
    if (this.#table === 0 || bits > this.#bits) this.#rebuild(bits, false);
  }

  /** The SOA serial, 32 bits. */
  setSerial(serial: number): void {
    this.#setField(RECORD_SERIAL, serial);
  }

  /** TTL of negative answers, seconds. */
  setTtl(ttl: number): void {
    this.#setField(RECORD_TTL, ttl);
  }

  /** Whether the image holds all that its source has. */
  setSynced(synced: boolean): void {
    this.#setField(RECORD_FLAGS, synced ? IMAGE_SYNCED : 0);
  }

  /** For ZoneWriter.drop, after the record was taken out of the directory: gives all memory back and refuses further work. */
  close(): void {
    const { heap } = this.#memory;
    this.#open = false;
    if (this.#table === 0) return;
    eachEntry(this.#words, this.#table, (entry) => this.#retireEntry(entry));
    heap.retire(this.#table, tableBytes(this.#bits));
  }

  #adopt(): void {
    this.#table = this.#words[this.#record + (RECORD_TABLE >>> 2)];
    if (this.#table === 0) return;
    this.#bits = this.#words[this.#table >>> 2];
    const first = (this.#table + TABLE_SLOTS) >>> 2;
    for (let slot = first; slot < first + (1 << this.#bits); slot++) {
      if (this.#words[slot] !== 0) this.#taken++;
      if (this.#words[slot] > SLOT_TOMBSTONE) this.#live++;
    }
    this.#setField(RECORD_NAMES, this.#live);
  }

  /** Publishes the content under the key that the encoder holds. */
  #publish(entry: EntryData | undefined): boolean {
    if (entry === undefined) return this.#delete(this.#slot());
    const length = this.#memory.encoder.encode(entry);
    const slot = this.#slot();
    return slot === 0 ? this.#insert(length) : this.#replace(slot, length);
  }

  /** Word index of the slot that holds the encoder's key, or 0. */
  #slot(): number {
    if (this.#table === 0) return 0;
    const words = this.#words;
    const { hash } = this.#memory.encoder;
    const mask = (1 << this.#bits) - 1;
    const first = (this.#table + TABLE_SLOTS) >>> 2;
    for (let i = hash & mask; words[first + i] !== 0; i = (i + 1) & mask) {
      const slot = words[first + i];
      if (slot === SLOT_TOMBSTONE || slot >>> SLOT_TAG_SHIFT !== hash >>> SLOT_TAG_SHIFT) continue;
      if (this.#hasKey((slot & SLOT_OFFSET_MASK) << 3)) return first + i;
    }
    return 0;
  }

  /** Whether the entry has the encoder's key. Words will do: behind names of the same length stand the same zeros. */
  #hasKey(entry: number): boolean {
    const { encoder, segment } = this.#memory;
    const words = this.#words;
    const first = entry >>> 2;
    if (words[first] !== encoder.words[0]) return false;
    if (segment.u8[entry + ENTRY_NAME_LENGTH] !== encoder.bytes[ENTRY_NAME_LENGTH]) return false;
    for (let i = ENTRY_NAME >>> 2; i < encoder.keyWords; i++) if (words[first + i] !== encoder.words[i]) return false;
    return true;
  }

  #entryIn(slot: number): number {
    return (this.#words[slot] & SLOT_OFFSET_MASK) << 3;
  }

  #insert(length: number): boolean {
    this.#makeRoom();
    const entry = this.#place(length);
    const { hash } = this.#memory.encoder;
    const slot = this.#vacantSlot(hash);
    if (this.#words[slot] === 0) this.#taken++;
    Atomics.store(this.#words, slot, slotWord(hash, entry));
    this.#setField(RECORD_NAMES, ++this.#live);
    return true;
  }

  #replace(slot: number, length: number): boolean {
    const old = this.#entryIn(slot);
    if (this.#isSame(old, length)) return false;
    const entry = this.#place(length);
    Atomics.store(this.#words, slot, slotWord(this.#memory.encoder.hash, entry));
    this.#retireEntry(old);
    return true;
  }

  #delete(slot: number): boolean {
    if (slot === 0) return false;
    const entry = this.#entryIn(slot);
    this.#vacate(slot);
    this.#setField(RECORD_NAMES, --this.#live);
    this.#retireEntry(entry);
    this.#shrink();
    return true;
  }

  /** Empties the slot; a tombstone is needed only when a probe may have to go on behind it, and those in front of an empty slot are not either. */
  #vacate(slot: number): void {
    const words = this.#words;
    const mask = (1 << this.#bits) - 1;
    const first = (this.#table + TABLE_SLOTS) >>> 2;
    let i = slot - first;
    if (words[first + ((i + 1) & mask)] !== 0) {
      Atomics.store(words, slot, SLOT_TOMBSTONE);
      return;
    }
    do {
      Atomics.store(words, first + i, 0);
      this.#taken--;
      i = (i - 1) & mask;
    } while (words[first + i] === SLOT_TOMBSTONE);
  }

  /** The first slot on the hash's way that no entry is in. */
  #vacantSlot(hash: number): number {
    const mask = (1 << this.#bits) - 1;
    const first = (this.#table + TABLE_SLOTS) >>> 2;
    let i = hash & mask;
    while (this.#words[first + i] > SLOT_TOMBSTONE) i = (i + 1) & mask;
    return first + i;
  }

  /** Copies the encoded entry into a block of its own. */
  #place(length: number): number {
    const { heap, encoder, segment } = this.#memory;
    const entry = heap.allocateOrWait(length, PATIENCE_MS);
    if (entry === 0) throw new ZoneFullError(heap.bytesUsed, heap.limit, length);
    if (length > 256) segment.u8.set(encoder.bytes.subarray(0, length), entry);
    else for (let i = 0; i < length >>> 2; i++) this.#words[(entry >>> 2) + i] = encoder.words[i];
    return entry;
  }

  #isSame(entry: number, length: number): boolean {
    const fresh = this.#memory.encoder.words;
    if (this.#words[(entry + ENTRY_BYTES) >>> 2] !== length) return false;
    for (let i = 0; i < length >>> 2; i++) if (this.#words[(entry >>> 2) + i] !== fresh[i]) return false;
    return true;
  }

  #retireEntry(entry: number): void {
    this.#memory.heap.retire(entry, this.#words[(entry + ENTRY_BYTES) >>> 2]);
  }

  /** Grows the table when one more name would fill it. */
  #makeRoom(): void {
    const slots = this.#table === 0 ? 0 : 1 << this.#bits;
    if ((this.#taken + 1) * 8 <= slots * FULL_EIGHTHS) return;
    const crammed = (this.#taken + 1) * 8 > slots * CRAMMED_EIGHTHS;
    this.#rebuild(bitsFor(this.#live + 1), crammed);
  }

  #shrink(): void {
    if (this.#bits > LEAST_BITS && this.#live * SPARSE < 2 ** this.#bits) this.#rebuild(bitsFor(this.#live), false);
  }

  /** Moves all slots into a new table and publishes it with one store. Without memory it leaves the old one, or throws when it `must`. */
  #rebuild(bits: number, must: boolean): void {
    const { heap } = this.#memory;
    const bytes = tableBytes(bits);
    const table = must ? heap.allocateOrWait(bytes, PATIENCE_MS) : heap.allocate(bytes);
    if (table === 0) {
      if (must) throw new ZoneFullError(heap.bytesUsed, heap.limit, bytes);
      return;
    }
    const old = this.#table;
    const oldBytes = tableBytes(this.#bits);
    this.#fill(table, bits);
    Atomics.store(this.#words, this.#record + (RECORD_TABLE >>> 2), table);
    this.#table = table;
    this.#bits = bits;
    this.#taken = this.#live;
    if (old !== 0) heap.retire(old, oldBytes);
  }

  #fill(table: number, bits: number): void {
    const words = this.#words;
    const first = (table + TABLE_SLOTS) >>> 2;
    const mask = (1 << bits) - 1;
    words[table >>> 2] = bits;
    words[(table >>> 2) + 1] = this.#index;
    words.fill(0, first, first + (1 << bits));
    if (this.#table === 0) return;
    eachEntry(words, this.#table, (entry) => {
      const hash = words[entry >>> 2];
      let i = hash & mask;
      while (words[first + i] !== 0) i = (i + 1) & mask;
      words[first + i] = slotWord(hash, entry);
    });
  }

  #setField(field: number, value: number): void {
    this.#checkOpen();
    Atomics.store(this.#words, this.#record + (field >>> 2), value);
  }

  #checkOpen(): void {
    if (!this.#open) throw new Error('the zone image was dropped');
  }
}

function slotWord(hash: number, entry: number): number {
  return ((hash >>> SLOT_TAG_SHIFT) << SLOT_TAG_SHIFT) | (entry >>> 3);
}

/** Bits of a fresh table for that many names. */
function bitsFor(names: number): number {
  let bits = LEAST_BITS;
  while (names * 8 > 2 ** bits * FRESH_EIGHTHS) bits++;
  return bits;
}
