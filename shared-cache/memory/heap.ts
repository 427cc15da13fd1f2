// Blocks of shared memory for one writer: allocation, and the late freeing of blocks that readers may still see. Used by zone/writer.ts. Cold.

import { FreeList } from './free-list.ts';
import { Grace, type Readers } from './quiescence.ts';
import type { Segment } from './segment.ts';

/** Blocks begin at multiples of this, and take up a multiple of it. */
const GRANULE = 8;
/** Blocks have fewer bytes, so that offset and size fit into one double together (`packRange`). */
const MAX_BLOCK = 2 ** 29;
const SIZE_UNIT = 2 ** 26;
/**
 * Retired blocks that are gathered before the writer looks at the readers: a look costs an atomic load for every cell (1 µs for 100), so 64
 * blocks make it vanish; more would only hold memory back. The metric that would change it is the gap between used and live bytes.
 */
const GATHER = 64;

/** A range in use, for `Heap.recover`: offset and size in one number, so that millions of them sort without objects. */
export function packRange(offset: number, bytes: number): number {
  return (offset / GRANULE) * SIZE_UNIT + granulesOf(bytes);
}

/**
 * The heap between two offsets of a segment. Only the writer knows which blocks are in use (nothing about it is kept in shared memory), so
 * a successor calls `recover` with the blocks that it can reach.
 */
export class Heap {
  /** Bytes that can be handed out in all. */
  readonly limit: number;
  readonly #free: FreeList;
  readonly #grace: Grace;
  #gathering = new RangeList();
  #waiting = new RangeList();
  #used = 0;
  #retired = 0;
  #stalled = false;

  /**
   * The whole range is free, or with `used` (see `recover`) all but those blocks. `from` and `to` are multiples of 8, `from` is not 0, which
   * stands for «no block». Throws RangeError for a range that cannot be a heap.
   */
  constructor(segment: Segment, from: number, to: number, readers: Readers, used?: Float64Array) {
    if (from <= 0 || from % GRANULE !== 0 || to % GRANULE !== 0 || to - from < GRANULE || to > segment.u8.length) {
      throw new RangeError(`a heap cannot lie at ${from}…${to} of ${segment.u8.length} bytes`);
    }
    this.limit = to - from;
    this.#free = new FreeList(segment, from, to);
    this.#grace = new Grace(readers);
    if (used === undefined) this.#free.add(from, this.limit);
    else this.#recover(from, to, used.sort());
  }

  /**
   * A heap around blocks of a dead writer. What lies between them is retired, not free: readers may still see blocks that the dead writer had
   * taken away. Throws when blocks overlap or leave the heap. Sorts `used` (see `packRange`).
   */
  static recover(segment: Segment, from: number, to: number, readers: Readers, used: Float64Array): Heap {
    return new Heap(segment, from, to, readers, used);
  }

  /** Bytes in use, retired blocks included. */
  get bytesUsed(): number {
    return this.#used;
  }

  /** Bytes of blocks that wait for readers. */
  get bytesRetired(): number {
    return this.#retired;
  }

  /** A block of at least `bytes`, its content undefined; 0 when there is none. */
  allocate(bytes: number): number {
    const size = granulesOf(bytes) * GRANULE;
    if (bytes <= 0 || size >= MAX_BLOCK) return 0;
    let offset = this.#free.take(size);
    while (offset === 0 && this.reclaim()) offset = this.#free.take(size);
    if (offset !== 0) this.#used += size;
    return offset;
  }

  /**
   * As `allocate`; when there is nothing but retired blocks, sleeps until readers have left their batches, at most `milliseconds`. After a wait
   * in vain it does not sleep again until the readers have moved on, so that one hung reader does not make every call slow.
   */
  allocateOrWait(bytes: number, milliseconds: number): number {
    let offset = this.allocate(bytes);
    // Twice at most: for the blocks whose wait had begun, and for those gathered since.
    for (let round = 0; round < 2 && offset === 0 && this.#retired > 0 && !this.#stalled; round++) {
      this.#stalled = !this.#grace.wait(milliseconds);
      offset = this.allocate(bytes);
    }
    return offset;
  }

  /** Frees a block that no reader has ever seen; `bytes` as it was allocated. Throws when it is free already. */
  free(offset: number, bytes: number): void {
    const size = granulesOf(bytes) * GRANULE;
    this.#free.add(offset, size);
    this.#used -= size;
  }

  /**
   * Frees a block that was just taken out of readers' reach, once all of them have left the batch they are in. The list of retired blocks
   * cannot outgrow the heap: every pair of numbers stands for a block that cannot be handed out meanwhile.
   */
  retire(offset: number, bytes: number): void {
    this.#retire(offset, granulesOf(bytes) * GRANULE);
    if (this.#gathering.length >= GATHER) this.reclaim();
  }

  /** Frees the retired blocks that no reader can see any more; true when there were some. */
  reclaim(): boolean {
    if (this.#waiting.length === 0) this.#wait();
    if (this.#waiting.length === 0 || !this.#grace.passed()) return false;
    this.#stalled = false;
    this.#freeWaiting();
    this.#wait();
    return true;
  }

  /** Everything is in use for the moment; the gaps between used blocks are retired. Writes to nothing before it knows that all is in order. */
  #recover(from: number, to: number, sorted: Float64Array): void {
    this.#used = this.limit;
    let end = from;
    for (const range of sorted) {
      const offset = Math.floor(range / SIZE_UNIT) * GRANULE;
      if (offset < end) throw new Error(`block ${offset} overlaps what ends at ${end}`);
      if (offset > end) this.#retire(end, offset - end);
      end = offset + (range % SIZE_UNIT) * GRANULE;
    }
    if (end > to) throw new Error(`a block ends at ${end}, behind the heap's end ${to}`);
    if (end < to) this.#retire(end, to - end);
    this.reclaim();
  }

  #retire(offset: number, bytes: number): void {
    this.#gathering.push(offset, bytes);
    this.#retired += bytes;
  }

  /** What was gathered so far waits for the readers from now on. */
  #wait(): void {
    const empty = this.#waiting;
    this.#waiting = this.#gathering;
    this.#gathering = empty;
    if (this.#waiting.length > 0) this.#grace.begin();
  }

  #freeWaiting(): void {
    const { offsets, sizes, length } = this.#waiting;
    for (let i = 0; i < length; i++) {
      this.#free.add(offsets[i], sizes[i]);
      this.#used -= sizes[i];
      this.#retired -= sizes[i];
    }
    this.#waiting.clear();
  }
}

/** A list of ranges that keeps its memory, but not what a burst made of it. */
class RangeList {
  offsets = new Uint32Array(2 * GATHER);
  sizes = new Uint32Array(2 * GATHER);
  length = 0;

  push(offset: number, bytes: number): void {
    if (this.length === this.offsets.length) this.#resize(this.length * 2);
    this.offsets[this.length] = offset;
    this.sizes[this.length++] = bytes;
  }

  clear(): void {
    this.length = 0;
    if (this.offsets.length > 64 * GATHER) this.#resize(2 * GATHER);
  }

  #resize(capacity: number): void {
    const { offsets, sizes, length } = this;
    this.offsets = new Uint32Array(capacity);
    this.sizes = new Uint32Array(capacity);
    this.offsets.set(offsets.subarray(0, length));
    this.sizes.set(sizes.subarray(0, length));
  }
}

function granulesOf(bytes: number): number {
  return Math.ceil(bytes / GRANULE);
}
