// Rows of metric tables and label sets that are refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkMetric, type Metric, MetricError, sortedLabels } from './metric.ts';

const GOOD: Metric = { name: 'shoal_test_total', help: 'Help.', type: 'counter', labels: ['server', 'a'] };

describe('checkMetric', () => {
  const good: { name: string; metric: Metric }[] = [
    { name: 'a counter with labels', metric: GOOD },
    { name: 'a gauge without', metric: { ...GOOD, type: 'gauge', labels: [] } },
    { name: 'a histogram with one bucket', metric: { ...GOOD, type: 'histogram', buckets: [0] } },
    { name: 'a name with a colon', metric: { ...GOOD, name: 'job:shoal_test:rate' } },
  ];
  for (const row of good) test(row.name, () => checkMetric(row.metric));

  const bad: { name: string; metric: Metric; error: RegExp }[] = [
    { name: 'a dash in the name', metric: { ...GOOD, name: 'shoal-test' }, error: /shoal-test: not a metric name/ },
    { name: 'a name that begins with a digit', metric: { ...GOOD, name: '1st' }, error: /not a metric name/ },
    { name: 'an empty name', metric: { ...GOOD, name: '' }, error: /not a metric name/ },
    { name: 'le, which is the buckets', metric: { ...GOOD, labels: ['le'] }, error: /le cannot be a label/ },
    { name: 'a reserved label', metric: { ...GOOD, labels: ['__name__'] }, error: /__name__ cannot be a label/ },
    { name: 'a label with a blank', metric: { ...GOOD, labels: ['a b'] }, error: /a b cannot be a label/ },
    { name: 'a label twice', metric: { ...GOOD, labels: ['a', 'a'] }, error: /a label is named twice/ },
    {
      name: 'a histogram without buckets',
      metric: { ...GOOD, type: 'histogram' },
      error: /buckets are for histograms/,
    },
    { name: 'a counter with buckets', metric: { ...GOOD, buckets: [1] }, error: /buckets are for histograms/ },
    { name: 'bounds that fall', metric: { ...GOOD, type: 'histogram', buckets: [1, 0.5] }, error: /must .* ascend/ },
    { name: 'a bound twice', metric: { ...GOOD, type: 'histogram', buckets: [1, 1] }, error: /must .* ascend/ },
    {
      name: 'a bound of +Inf, which is always there',
      metric: { ...GOOD, type: 'histogram', buckets: [1, Number.POSITIVE_INFINITY] },
      error: /must be finite/,
    },
  ];
  for (const row of bad) {
    test(`refused: ${row.name}`, () => {
      assert.throws(() => checkMetric(row.metric), { name: 'MetricError', code: 'ERR_METRIC', message: row.error });
    });
  }
});

describe('sortedLabels', () => {
  test('alphabetical, whatever the order of the table or of the values', () => {
    assert.deepEqual(Object.keys(sortedLabels(GOOD, { server: 's', a: 'b' })), ['a', 'server']);
  });

  const bad: { name: string; labels: Record<string, string> }[] = [
    { name: 'one is missing', labels: { server: 's' } },
    { name: 'one is unknown', labels: { server: 's', a: 'b', c: 'd' } },
    { name: 'another name', labels: { server: 's', b: 'b' } },
    { name: 'none', labels: {} },
  ];
  for (const row of bad) {
    test(`refused: ${row.name}`, () => {
      assert.throws(() => sortedLabels(GOOD, row.labels), {
        name: 'MetricError',
        message: `metric shoal_test_total: labels are {a, server}, not {${Object.keys(row.labels).sort().join(', ')}}`,
      });
    });
  }

  test('MetricError is an Error', () => assert.ok(new MetricError('x') instanceof Error));
});
