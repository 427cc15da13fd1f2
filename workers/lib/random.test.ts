import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomPool, Shuffle } from './random.ts';

/** Draws `count` numbers and tells how often each came. */
function tally(n: number, count: number, draw: () => number): Uint32Array {
  const seen = new Uint32Array(n);
  for (let i = 0; i < count; i++) {
    const number = draw();
    assert.ok(Number.isInteger(number) && number >= 0 && number < n, `${number} is not within 0…${n - 1}`);
    seen[number]++;
  }
  return seen;
}

/** Chi-squared over the counts, as a multiple of its mean; about 1 for a fair source. */
function unfairness(seen: Uint32Array): number {
  const mean = seen.reduce((sum, n) => sum + n, 0) / seen.length;
  return seen.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0) / (seen.length - 1);
}

describe('RandomPool', () => {
  test('ids fill the whole range evenly, over many refills', () => {
    const pool = new RandomPool();
    const seen = tally(65_536, 655_360, () => pool.u16());
    // The chi-squared of 65,536 classes has a deviation of 0.55 %: 5 % are nine deviations.
    assert.ok(Math.abs(unfairness(seen) - 1) < 0.05, `chi-squared ${unfairness(seen)}`);
  });

  test('32-bit numbers fill both halves', () => {
    const pool = new RandomPool();
    let or = 0;
    let and = 0xffffffff;
    for (let i = 0; i < 200; i++) {
      const number = pool.u32();
      assert.ok(Number.isInteger(number) && number >= 0 && number <= 0xffffffff);
      or |= number;
      and &= number;
    }
    assert.equal(or >>> 0, 0xffffffff);
    assert.equal(and >>> 0, 0);
  });

  for (const n of [1, 2, 3, 15, 1000, 40_000, 65_536]) {
    test(`below(${n}) is fair`, () => {
      const pool = new RandomPool();
      const seen = tally(n, Math.max(20_000, n * 5), () => pool.below(n));
      if (n > 1) assert.ok(unfairness(seen) < 1 + 30 * Math.sqrt(2 / (n - 1)), `chi-squared ${unfairness(seen)}`);
    });
  }

  test('two pools do not give the same numbers', () => {
    const [a, b] = [new RandomPool(), new RandomPool()];
    const same = Array.from({ length: 100 }, () => a.u32() === b.u32());
    assert.ok(same.includes(false));
  });
});

describe('Shuffle', () => {
  test('the same seed gives the same numbers, 0 included', () => {
    for (const seed of [0, 1, -1, 12_345]) {
      const [a, b] = [new Shuffle(seed), new Shuffle(seed)];
      for (let i = 0; i < 50; i++) assert.equal(a.next(), b.next());
    }
  });

  test('without a seed two of them differ', () => {
    const [a, b] = [new Shuffle(), new Shuffle()];
    const same = Array.from({ length: 8 }, () => a.next() === b.next());
    assert.ok(same.includes(false));
  });

  test('it never gets stuck', () => {
    const shuffle = new Shuffle(7);
    const seen = new Set(Array.from({ length: 10_000 }, () => shuffle.next()));
    assert.equal(seen.size, 10_000);
    assert.ok(!seen.has(0));
  });

  for (const n of [1, 2, 3, 15, 1000]) {
    test(`below(${n}) is fair`, () => {
      const shuffle = new Shuffle(1);
      const seen = tally(n, 50_000, () => shuffle.below(n));
      if (n > 1) assert.ok(unfairness(seen) < 1 + 30 * Math.sqrt(2 / (n - 1)), `chi-squared ${unfairness(seen)}`);
    });
  }
});
