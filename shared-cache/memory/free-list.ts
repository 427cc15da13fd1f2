// Free ranges of a heap: a good-fit allocator with immediate coalescing, every step in constant time. Used by heap.ts. Cold.

import type { Segment } from './segment.ts';

/*
 * A free block keeps its own bookkeeping, since nobody reads it:
 *   +0 u32 size · +4 u32 next · +8 u32 previous · … · end-4 u32 size          (16 bytes and more: in the bin of its size)
 *   +0 u32 8 · +4 u32 8      (8 bytes have no room for links: in no bin, not handed out, free again together with the next neighbour)
 * A bitmap outside the segment has the first and the last granule of every free block set and all others of used blocks clear: thus a block that
 * is freed sees whether its neighbours are free, and used blocks need no header.
 *
 * Bins: sizes below 512 bytes have one bin for each granule count; above, eight bins for every doubling.
 */
const GRANULE = 8;
const EXACT_BINS = 64;
const STEPS = 8;
const STEPS_LOG = 3;
const EXACT_LOG = 6;
/** 27 bits of granules (1 GiB). */
const BINS = EXACT_BINS + (28 - EXACT_LOG) * STEPS;
/**
 * Blocks of the request's own bin that are looked at when all larger bins are empty. More finds a fit in a nearly full heap a little more often,
 * and costs as much for each request that then fails; failed requests are `bytesUsed` against `limit` in the error.
 */
const OWN_BIN_LOOKS = 64;

const NEXT = 4;
const PREVIOUS = 8;
const LINKED_BYTES = 16;

export class FreeList {
  readonly #words: Uint32Array;
  readonly #from: number;
  readonly #to: number;
  readonly #edges: Uint32Array;
  readonly #heads = new Uint32Array(BINS);
  readonly #filled = new Uint32Array((BINS + 31) >>> 5);

  /** Everything is in use at first: `add` gives ranges to the list. `from` and `to` are multiples of 8. */
  constructor(segment: Segment, from: number, to: number) {
    this.#words = segment.u32;
    this.#from = from;
    this.#to = to;
    this.#edges = new Uint32Array(((to - from) / GRANULE + 31) >>> 5);
  }

  /** Takes `bytes` (a multiple of 8) out of the list; 0 when no free block is large enough. */
  take(bytes: number): number {
    const block = this.#fit(bytes);
    if (block === 0) return 0;
    const size = this.#words[block >>> 2];
    this.#unlink(block, size);
    if (size > bytes) this.#link(block + bytes, size - bytes);
    return block;
  }

  /** Gives a used range to the list; it grows together with free neighbours. Throws when part of its edge is free already. */
  add(offset: number, bytes: number): void {
    let start = offset;
    let end = offset + bytes;
    if (bytes <= 0 || start < this.#from || end > this.#to || this.#isEdge(start) || this.#isEdge(end - GRANULE)) {
      throw new Error(`block ${offset}+${bytes} is not in use`);
    }
    if (start > this.#from && this.#isEdge(start - GRANULE)) {
      const size = this.#words[(start - 4) >>> 2];
      start -= size;
      this.#unlink(start, size);
    }
    if (end < this.#to && this.#isEdge(end)) {
      const size = this.#words[end >>> 2];
      this.#unlink(end, size);
      end += size;
    }
    this.#link(start, end - start);
  }

  /** A free block of at least `bytes`. */
  #fit(bytes: number): number {
    const granules = bytes / GRANULE;
    const own = binOf(granules);
    if (granules < EXACT_BINS) return this.#firstFrom(own);
    const larger = this.#firstFrom(own + 1);
    return larger === 0 ? this.#lookInto(own, bytes) : larger;
  }

  /** The first block of the first bin from `bin` on that has one. */
  #firstFrom(bin: number): number {
    if (bin >= BINS) return 0;
    let index = bin >>> 5;
    let bits = this.#filled[index] & (-1 << (bin & 31));
    while (bits === 0) {
      if (++index === this.#filled.length) return 0;
      bits = this.#filled[index];
    }
    return this.#heads[(index << 5) + 31 - Math.clz32(bits & -bits)];
  }

  #lookInto(bin: number, bytes: number): number {
    let block = this.#heads[bin];
    for (let looks = 0; block !== 0 && looks < OWN_BIN_LOOKS; looks++) {
      if (this.#words[block >>> 2] >= bytes) return block;
      block = this.#words[(block + NEXT) >>> 2];
    }
    return 0;
  }

  #link(block: number, size: number): void {
    const words = this.#words;
    words[block >>> 2] = size;
    words[(block + size - 4) >>> 2] = size;
    this.#setEdge(block);
    this.#setEdge(block + size - GRANULE);
    if (size < LINKED_BYTES) return;
    const bin = binOf(size / GRANULE);
    const next = this.#heads[bin];
    words[(block + NEXT) >>> 2] = next;
    words[(block + PREVIOUS) >>> 2] = 0;
    if (next !== 0) words[(next + PREVIOUS) >>> 2] = block;
    this.#heads[bin] = block;
    this.#filled[bin >>> 5] |= 1 << (bin & 31);
  }

  #unlink(block: number, size: number): void {
    this.#clearEdge(block);
    this.#clearEdge(block + size - GRANULE);
    if (size < LINKED_BYTES) return;
    const words = this.#words;
    const bin = binOf(size / GRANULE);
    const next = words[(block + NEXT) >>> 2];
    const previous = words[(block + PREVIOUS) >>> 2];
    if (next !== 0) words[(next + PREVIOUS) >>> 2] = previous;
    if (previous !== 0) words[(previous + NEXT) >>> 2] = next;
    else this.#heads[bin] = next;
    if (this.#heads[bin] === 0) this.#filled[bin >>> 5] &= ~(1 << (bin & 31));
  }

  #isEdge(offset: number): boolean {
    const granule = (offset - this.#from) / GRANULE;
    return ((this.#edges[granule >>> 5] >>> (granule & 31)) & 1) === 1;
  }

  #setEdge(offset: number): void {
    const granule = (offset - this.#from) / GRANULE;
    this.#edges[granule >>> 5] |= 1 << (granule & 31);
  }

  #clearEdge(offset: number): void {
    const granule = (offset - this.#from) / GRANULE;
    this.#edges[granule >>> 5] &= ~(1 << (granule & 31));
  }
}

/** The bin that blocks of that many granules belong to; a bin's number grows with the size. */
function binOf(granules: number): number {
  if (granules < EXACT_BINS) return granules;
  const log = 31 - Math.clz32(granules);
  return EXACT_BINS + (log - EXACT_LOG) * STEPS + ((granules >>> (log - STEPS_LOG)) & (STEPS - 1));
}
