// Which blocks of a zone segment are in use: read back from the tables when a writer takes over from one that died. Cold.

import { packRange } from '#memory/heap.ts';
import type { Segment } from '#memory/segment.ts';
import { ZoneDamagedError } from './errors.ts';
import {
  align4,
  ENTRY_BYTES,
  ENTRY_HASH,
  ENTRY_NAME,
  ENTRY_NAME_LENGTH,
  HEAP_AT,
  IMAGES,
  ImageState,
  RECORD_KEY,
  RECORD_KEY_BYTES,
  RECORD_STATE,
  RECORD_TABLE,
  recordAt,
  SLOT_OFFSET_MASK,
  SLOT_TAG_SHIFT,
  SLOT_TOMBSTONE,
  TABLE_SLOTS,
} from './layout.ts';

/** More than 2^27 slots cannot point anywhere. */
const MAX_BITS = 27;

/** Calls `visit` with the offset of every entry in the table at `table`. */
export function eachEntry(words: Uint32Array, table: number, visit: (entry: number) => void): void {
  const first = (table + TABLE_SLOTS) >>> 2;
  for (let slot = first; slot < first + (1 << words[table >>> 2]); slot++) {
    if (words[slot] > SLOT_TOMBSTONE) visit((words[slot] & SLOT_OFFSET_MASK) << 3);
  }
}

/** Bytes of a table with 2^bits slots. */
export function tableBytes(bits: number): number {
  return TABLE_SLOTS + 4 * 2 ** bits;
}

/**
 * The ranges of all tables, entries and keys that live records reach, as `packRange` makes them. Records that are not live lose their table.
 * Throws ZoneDamagedError for anything that no writer has written.
 */
export function rangesInUse(segment: Segment): Float64Array {
  const { u32: words } = segment;
  const ranges: number[] = [];
  for (let index = 0; index < IMAGES; index++) {
    const record = recordAt(index) >>> 2;
    const table = words[record + (RECORD_TABLE >>> 2)];
    if (words[record + (RECORD_STATE >>> 2)] !== ImageState.LIVE) {
      if (table !== 0) Atomics.store(words, record + (RECORD_TABLE >>> 2), 0);
      continue;
    }
    addRange(segment, ranges, words[record + (RECORD_KEY >>> 2)], words[record + (RECORD_KEY_BYTES >>> 2)], 'key');
    if (table !== 0) addTable(segment, ranges, table, index);
  }
  return Float64Array.from(ranges);
}

function addTable(segment: Segment, ranges: number[], table: number, index: number): void {
  const { u32: words } = segment;
  const bits = words[table >>> 2];
  if (bits > MAX_BITS || words[(table + 4) >>> 2] !== index)
    throw new ZoneDamagedError(`image ${index} has no table at ${table}`);
  addRange(segment, ranges, table, tableBytes(bits), 'table');
  const first = (table + TABLE_SLOTS) >>> 2;
  for (let slot = first; slot < first + (1 << bits); slot++)
    if (words[slot] > SLOT_TOMBSTONE) addEntry(segment, ranges, words[slot]);
}

function addEntry(segment: Segment, ranges: number[], slot: number): void {
  const { u32: words, u8: bytes } = segment;
  const entry = (slot & SLOT_OFFSET_MASK) << 3;
  const length = words[(entry + ENTRY_BYTES) >>> 2];
  addRange(segment, ranges, entry, length, 'entry');
  const least = align4(ENTRY_NAME + bytes[entry + ENTRY_NAME_LENGTH]);
  if (length < least || words[(entry + ENTRY_HASH) >>> 2] >>> SLOT_TAG_SHIFT !== slot >>> SLOT_TAG_SHIFT) {
    throw new ZoneDamagedError(`what lies at ${entry} is not the entry that its slot points to`);
  }
}

function addRange(segment: Segment, ranges: number[], offset: number, bytes: number, what: string): void {
  // `bytes` is undefined when it was read from behind the segment's end: hence «not within» instead of «beyond».
  const inside = offset >= HEAP_AT && offset % 8 === 0 && bytes > 0 && offset + bytes <= segment.u8.length;
  if (!inside) {
    throw new ZoneDamagedError(`${what} at ${offset} with ${bytes} bytes does not lie in the heap`);
  }
  ranges.push(packRange(offset, bytes));
}
