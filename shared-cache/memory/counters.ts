// Metric slots in shared memory: one row of doubles a thread, summed by the primary. `Counters` is hot, `CounterTotals` cold.

import type { Segment } from './segment.ts';

/*
 *   offset (bytes)            what
 *   0                         segment header (64)
 *   64                        rows in use: one bit a row, u32 x 8; rest of the 64 bytes is zero
 *   128 + row * ROW_BYTES     row: COUNTER_SLOTS doubles
 *
 * The bitmap exists because even reading an untouched page of shared memory makes the kernel allocate it: totals look only at rows in use.
 */

/**
 * Slots of one row (512 KiB of addresses; only touched pages cost memory). A zone with prometheus takes about 190 slots, most of them for histograms
 * and for requests by type, so this is room for about 300 zones. Revise when the primary's slot allocator reports that it ran out.
 */
export const COUNTER_SLOTS = 65_536;
/** Rows of a segment: the primary (row 0) and every thread of every resolver, the draining ones of a reload included. */
export const COUNTER_ROWS = 256;

const USED_AT = 64;
const ROWS_AT = 128;
const ROW_BYTES = COUNTER_SLOTS * 8;

/** Bytes of a segment that holds all rows. */
export const COUNTER_BYTES: number = ROWS_AT + COUNTER_ROWS * ROW_BYTES;

/**
 * The row of one thread: plain additions without atomics, since nobody else writes to the row. Values stay when the thread ends, and a
 * successor with the same row counts on. Slots come from the primary's slot allocator, which keeps them below COUNTER_SLOTS.
 */
export class Counters {
  readonly #values: Float64Array;
  readonly #words: Uint32Array;
  readonly #base: number;

  /** Announces the row as in use; throws RangeError for a row that the segment does not have. */
  constructor(segment: Segment, row: number) {
    if (!Number.isInteger(row) || row < 0 || row >= rowsOf(segment)) {
      throw new RangeError(`counter row ${row} is not within 0…${rowsOf(segment) - 1}`);
    }
    this.#values = segment.f64;
    this.#words = segment.u32;
    this.#base = (ROWS_AT + row * ROW_BYTES) >>> 3;
    Atomics.or(segment.u32, (USED_AT >>> 2) + (row >>> 5), 1 << (row & 31));
  }

  /** Counts one. */
  add(slot: number): void {
    this.#values[this.#base + slot] += 1;
  }

  /** Counts `n`. */
  addMany(slot: number, n: number): void {
    this.#values[this.#base + slot] += n;
  }

  /**
   * Counts `value` into the histogram that begins at `slot`: bounds.length + 1 buckets (not cumulative; the last is +Inf), then the sum of
   * values. A value equal to a bound belongs to that bound's bucket, as in the exposition format's `le`.
   */
  observe(slot: number, value: number, bounds: Float64Array): void {
    const length = bounds.length;
    let bucket = 0;
    while (bucket < length && value > bounds[bucket]) bucket++;
    const first = this.#base + slot;
    this.#values[first + bucket] += 1;
    this.#values[first + length + 1] += value;
  }

  /** The slot's sum over all rows in use, the own one included; a few loads for every row. */
  total(slot: number): number {
    const words = this.#words;
    const values = this.#values;
    let total = 0;
    for (let word = 0; word < COUNTER_ROWS >>> 5; word++) {
      for (let bits = words[(USED_AT >>> 2) + word]; bits !== 0; bits &= bits - 1) {
        const row = (word << 5) + 31 - Math.clz32(bits & -bits);
        total += values[((ROWS_AT + row * ROW_BYTES) >>> 3) + slot];
      }
    }
    return total;
  }

  /** What row 0, the primary's, has in the slot: gauges of the whole server. One load. */
  ofServer(slot: number): number {
    return this.#values[(ROWS_AT >>> 3) + slot];
  }

  /** Sets a gauge. Totals add the rows up, so a gauge of the whole server is set in row 0 only. */
  set(slot: number, value: number): void {
    this.#values[this.#base + slot] = value;
  }
}

/** The primary's view of all rows. A sum taken while threads count is of some moment for every row, never a torn number. */
export class CounterTotals {
  readonly #segment: Segment;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  /** The slot's sum over `rows`, all in use unless the caller has asked for them already. */
  sum(slot: number, rows: readonly number[] = this.rows()): number {
    if (!Number.isInteger(slot) || slot < 0 || slot >= COUNTER_SLOTS)
      throw new RangeError(`counter slot ${slot} is not within 0…${COUNTER_SLOTS - 1}`);
    const values = this.#segment.f64;
    let total = 0;
    for (const row of rows) total += values[((ROWS_AT + row * ROW_BYTES) >>> 3) + slot];
    return total;
  }

  /** The rows that a thread has announced, ascending. */
  rows(): number[] {
    const used: number[] = [];
    for (let row = 0; row < rowsOf(this.#segment); row++) {
      const word = Atomics.load(this.#segment.u32, (USED_AT >>> 2) + (row >>> 5));
      if (((word >>> (row & 31)) & 1) === 1) used.push(row);
    }
    return used;
  }
}

function rowsOf(segment: Segment): number {
  return Math.min(COUNTER_ROWS, Math.floor((segment.u8.length - ROWS_AT) / ROW_BYTES));
}
