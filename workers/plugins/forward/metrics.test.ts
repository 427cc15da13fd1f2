import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric, SlotAllocator } from '#plugins/metrics.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { durationIndex, metrics } from './metrics.ts';
import { plugin } from './setup.ts';

/** Notes every series that is asked for. */
class Series implements SlotAllocator {
  readonly names = new Map<string, number>();

  slot(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    assert.deepEqual(Object.keys(labels).sort(), [...metric.labels].sort(), metric.name);
    assert.ok(metrics.table.includes(metric), `${metric.name} is not in the table`);
    const name = `${metric.name} ${Object.values(labels).sort().join(' ')}`;
    const slot = this.names.get(name) ?? this.names.size;
    this.names.set(name, slot);
    return slot;
  }

  histogram(metric: Metric, labels?: Readonly<Record<string, string>>): number {
    assert.equal(metric.type, 'histogram');
    return this.slot(metric, labels);
  }
}

const SCOPE = { server: 'dns://:53', zones: ['.'], view: '', next: [] };

test('every upstream of every rule has its series, equal ones the same', () => {
  const options = plugin.setup(
    new TextDirective('forward', 'forward a.test 10.0.0.1 10.0.0.2\nforward . 10.0.0.1'),
    testScope(),
  );
  const series = new Series();
  const slots = metrics.slots(series, SCOPE, options);
  assert.deepEqual(
    slots.upstreams.map((rule) => rule.length),
    [2, 1],
  );
  assert.deepEqual(slots.upstreams[0][0], slots.upstreams[1][0]);
  assert.notDeepEqual(slots.upstreams[0][0], slots.upstreams[0][1]);
  assert.ok(series.names.has('coredns_proxy_request_duration_seconds 10.0.0.2:53 NXDOMAIN forward'));
  assert.ok(series.names.has('coredns_proxy_conn_cache_hits_total 10.0.0.1:53 forward udp'));
  assert.ok(series.names.has('coredns_forward_healthcheck_broken_total '));
  assert.deepEqual(structuredClone(slots), slots);
});

test('names and labels are those of the reference', () => {
  const table = metrics.table.map(({ name, labels }) => `${name}{${[...labels].sort()}}`);
  for (const expected of [
    'coredns_forward_healthcheck_broken_total{}',
    'coredns_forward_max_concurrent_rejects_total{}',
    'coredns_proxy_request_duration_seconds{proxy_name,rcode,to}',
    'coredns_proxy_healthcheck_failures_total{proxy_name,to}',
    'coredns_proxy_conn_cache_hits_total{proto,proxy_name,to}',
    'coredns_proxy_conn_cache_misses_total{proto,proxy_name,to}',
  ]) {
    assert.ok(table.includes(expected), expected);
  }
});

const rcodes: readonly [rcode: number, index: number][] = [
  [0, 0],
  [10, 10],
  [16, 11],
  [23, 12],
  [11, 13],
  [15, 13],
  [22, 13],
  [4095, 13],
];
for (const [rcode, index] of rcodes) {
  test(`reply code ${rcode} counts into histogram ${index}`, () => assert.equal(durationIndex(rcode), index));
}
