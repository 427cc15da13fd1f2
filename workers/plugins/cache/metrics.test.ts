import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric } from '#plugins/metrics.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { metrics } from './metrics.ts';
import { plugin } from './setup.ts';

test('every series has the labels of its metric, zones being those of the directive', () => {
  const series: (readonly [metric: Metric, labels: Readonly<Record<string, string>>])[] = [];
  const slot = (metric: Metric, labels: Readonly<Record<string, string>> = {}): number =>
    series.push([metric, labels]) - 1;
  const options = plugin.setup(new TextDirective('cache', 'cache a b'), testScope());
  const slots = metrics.slots(
    { slot, histogram: slot },
    { server: 'dns://:53', zones: ['.'], view: 'v', next: [] },
    options,
  );
  const {
    entries,
    waits,
    hits,
    evictions,
    requests,
    misses,
    drops,
    prefetch,
    servedStale,
    refreshFailures,
    refreshRejects,
  } = slots;
  const shares = [entries, hits, evictions].flatMap(({ success, denial }) => [success, denial]);
  const numbers = [requests, misses, drops, prefetch, servedStale, refreshFailures, refreshRejects, waits, ...shares];
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    series.map((_, index) => index),
  );
  for (const [metric, labels] of series) {
    assert.deepEqual(Object.keys(labels).toSorted(), metric.labels.toSorted(), metric.name);
    assert.deepEqual([labels['server'], labels['zones'], labels['view']], ['dns://:53', 'a.,b.', 'v']);
  }
  assert.deepEqual(new Set(series.map(([metric]) => metric)), new Set(metrics.table));
});
