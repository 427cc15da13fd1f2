// Random metrics counted by several threads' rows against a plain model, read back by the strict reader. Seeded.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COUNTER_SLOTS, Counters } from '#memory/counters.ts';
import { Segment } from '#memory/segment.ts';
import type { Metric } from './metric.ts';
import { MetricRegistry } from './registry.ts';
import { readExposition } from './testing.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const ROWS = 4;
const STEPS = 400;
const BOUNDS = Float64Array.of(1, 4, 9);
const VALUES = ['', '.', 'a.b', 'back\\slash', 'qu"ote', 'li\nne', 'ümläut', '{}', 'a,b="c"'];

/** Park and Miller's generator: small and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function metricOf(n: number): Metric {
  const labels = ['c', 'a', 'b'].slice(0, n % 4);
  const help = `Number ${n}.`;
  if (n % 3 === 2) return { name: `m${n}`, help, type: 'histogram', labels, buckets: [...BOUNDS] };
  return { name: `m${n}`, help, type: n % 3 === 0 ? 'counter' : 'gauge', labels };
}

describe('a registry agrees with a plain model', () => {
  for (const seed of SEEDS) {
    test(`seed ${seed}`, async () => {
      const below = random(seed);
      const segment = Segment.create('counters', 128 + ROWS * COUNTER_SLOTS * 8);
      const registry = new MetricRegistry(segment);
      const threads = Array.from({ length: ROWS }, (_, row) => new Counters(segment, row));
      const model = new Map<string, { sum: number; count: number }>();
      for (let step = 0; step < STEPS; step++) {
        const metric = metricOf(below(12));
        const labels = Object.fromEntries(
          [...metric.labels].sort().map((label) => [label, VALUES[below(VALUES.length)]]),
        );
        const value = below(12);
        const thread = threads[below(ROWS)];
        if (metric.type === 'histogram') thread.observe(registry.histogram(metric, labels), value, BOUNDS);
        else thread.addMany(registry.slot(metric, labels), value);
        const key = `${metric.name}${JSON.stringify(labels)}`;
        const known = model.get(key) ?? { sum: 0, count: 0 };
        model.set(key, { sum: known.sum + value, count: known.count + 1 });
      }
      const families = readExposition(await registry.render());
      for (const [key, want] of model) {
        const name = key.slice(0, key.indexOf('{'));
        const family = families.get(name);
        const found = (suffix: string): number | undefined =>
          family?.samples.find(
            (sample) => sample.name + JSON.stringify(sample.labels) === key.replace(name, name + suffix),
          )?.value;
        if (family?.type === 'histogram')
          assert.deepEqual({ sum: found('_sum'), count: found('_count') }, want, `seed ${seed}: ${key}`);
        else if (want.sum !== 0 || key.endsWith('{}')) assert.equal(found(''), want.sum, `seed ${seed}: ${key}`);
        else assert.equal(found(''), undefined, `seed ${seed}: ${key}`);
      }
    });
  }
});
