import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from './pace.ts';

describe('due queries', () => {
  const rows = [
    { name: 'none before the start', rate: 1000, now: 99.9, due: 0 },
    { name: 'the first at the start', rate: 1000, now: 100, due: 1 },
    { name: 'not the second before its time', rate: 1000, now: 100.9, due: 1 },
    { name: 'the second in time', rate: 1000, now: 101, due: 2 },
    { name: 'one a second', rate: 1, now: 3100, due: 4 },
    { name: 'many a millisecond', rate: 500_000, now: 101, due: 501 },
    { name: 'an interval that is no binary fraction', rate: 3, now: 1100.5, due: 4 },
  ];
  for (const { name, rate, now, due } of rows) it(name, () => assert.equal(new Pace(100, rate).due(now), due));
});

it('what was taken is due no more', () => {
  const pace = new Pace(0, 1000);
  assert.equal(pace.due(10), 11);
  for (let i = 0; i < 4; i++) pace.take();
  assert.equal(pace.due(10), 7);
});

it('taking more than is due makes none due, not fewer than none', () => {
  const pace = new Pace(0, 1000);
  for (let i = 0; i < 20; i++) pace.take();
  assert.equal(pace.due(10), 0);
});

it('after a stall the queries keep the times at which they were due', () => {
  const pace = new Pace(1000, 100);
  assert.equal(pace.due(1035), 4);
  assert.deepEqual([pace.take(), pace.take(), pace.take(), pace.take()], [1000, 1010, 1020, 1030]);
  assert.equal(pace.due(1039), 0);
});

describe('over a long time the rate is exact', () => {
  for (const rate of [1, 3, 7, 999, 123_457])
    it(`${rate} a second`, () => {
      const pace = new Pace(12.345, rate);
      let taken = 0;
      for (let now = 12.345; taken < rate * 2; now += 1.7)
        for (let due = pace.due(now); due > 0; due--, taken++) pace.take();
      const expected = 12.345 + (taken * 1000) / rate;
      assert.ok(Math.abs(pace.take() - expected) < 1e-6);
    });
});
