import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Shuffle } from '../../lib/random.ts';
import { Hedging } from './hedge.ts';

const clock = { now: 0, seconds: 0, tick: () => {} };
/** The only slot: sent at 0. */
const sent = { sentAt: new Float64Array(1) };

function saving(budget: number): Hedging {
  return new Hedging({ percentile: 95, budget }, sent, clock);
}

function after(percentile: number, times: readonly number[]): Hedging {
  const hedging = new Hedging({ percentile, budget: 5 }, sent, clock);
  for (const milliseconds of times) {
    clock.now = milliseconds;
    hedging.observe(0);
  }
  return hedging;
}

/** `count` times this. */
const often = (milliseconds: number, count: number): number[] => new Array<number>(count).fill(milliseconds);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('how long to wait', () => {
  const rows: readonly [name: string, percentile: number, times: readonly number[], expected: number][] = [
    ['all the same', 95, often(20, 64), 20],
    ['1 … 1024 ms, 95 %', 95, upTo(1024), 973],
    ['1 … 1024 ms, 50 %', 50, upTo(1024), 512],
    ['1 … 1024 ms, 99 %', 99, upTo(1024), 1014],
    ['one of a hundred is slow', 95, [...often(10, 127), 2000], 10],
    ['one of ten is slow', 95, [...often(10, 115), ...often(2000, 13)], 2000],
    ['very quick', 95, often(0.01, 64), 1],
    ['very slow', 95, often(4000, 64), 4000],
    ['slower than anything', 95, often(1e9, 64), 8192],
    ['what is long ago weighs less', 90, [...often(1000, 2000), ...often(10, 20_000)], 10],
  ];
  for (const [name, percentile, times, expected] of rows) {
    test(name, () => {
      const { wait } = after(percentile, times);
      assert.ok(wait >= expected * 0.99 && wait <= Math.ceil(expected * 1.1), `${wait} ms for ${expected} ms`);
    });
  }

  test('not known at first', () => assert.equal(after(95, often(10, 63)).wait, 0));

  test('random times: as many are quicker as the percentile says', () => {
    const random = new Shuffle(7);
    for (const percentile of [50, 75, 95, 99]) {
      const times = Array.from({ length: 2048 }, () => 1.5 ** (random.below(2000) / 100));
      const { wait } = after(percentile, times);
      const share = times.filter((time) => time <= wait).length / times.length;
      assert.ok(Math.abs(share * 100 - percentile) < 4, `${percentile} %: ${share}`);
    }
  });
});

describe('the budget', () => {
  test('nothing at first', () => assert.equal(saving(5).spend(), false));

  for (const budget of [0.1, 1, 2.5, 50, 100]) {
    test(`${budget} of a hundred queries`, () => {
      const hedging = saving(budget);
      let spent = 0;
      for (let query = 0; query < 1000; query++) {
        hedging.earn();
        if (hedging.spend()) spent++;
      }
      assert.equal(spent, Math.round(budget * 10));
    });
  }

  test('no more than ten are saved up', () => {
    const hedging = saving(100);
    for (let query = 0; query < 1000; query++) hedging.earn();
    let spent = 0;
    while (hedging.spend()) spent++;
    assert.equal(spent, 10);
  });

  test('what was not used is given back', () => {
    const hedging = saving(100);
    hedging.earn();
    assert.ok(hedging.spend());
    hedging.refund();
    assert.ok(hedging.spend());
    assert.ok(!hedging.spend());
  });
});
