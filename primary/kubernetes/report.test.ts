// Reports of the watcher, as a scrape shows them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newRegistry } from '#ops/http/testing.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import { metrics as table } from '#plugins/kubernetes/metrics.ts';
import { type KindStats, newStats } from '#watcher/api/stats.ts';
import type { ClusterStats } from '#watcher/stats.ts';
import { countObservations, KubernetesReport } from './report.ts';

function clusterOf(key: string, kinds: readonly KindStats[], rest: Partial<ClusterStats> = {}): ClusterStats {
  return { key, amounts: {}, kinds, servedState: 0, savedAt: 0, savedBytes: 0, ...rest };
}

function rig(...clusters: readonly ClusterStats[]): { registry: MetricRegistry; lines: () => Promise<string[]> } {
  const registry = newRegistry();
  registry.declare(table.table);
  const report = new KubernetesReport();
  report.register(registry);
  report.set({ clusters, names: {}, bytesUsed: 0, bytesLimit: 0 });
  const lines = async (): Promise<string[]> =>
    (await registry.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { registry, lines };
}

const services: KindStats = {
  ...newStats('Service'),
  ...{ watching: true, synced: true, lastEvent: 1_500, lastBookmark: 2_000, lastHeard: 2_500, events: 7 },
  ...{ watchRestarts: 1, failures: 2, stalls: 3, audits: 4, findings: 5, decodeErrors: 6 },
  lists: { start: 1, expired: 2, audit: 0, broken: 0 },
};

describe('KubernetesReport', () => {
  it('shows every number of a kind', async () => {
    const { lines } = rig(clusterOf('a', [services]));
    const shown = await lines();
    for (const line of [
      'shoal_kubernetes_synced{kind="Service"} 1',
      'shoal_kubernetes_last_event_timestamp_seconds{kind="Service"} 1.5',
      'shoal_kubernetes_last_bookmark_timestamp_seconds{kind="Service"} 2',
      'shoal_kubernetes_last_heard_timestamp_seconds{kind="Service"} 2.5',
      'shoal_kubernetes_events_total{kind="Service"} 7',
      'shoal_kubernetes_watch_restarts_total{kind="Service"} 1',
      'shoal_kubernetes_request_failures_total{kind="Service"} 2',
      'shoal_kubernetes_watch_stalls_total{kind="Service"} 3',
      'shoal_kubernetes_audits_total{kind="Service"} 4',
      'shoal_kubernetes_audit_findings_total{kind="Service"} 5',
      'shoal_kubernetes_refused_objects_total{kind="Service"} 6',
      'shoal_kubernetes_lists_total{kind="Service",reason="start"} 1',
      'shoal_kubernetes_lists_total{kind="Service",reason="expired"} 2',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown.join('\n')}`);
  });

  it('a kind whose watch is away is not in step', async () => {
    const { lines } = rig(clusterOf('a', [{ ...services, watching: false }]));
    assert.ok((await lines()).includes('shoal_kubernetes_synced{kind="Service"} 0'));
  });

  it('adds counters of several sources up, and shows the worst of their gauges', async () => {
    const other: KindStats = { ...services, synced: false, lastHeard: 1000, events: 1 };
    const amounts = { Service: { objects: 3, bytes: 300 } };
    const { lines } = rig(clusterOf('a', [services], { amounts }), clusterOf('b', [other], { amounts }));
    const shown = await lines();
    for (const line of [
      'shoal_kubernetes_synced{kind="Service"} 0',
      'shoal_kubernetes_last_heard_timestamp_seconds{kind="Service"} 1',
      'shoal_kubernetes_events_total{kind="Service"} 8',
      'shoal_kubernetes_lists_total{kind="Service",reason="expired"} 4',
      'shoal_kubernetes_objects{kind="Service"} 6',
      'shoal_kubernetes_object_bytes{kind="Service"} 600',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown.join('\n')}`);
  });

  it('shows the state that is served and kept', async () => {
    const { lines } = rig(clusterOf('a', [], { servedState: 1000, savedAt: 900, savedBytes: 12 }));
    const shown = await lines();
    for (const line of [
      'shoal_kubernetes_served_state_timestamp_seconds 1000',
      'shoal_kubernetes_saved_state_timestamp_seconds 900',
      'shoal_kubernetes_saved_state_bytes 12',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown.join('\n')}`);
  });
});

describe('countObservations', () => {
  it('fills histograms and counters', async () => {
    const { registry, lines } = rig();
    const at = { verb: 'GET', host: 'h:1' };
    countObservations(registry, [
      { metric: 'programming', labels: { service_kind: 'cluster_ip' }, value: 0.003 },
      { metric: 'request', labels: at, value: 0.2 },
      { metric: 'limiter', labels: at, value: 0 },
      { metric: 'requests', labels: { code: '200', method: 'GET', host: 'h:1' }, value: 1 },
      { metric: 'requests', labels: { code: '200', method: 'GET', host: 'h:1' }, value: 1 },
    ]);
    const shown = await lines();
    for (const line of [
      'coredns_kubernetes_dns_programming_duration_seconds_bucket{service_kind="cluster_ip",le="0.002"} 0',
      'coredns_kubernetes_dns_programming_duration_seconds_bucket{service_kind="cluster_ip",le="0.004"} 1',
      'coredns_kubernetes_rest_client_request_duration_seconds_sum{host="h:1",verb="GET"} 0.2',
      'coredns_kubernetes_rest_client_rate_limiter_duration_seconds_count{host="h:1",verb="GET"} 1',
      'coredns_kubernetes_rest_client_requests_total{code="200",host="h:1",method="GET"} 2',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown.join('\n')}`);
  });
});
