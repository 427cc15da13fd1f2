// Quiescent-state based reclamation: readers announce their batches, writers wait for those that may still hold an old block. `Readers` is hot.

import type { Segment } from './segment.ts';

/*
 *   offset (bytes)     what
 *   0                  segment header (64)
 *   64 + 64 * index    cell of one thread: u32; odd within a batch, even outside; rest of the cache line unused, so that threads do not share it
 */
const CELLS_AT = 64;
const CELL_BYTES = 64;
const CELL_STEP = CELL_BYTES >>> 2;
/** A batch of 64 queries takes less than this. */
const NAP_MS = 1;
/** Nobody wakes sleepers on this word. */
const napWord = new Int32Array(new SharedArrayBuffer(4));

/** Bytes of a readers segment for `threads` threads. */
export function readersBytes(threads: number): number {
  return CELLS_AT + threads * CELL_BYTES;
}

/**
 * The cells of all threads that read published blocks. A thread keeps no offset of a block over the end of its batch, so a writer that took a
 * block out of reach may reuse it as soon as every thread has left the batch that it was in (two atomic stores a batch, nothing a query).
 */
export class Readers {
  /** Threads that the segment has room for; indexes are 0 … cells - 1. */
  readonly cells: number;
  readonly #words: Int32Array;

  constructor(segment: Segment) {
    this.cells = Math.floor((segment.u8.length - CELLS_AT) / CELL_BYTES);
    this.#words = segment.i32;
  }

  /** The thread begins a batch. Offsets found from now on stay valid until `leave`. */
  enter(index: number): void {
    const at = (CELLS_AT >>> 2) + index * CELL_STEP;
    // Odd and different from before, also when a predecessor died inside a batch. The sequentially consistent store keeps the batch's loads behind it.
    Atomics.store(this.#words, at, (this.#words[at] + 1) | 1);
  }

  /** The thread ends its batch and forgets every offset. */
  leave(index: number): void {
    const at = (CELLS_AT >>> 2) + index * CELL_STEP;
    Atomics.store(this.#words, at, (this.#words[at] | 1) + 1);
  }

  /** For the owner of a thread that died: it reads nothing any more. Call it only when the thread is gone for certain. */
  clear(index: number): void {
    this.#check(index);
    this.leave(index);
  }

  /** The cell as it is now; for writers. */
  state(index: number): number {
    return Atomics.load(this.#words, (CELLS_AT >>> 2) + index * CELL_STEP);
  }

  #check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.cells) {
      throw new RangeError(`reader ${index} is not within 0…${this.cells - 1}`);
    }
  }
}

/**
 * One grace period of a writer. `begin` after the last pointer to a block was taken away; once `passed` is true, no reader can see the block.
 * A cell that wraps around all 2^32 states between two looks would be taken for unchanged, which only makes the writer wait for one batch more.
 */
export class Grace {
  readonly #readers: Readers;
  readonly #waitingFor: Int32Array;
  readonly #seen: Int32Array;
  #waiting = 0;

  constructor(readers: Readers) {
    this.#readers = readers;
    this.#waitingFor = new Int32Array(readers.cells);
    this.#seen = new Int32Array(readers.cells);
  }

  /** Takes the snapshot: remembers every reader that is inside a batch. A running grace period is replaced by the longer new one. */
  begin(): void {
    this.#waiting = 0;
    for (let index = 0; index < this.#readers.cells; index++) {
      const state = this.#readers.state(index);
      if ((state & 1) === 0) continue;
      this.#waitingFor[this.#waiting] = index;
      this.#seen[this.#waiting++] = state;
    }
  }

  /** True when every reader that was inside a batch at `begin` has left it. True also before the first `begin`. */
  passed(): boolean {
    let left = 0;
    for (let i = 0; i < this.#waiting; i++) {
      if (this.#readers.state(this.#waitingFor[i]) !== this.#seen[i]) continue;
      this.#waitingFor[left] = this.#waitingFor[i];
      this.#seen[left++] = this.#seen[i];
    }
    this.#waiting = left;
    return left === 0;
  }

  /** Sleeps until `passed`, at most about `milliseconds`; true when it has. Blocks the thread: for writers only. */
  wait(milliseconds: number): boolean {
    for (let slept = 0; !this.passed(); slept += NAP_MS) {
      if (slept >= milliseconds) return false;
      Atomics.wait(napWord, 0, 0, NAP_MS);
    }
    return true;
  }
}
