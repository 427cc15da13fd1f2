import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Histogram } from './histogram.ts';
import { seeded } from './testing/seeded.ts';

const PERCENTS = [0, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100];

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** By sorting; the rank as a fraction of whole numbers, so that nothing is rounded. */
function exactPercentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((Math.round(percent * 1000) * sorted.length) / 100_000));
  return sorted[rank - 1];
}

it('is 0 everywhere when empty', () => {
  const histogram = new Histogram();
  assert.deepEqual([histogram.total, histogram.max, histogram.mean, histogram.percentile(99)], [0, 0, 0, 0]);
});

describe('values below 256 are exact', () => {
  const values = Array.from({ length: 256 }, (_, i) => i);
  const histogram = histogramOf(values);
  for (const percent of PERCENTS)
    it(`p${percent}`, () => assert.equal(histogram.percentile(percent), exactPercentile(values, percent)));
});

describe('one value', () => {
  for (const value of [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 1_000_000, 2 ** 30, 2 ** 31 - 1])
    it(`${value} is every percentile, exactly`, () => {
      const histogram = histogramOf([value]);
      assert.deepEqual(
        PERCENTS.map((percent) => histogram.percentile(percent)),
        PERCENTS.map(() => value),
      );
      assert.deepEqual([histogram.total, histogram.max, histogram.mean], [1, value, value]);
    });
});

describe('what does not fit', () => {
  const rows = [
    { name: 'below 0 counts as 0', value: -5, want: 0 },
    { name: 'fractions are cut off', value: 7.9, want: 7 },
    { name: 'too large counts as the largest', value: 2 ** 40, want: 2 ** 31 - 1 },
  ];
  for (const { name, value, want } of rows) it(name, () => assert.equal(histogramOf([value]).max, want));
});

describe('percentiles are at most 0.8 % above the exact ones, never below', () => {
  const random = seeded(0x1a7e);
  const rows: { name: string; value: () => number }[] = [
    { name: 'even', value: () => random(1_000_000) },
    { name: 'of all magnitudes', value: () => random(2 ** (1 + random(30))) },
    {
      name: 'a fast bulk with a slow tail',
      value: () => (random(100) === 0 ? 500_000 + random(500_000) : 300 + random(50)),
    },
    { name: 'two values', value: () => (random(2) === 0 ? 1000 : 100_000) },
  ];
  for (const { name, value } of rows)
    it(name, () => {
      for (const count of [1, 2, 10, 999, 1000, 20_000]) {
        const values = Array.from({ length: count }, value).sort((a, b) => a - b);
        const histogram = histogramOf(values);
        for (const percent of PERCENTS) {
          const exact = exactPercentile(values, percent);
          const told = histogram.percentile(percent);
          assert.ok(told >= exact && told <= exact * 1.008, `p${percent} of ${count}: ${told} for ${exact}`);
        }
      }
    });
});

it('ranks are not spoilt by binary fractions: 99.9 % of 1,000 is the last but one', () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i < 999 ? 1 : 100));
  assert.equal(histogramOf(values).percentile(99.9), 1);
  assert.equal(histogramOf(values).percentile(99.91), 100);
});

it('mean and maximum are exact', () => {
  const histogram = histogramOf([1, 1000, 999_999]);
  assert.deepEqual([histogram.mean, histogram.max], [1_001_000 / 3, 999_999]);
});
