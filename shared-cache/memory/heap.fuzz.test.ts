// Random work against a plain model: blocks never overlap, their content stays, and nothing is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heap, packRange } from './heap.ts';
import { Readers, readersBytes } from './quiescence.ts';
import { Segment } from './segment.ts';

const FROM = 64;
const CELLS = 3;

/** Seeded random integers below `n` (xorshift32). */
function random(seed: number): (n: number) => number {
  let x = seed | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly mark: number;
}

class Model {
  readonly segment: Segment;
  readonly readers: Readers = new Readers(Segment.create('readers', readersBytes(CELLS)));
  readonly below: (n: number) => number;
  heap: Heap;
  readonly live: Block[] = [];
  /** Retired blocks with the readers that were inside a batch then and have not left it. */
  readonly seen: { block: Block; by: Set<number> }[] = [];
  readonly inside = new Set<number>();
  #mark = 0;

  constructor(seed: number, bytes: number) {
    this.segment = Segment.create('heap', FROM + bytes);
    this.heap = new Heap(this.segment, FROM, this.segment.u8.length, this.readers);
    this.below = random(seed);
  }

  allocate(): void {
    const bytes = 1 + this.below([16, 64, 600, 5000][this.below(4)]);
    const offset = this.heap.allocate(bytes);
    if (offset === 0) return;
    const mark = ++this.#mark & 0xff;
    for (const other of [...this.live, ...this.seen.map((row) => row.block)]) {
      assert.ok(
        offset + bytes <= other.offset || other.offset + other.bytes <= offset,
        `${offset}+${bytes} overlaps ${other.offset}+${other.bytes}`,
      );
    }
    this.segment.u8.fill(mark, offset, offset + bytes);
    this.live.push({ offset, bytes, mark });
  }

  takeAway(retire: boolean): void {
    if (this.live.length === 0) return;
    const [block] = this.live.splice(this.below(this.live.length), 1);
    this.check(block);
    if (!retire) {
      this.heap.free(block.offset, block.bytes);
      return;
    }
    if (this.inside.size > 0) this.seen.push({ block, by: new Set(this.inside) });
    this.heap.retire(block.offset, block.bytes);
  }

  move(): void {
    const reader = this.below(CELLS);
    if (!this.inside.delete(reader)) {
      this.inside.add(reader);
      this.readers.enter(reader);
      return;
    }
    for (const row of this.seen) row.by.delete(reader);
    for (const row of this.seen) this.check(row.block);
    this.seen.splice(0, this.seen.length, ...this.seen.filter((row) => row.by.size > 0));
    this.readers.leave(reader);
  }

  recover(): void {
    const used = Float64Array.from(this.live, (block) => packRange(block.offset, block.bytes));
    this.heap = Heap.recover(this.segment, FROM, this.segment.u8.length, this.readers, used);
  }

  check(block: Block): void {
    for (let i = block.offset; i < block.offset + block.bytes; i++) {
      if (this.segment.u8[i] !== block.mark)
        assert.fail(`block ${block.offset}+${block.bytes} was written over at ${i}`);
    }
  }
}

for (const [seed, bytes] of [
  [1, 4096],
  [2, 40_000],
  [3, 200_000],
  [4, 1000],
  [5, 100_000],
]) {
  test(`Heap: 6,000 random steps in ${bytes} bytes, seed ${seed}`, () => {
    const model = new Model(seed, bytes);
    for (let step = 0; step < 6000; step++) {
      const dice = model.below(1000);
      if (dice < 450) model.allocate();
      else if (dice < 650) model.takeAway(false);
      else if (dice < 850) model.takeAway(true);
      else if (dice < 997) model.move();
      else model.recover();
    }
    for (const block of model.live) model.check(block);
    for (const reader of model.inside) model.readers.leave(reader);
    while (model.live.length > 0) model.takeAway(model.below(2) === 0);
    while (model.heap.reclaim());
    assert.equal(model.heap.bytesUsed, 0);
    assert.equal(model.heap.allocate(model.heap.limit), FROM, 'all is one block again');
  });
}
