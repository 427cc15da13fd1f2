// Readers announce batches, writers wait for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Grace, Readers, readersBytes } from './quiescence.ts';
import { Segment } from './segment.ts';

const THREADS = 4;
function open(): { segment: Segment; readers: Readers; grace: Grace } {
  const segment = Segment.create('readers', readersBytes(THREADS));
  const readers = new Readers(segment);
  return { segment, readers, grace: new Grace(readers) };
}

type Step = ['enter' | 'leave' | 'clear', number];
const rows: { name: string; before: Step[]; after: Step[]; passed: boolean }[] = [
  { name: 'nobody has ever read', before: [], after: [], passed: true },
  {
    name: 'a reader outside a batch is not waited for',
    before: [
      ['enter', 0],
      ['leave', 0],
    ],
    after: [],
    passed: true,
  },
  { name: 'a reader inside a batch is waited for', before: [['enter', 0]], after: [], passed: false },
  { name: 'a reader that left has passed', before: [['enter', 0]], after: [['leave', 0]], passed: true },
  {
    name: 'a reader that left and entered again has passed',
    before: [['enter', 0]],
    after: [
      ['leave', 0],
      ['enter', 0],
    ],
    passed: true,
  },
  { name: 'a batch that began after the snapshot is not waited for', before: [], after: [['enter', 1]], passed: true },
  {
    name: 'one of two readers is still inside',
    before: [
      ['enter', 0],
      ['enter', 3],
    ],
    after: [['leave', 0]],
    passed: false,
  },
  {
    name: 'both of two readers left',
    before: [
      ['enter', 0],
      ['enter', 3],
    ],
    after: [
      ['leave', 3],
      ['leave', 0],
    ],
    passed: true,
  },
  { name: 'a dead thread inside a batch is cleared', before: [['enter', 2]], after: [['clear', 2]], passed: true },
  {
    name: 'a successor that enters over a dead batch has passed',
    before: [['enter', 2]],
    after: [['enter', 2]],
    passed: true,
  },
];
for (const row of rows) {
  test(`Grace: ${row.name}`, () => {
    const { readers, grace } = open();
    for (const [step, index] of row.before) readers[step](index);
    grace.begin();
    for (const [step, index] of row.after) readers[step](index);
    assert.equal(grace.passed(), row.passed);
    assert.equal(grace.wait(2), row.passed);
  });
}

test('Grace: has passed before its first begin', () => {
  const { readers, grace } = open();
  readers.enter(0);
  assert.equal(grace.passed(), true);
});

test('Grace: begin again waits for those inside now', () => {
  const { readers, grace } = open();
  readers.enter(0);
  grace.begin();
  readers.leave(0);
  readers.enter(1);
  grace.begin();
  assert.equal(grace.passed(), false);
  readers.leave(1);
  assert.equal(grace.passed(), true);
});

test('Readers: a cell is odd within a batch and even outside, whatever the order of calls', () => {
  const { readers } = open();
  for (const [step, odd] of [
    ['leave', 0],
    ['enter', 1],
    ['enter', 1],
    ['leave', 0],
    ['leave', 0],
    ['clear', 0],
  ] as const) {
    const before = readers.state(1);
    readers[step](1);
    assert.equal(readers.state(1) & 1, odd, step);
    assert.notEqual(readers.state(1), before, `${step} changes the cell`);
  }
});

test('Readers: cells wrap around without losing their meaning', () => {
  const { segment, readers, grace } = open();
  segment.i32[16] = -2;
  readers.enter(0);
  grace.begin();
  assert.equal(grace.passed(), false);
  readers.leave(0);
  assert.equal(readers.state(0), 0);
  assert.equal(grace.passed(), true);
});

test('Readers: cells lie a cache line apart, and clear refuses what is none', () => {
  const { segment, readers } = open();
  assert.equal(readers.cells, THREADS);
  for (let index = 0; index < THREADS; index++) readers.enter(index);
  assert.deepEqual(
    [16, 32, 48, 64].map((word) => segment.u32[word]),
    [1, 1, 1, 1],
  );
  for (const index of [-1, THREADS, 0.5]) assert.throws(() => readers.clear(index), RangeError);
});

test('Grace: waits for another thread to leave its batch', async () => {
  const segment = Segment.create('readers', readersBytes(1));
  const readers = new Readers(segment);
  const grace = new Grace(readers);
  readers.enter(0);
  grace.begin();
  const source = `
    const { workerData } = require('node:worker_threads');
    import('#memory/segment.ts').then(async ({ Segment }) => {
      const { Readers } = await import('#memory/quiescence.ts');
      new Readers(Segment.map(workerData, true)).leave(0);
    });`;
  const worker = new Worker(source, { eval: true, workerData: segment.handle });
  assert.equal(grace.wait(10_000), true);
  await worker.terminate();
});
