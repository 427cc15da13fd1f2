// Slots of threads and their sums.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { COUNTER_BYTES, COUNTER_ROWS, COUNTER_SLOTS, Counters, CounterTotals } from './counters.ts';
import { Segment } from './segment.ts';

const TWO_ROWS = 128 + 2 * COUNTER_SLOTS * 8;

describe('Counters', () => {
  test('add, addMany and set work on the slot of the row alone', () => {
    const segment = Segment.create('counters', TWO_ROWS);
    const [a, b] = [new Counters(segment, 0), new Counters(segment, 1)];
    const totals = new CounterTotals(segment);
    a.add(3);
    a.add(3);
    a.addMany(3, 40);
    b.addMany(3, 100);
    b.set(4, 2.5);
    b.set(4, 1.5);
    assert.deepEqual(
      [2, 3, 4, 5].map((slot) => totals.sum(slot)),
      [0, 142, 1.5, 0],
    );
  });

  test('ofServer is what row 0 has', () => {
    const segment = Segment.create('counters', TWO_ROWS);
    const [a, b] = [new Counters(segment, 0), new Counters(segment, 1)];
    a.set(3, 2);
    b.set(3, 40);
    b.set(4, 1);
    assert.deepEqual([b.ofServer(3), a.ofServer(3), b.ofServer(4)], [2, 2, 0]);
  });

  test('first and last slots of neighbouring rows are apart', () => {
    const segment = Segment.create('counters', TWO_ROWS);
    const [a, b] = [new Counters(segment, 0), new Counters(segment, 1)];
    const totals = new CounterTotals(segment);
    a.add(COUNTER_SLOTS - 1);
    b.addMany(0, 7);
    assert.equal(totals.sum(COUNTER_SLOTS - 1), 1);
    assert.equal(totals.sum(0), 7);
  });

  test('a successor in the same row counts on', () => {
    const segment = Segment.create('counters', TWO_ROWS);
    new Counters(segment, 1).addMany(9, 5);
    new Counters(segment, 1).add(9);
    assert.equal(new CounterTotals(segment).sum(9), 6);
  });

  test('counts beyond 32 bits', () => {
    const segment = Segment.create('counters', TWO_ROWS);
    const counters = new Counters(segment, 0);
    counters.addMany(0, 2 ** 40);
    counters.add(0);
    assert.equal(new CounterTotals(segment).sum(0), 2 ** 40 + 1);
  });

  for (const row of [-1, 2, 0.5, Number.NaN]) {
    test(`row ${row} of a segment with two is refused`, () => {
      assert.throws(() => new Counters(Segment.create('counters', TWO_ROWS), row), RangeError);
    });
  }
});

describe('Counters.observe', () => {
  const bounds = Float64Array.of(0, 1, 2.5, 10);
  const rows: { name: string; values: number[]; buckets: number[]; sum: number }[] = [
    { name: 'nothing', values: [], buckets: [0, 0, 0, 0, 0], sum: 0 },
    { name: 'a value on a bound belongs to it', values: [0, 1, 2.5, 10], buckets: [1, 1, 1, 1, 0], sum: 13.5 },
    { name: 'a value between bounds', values: [0.5, 2, 9], buckets: [0, 1, 1, 1, 0], sum: 11.5 },
    { name: 'above the last bound is +Inf', values: [11, 1000], buckets: [0, 0, 0, 0, 2], sum: 1011 },
    { name: 'below the first', values: [-1], buckets: [1, 0, 0, 0, 0], sum: -1 },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const segment = Segment.create('counters', TWO_ROWS);
      const counters = new Counters(segment, 1);
      for (const value of row.values) counters.observe(100, value, bounds);
      const totals = new CounterTotals(segment);
      assert.deepEqual(
        [100, 101, 102, 103, 104].map((slot) => totals.sum(slot)),
        row.buckets,
      );
      assert.equal(totals.sum(105), row.sum);
      assert.equal(totals.sum(99) + totals.sum(106), 0);
    });
  }
});

describe('CounterTotals', () => {
  test('rows are those that were announced', () => {
    const segment = Segment.create('counters', COUNTER_BYTES);
    const totals = new CounterTotals(segment);
    assert.deepEqual(totals.rows(), []);
    for (const row of [0, 31, 32, 255, 31]) new Counters(segment, row).add(1);
    assert.deepEqual(totals.rows(), [0, 31, 32, 255]);
    assert.equal(totals.sum(1), 5);
    assert.throws(() => new Counters(segment, COUNTER_ROWS), RangeError);
  });

  for (const slot of [-1, COUNTER_SLOTS, 1.5]) {
    test(`slot ${slot} is refused`, () => {
      assert.throws(() => new CounterTotals(Segment.create('counters', TWO_ROWS)).sum(slot), RangeError);
    });
  }

  test('rows that nobody uses cost no memory, not even when summed', { skip: process.platform !== 'linux' }, () => {
    const segment = Segment.create('shoal-counters-sparse', COUNTER_BYTES);
    new Counters(segment, 200).add(12_345);
    const totals = new CounterTotals(segment);
    for (let slot = 0; slot < COUNTER_SLOTS; slot += 64) totals.sum(slot);
    if (segment.handle.kind !== 'fd') return;
    const part = readFileSync('/proc/self/smaps', 'utf8').split('shoal-counters-sparse')[1];
    const kilobytes = Number(/^Rss:\s+(\d+) kB/m.exec(part)?.[1]);
    assert.ok(
      kilobytes > 0 && kilobytes <= (COUNTER_SLOTS * 8) / 1024 + 136,
      `${kilobytes} kB of ${COUNTER_BYTES >>> 10}`,
    );
  });

  test('threads count at the same time and nothing is lost', async () => {
    const segment = Segment.create('counters', 128 + 3 * COUNTER_SLOTS * 8);
    const source = `
      const { workerData } = require('node:worker_threads');
      import('#memory/segment.ts').then(async ({ Segment }) => {
        const { Counters } = await import('#memory/counters.ts');
        const counters = new Counters(Segment.map(workerData.handle, true), workerData.row);
        for (let i = 0; i < 100000; i++) counters.add(5);
      });`;
    const workers = [1, 2].map(
      (row) => new Worker(source, { eval: true, workerData: { handle: segment.handle, row } }),
    );
    await Promise.all(
      workers.map((worker) => new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))),
    );
    assert.equal(new CounterTotals(segment).sum(5), 200_000);
  });
});
