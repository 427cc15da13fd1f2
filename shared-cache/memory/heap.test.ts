// Blocks are handed out once, grow together when freed, and wait for readers when retired.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Heap, packRange } from './heap.ts';
import { Readers, readersBytes } from './quiescence.ts';
import { Segment } from './segment.ts';

const FROM = 64;
function open(bytes: number): { segment: Segment; readers: Readers; heap: Heap } {
  const segment = Segment.create('heap', bytes);
  const readers = new Readers(Segment.create('readers', readersBytes(4)));
  return { segment, readers, heap: new Heap(segment, FROM, segment.u8.length, readers) };
}

describe('Heap.allocate', () => {
  const sizes = [1, 7, 8, 9, 16, 40, 504, 505, 511, 512, 513, 1000, 4096, 5000, 65_536, 99_999];
  for (const bytes of sizes) {
    test(`${bytes} bytes: aligned, inside, counted, and given back whole`, () => {
      const { heap, segment } = open(200_000);
      const offset = heap.allocate(bytes);
      assert.ok(offset >= FROM && offset % 8 === 0 && offset + bytes <= segment.u8.length);
      assert.equal(heap.bytesUsed, Math.ceil(bytes / 8) * 8);
      heap.free(offset, bytes);
      assert.equal(heap.bytesUsed, 0);
      assert.equal(heap.allocate(heap.limit), FROM);
    });
  }

  for (const bytes of [0, -8, 200_001, 2 ** 29, 2 ** 40]) {
    test(`${bytes} bytes: 0`, () => {
      const { heap } = open(200_000);
      assert.equal(heap.allocate(bytes), 0);
      assert.equal(heap.allocateOrWait(bytes, 1), 0);
      assert.equal(heap.bytesUsed, 0);
    });
  }

  test('hands out every byte, then 0', () => {
    const { heap } = open(FROM + 16 * 1000);
    const seen = new Set<number>();
    for (let i = 0; i < 1000; i++) seen.add(heap.allocate(16));
    assert.equal(seen.size, 1000);
    assert.ok(!seen.has(0));
    assert.equal(heap.bytesUsed, heap.limit);
    assert.equal(heap.allocate(1), 0);
  });

  test('blocks of 8 bytes between others are found again when neighbours are freed', () => {
    const { heap } = open(FROM + 64);
    const [a, b, c] = [heap.allocate(24), heap.allocate(8), heap.allocate(32)];
    heap.free(b, 8);
    assert.equal(heap.allocate(16), 0);
    heap.free(a, 24);
    assert.equal(heap.allocate(32), a);
    heap.free(a, 32);
    heap.free(c, 32);
    assert.equal(heap.allocate(64), FROM);
  });

  test('freed neighbours grow together in any order', () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [0, 2, 1, 3],
      [1, 3, 0, 2],
      [0, 3, 2, 1],
    ]) {
      const { heap } = open(FROM + 4000);
      const blocks = [0, 1, 2, 3].map(() => heap.allocate(1000));
      assert.equal(heap.allocate(8), 0);
      for (const i of order) heap.free(blocks[i], 1000);
      assert.equal(heap.allocate(4000), FROM, `order ${order}`);
    }
  });
});

describe('Heap.free', () => {
  test('refuses a block that is free already', () => {
    const { heap } = open(4096);
    const offset = heap.allocate(100);
    heap.allocate(100);
    heap.free(offset, 100);
    assert.throws(() => heap.free(offset, 100), /is not in use/);
  });

  test('refuses what lies outside', () => {
    const { heap } = open(4096);
    heap.allocate(heap.limit);
    for (const [offset, bytes] of [
      [0, 8],
      [FROM - 8, 16],
      [4088, 16],
      [FROM, 0],
    ]) {
      assert.throws(() => heap.free(offset, bytes), /is not in use/, `${offset}+${bytes}`);
    }
  });
});

describe('Heap.retire', () => {
  test('keeps a block from being reused while a reader is in the batch in which it could see it', () => {
    const { heap, readers } = open(FROM + 1024);
    const offset = heap.allocate(1024);
    readers.enter(0);
    heap.retire(offset, 1024);
    assert.equal(heap.allocate(8), 0);
    assert.equal(heap.bytesRetired, 1024);
    readers.leave(0);
    readers.enter(0);
    assert.equal(heap.allocate(1024), offset);
    assert.equal(heap.bytesRetired, 0);
  });

  test('keeps blocks apart that were retired before and after the wait began', () => {
    const { heap, readers } = open(FROM + 1024);
    const [a, b] = [heap.allocate(512), heap.allocate(512)];
    readers.enter(0);
    heap.retire(a, 512);
    assert.equal(heap.reclaim(), false);
    readers.leave(0);
    readers.enter(1);
    heap.retire(b, 512);
    assert.equal(heap.reclaim(), true);
    assert.equal(heap.bytesRetired, 512);
    assert.equal(heap.reclaim(), false);
    readers.leave(1);
    assert.equal(heap.reclaim(), true);
    assert.equal(heap.bytesRetired, 0);
    assert.equal(heap.allocate(1024), a);
  });

  test('frees by itself after a number of blocks, and takes bursts of any size', () => {
    const { heap, readers } = open(FROM + 16 * 20_000);
    const blocks = Array.from({ length: 20_000 }, () => heap.allocate(16));
    readers.enter(2);
    for (const block of blocks.slice(0, 10_000)) heap.retire(block, 16);
    assert.equal(heap.bytesRetired, 160_000);
    readers.leave(2);
    for (const block of blocks.slice(10_000)) heap.retire(block, 16);
    assert.ok(heap.bytesRetired <= 2 * 64 * 16, `${heap.bytesRetired} bytes are still retired`);
    while (heap.reclaim());
    assert.equal(heap.bytesUsed, 0);
    assert.equal(heap.allocate(heap.limit), FROM);
  });

  test('a reader that hangs costs one wait, not one for every call', (t) => {
    const naps = t.mock.method(Atomics, 'wait');
    const { heap, readers } = open(FROM + 64);
    const offset = heap.allocate(64);
    readers.enter(0);
    heap.retire(offset, 64);
    for (let i = 0; i < 50; i++) assert.equal(heap.allocateOrWait(64, 3), 0);
    assert.equal(naps.mock.callCount(), 3);
    readers.leave(0);
    assert.equal(heap.allocateOrWait(64, 3), offset);
    readers.enter(0);
    heap.retire(offset, 64);
    assert.equal(heap.allocateOrWait(64, 3), 0);
    assert.equal(naps.mock.callCount(), 6, 'waits again after the readers had moved on');
  });
});

describe('Heap.recover', () => {
  test('hands out nothing that is in use, and everything else', () => {
    const { segment, readers, heap } = open(FROM + 4096);
    const blocks = Array.from({ length: 64 }, () => heap.allocate(64));
    const kept = blocks.filter((_, i) => i % 3 === 0);
    for (const block of blocks) segment.u8.fill(block & 0xff, block, block + 64);
    const again = Heap.recover(
      segment,
      FROM,
      segment.u8.length,
      readers,
      Float64Array.from(kept.toReversed(), (block) => packRange(block, 64)),
    );
    assert.equal(again.bytesUsed, kept.length * 64);
    let free = 0;
    for (let block = again.allocate(64); block !== 0; block = again.allocate(64)) {
      assert.ok(!kept.includes(block));
      free++;
    }
    assert.equal(free, blocks.length - kept.length);
    for (const block of kept)
      assert.ok(
        segment.u8.subarray(block, block + 64).every((octet) => octet === (block & 0xff)),
        'content untouched',
      );
  });

  test('waits for readers that may see what the predecessor had taken away', () => {
    const { segment, readers } = open(FROM + 4096);
    readers.enter(3);
    const heap = Heap.recover(segment, FROM, segment.u8.length, readers, new Float64Array(0));
    assert.equal(heap.allocate(8), 0);
    readers.leave(3);
    assert.equal(heap.allocate(4096), FROM);
  });

  const bad: { name: string; used: [number, number][] }[] = [
    {
      name: 'overlapping blocks',
      used: [
        [FROM, 64],
        [FROM + 56, 64],
      ],
    },
    {
      name: 'the same block twice',
      used: [
        [FROM, 64],
        [FROM, 64],
      ],
    },
    { name: 'a block before the heap', used: [[FROM - 8, 8]] },
    { name: 'a block behind the heap', used: [[FROM + 4096, 8]] },
    { name: 'a block over the end', used: [[FROM + 4088, 16]] },
  ];
  for (const row of bad) {
    test(`refuses ${row.name} and leaves the memory alone`, () => {
      const { segment, readers } = open(FROM + 4096);
      segment.u8.fill(0xaa, FROM);
      const used = Float64Array.from(row.used, ([offset, bytes]) => packRange(offset, bytes));
      assert.throws(() => Heap.recover(segment, FROM, segment.u8.length, readers, used), /overlaps|behind/);
      assert.ok(segment.u8.subarray(FROM).every((octet) => octet === 0xaa));
    });
  }
});

test('Heap: a range that cannot be one is refused', () => {
  const segment = Segment.create('heap', 4096);
  const readers = new Readers(Segment.create('readers', readersBytes(1)));
  for (const [from, to] of [
    [0, 4096],
    [4, 4096],
    [64, 4097],
    [64, 4092],
    [64, 64],
    [64, 8192],
  ]) {
    assert.throws(() => new Heap(segment, from, to, readers), RangeError, `${from}…${to}`);
  }
});
