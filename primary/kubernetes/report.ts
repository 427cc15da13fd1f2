// What the watcher reports → metrics. Cold.

import type { Metric, Sample } from '#ops/metrics/metric.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import * as metric from '#plugins/kubernetes/metrics.ts';
import type { KindStats } from '#watcher/api/stats.ts';
import type { Observation, ObservedMetric } from '#watcher/observe.ts';
import type { ClusterStats, WatcherStats } from '#watcher/stats.ts';

const OBSERVED: Readonly<Record<ObservedMetric, Metric>> = {
  programming: metric.PROGRAMMING,
  request: metric.REQUEST,
  limiter: metric.LIMITER,
  requests: metric.REQUESTS,
};

/** What is read of every kind of every source. */
const OF_KINDS: readonly (readonly [Metric, (stats: KindStats) => number])[] = [
  [metric.SYNCED, ({ synced, watching }) => Number(synced && watching)],
  [metric.EVENT_TIME, ({ lastEvent }) => lastEvent / 1000],
  [metric.BOOKMARK_TIME, ({ lastBookmark }) => lastBookmark / 1000],
  [metric.HEARD_TIME, ({ lastHeard }) => lastHeard / 1000],
  [metric.EVENTS, ({ events }) => events],
  [metric.WATCH_RESTARTS, ({ watchRestarts }) => watchRestarts],
  [metric.STALLS, ({ stalls }) => stalls],
  [metric.FAILURES, ({ failures }) => failures],
  [metric.AUDITS, ({ audits }) => audits],
  [metric.FINDINGS, ({ findings }) => findings],
  [metric.REFUSED, ({ decodeErrors }) => decodeErrors],
];

/** Numbers of the last report, computed into lines at every scrape. Several sources of one kind count together. */
export class KubernetesReport {
  #clusters: readonly ClusterStats[] = [];

  /** Puts itself behind all metrics of the plugin. */
  register(metrics: MetricRegistry): void {
    for (const [of, value] of OF_KINDS) metrics.collector(of, () => this.#byKind(of.type, value));
    metrics.collector(metric.LISTS, () => this.#lists());
    metrics.collector(metric.OBJECTS, () => this.#amounts(({ objects }) => objects));
    metrics.collector(metric.OBJECT_BYTES, () => this.#amounts(({ bytes }) => bytes));
    metrics.collector(metric.STATE_SERVED, () => this.#total(({ servedState }) => servedState));
    metrics.collector(metric.STATE_SAVED, () => this.#total(({ savedAt }) => savedAt));
    metrics.collector(metric.STATE_BYTES, () => this.#total(({ savedBytes }) => savedBytes));
  }

  set({ clusters }: WatcherStats): void {
    this.#clusters = clusters;
  }

  /** Counters add up over sources; of gauges the lowest tells the trouble. */
  #byKind(type: Metric['type'], value: (stats: KindStats) => number): Sample[] {
    const values = new Map<string, number>();
    for (const stats of this.#clusters.flatMap(({ kinds }) => kinds)) {
      const known = values.get(stats.kind);
      const one = value(stats);
      if (known === undefined) values.set(stats.kind, one);
      else values.set(stats.kind, type === 'counter' ? known + one : Math.min(known, one));
    }
    return [...values].map(([kind, total]) => ({ labels: { kind }, value: total }));
  }

  #lists(): Sample[] {
    const totals = new Map<string, Sample>();
    for (const { kind, lists } of this.#clusters.flatMap(({ kinds }) => kinds))
      for (const [reason, count] of Object.entries(lists)) {
        const key = `${kind} ${reason}`;
        totals.set(key, { labels: { kind, reason }, value: (totals.get(key)?.value ?? 0) + count });
      }
    return [...totals.values()];
  }

  #amounts(value: (amount: { readonly objects: number; readonly bytes: number }) => number): Sample[] {
    const totals = new Map<string, number>();
    for (const { amounts } of this.#clusters)
      for (const [kind, amount] of Object.entries(amounts)) totals.set(kind, (totals.get(kind) ?? 0) + value(amount));
    return [...totals].map(([kind, total]) => ({ labels: { kind }, value: total }));
  }

  /** The oldest state, or the sum of sizes of one: with one source, as nearly always, its own number. */
  #total(value: (stats: ClusterStats) => number): Sample[] {
    return [{ labels: {}, value: Math.max(0, ...this.#clusters.map(value)) }];
  }
}

/** Counts single measurements. */
export function countObservations(metrics: MetricRegistry, observations: readonly Observation[]): void {
  for (const { metric: of, labels, value } of observations) {
    if (of === 'requests') metrics.add(OBSERVED[of], labels, value);
    else metrics.observe(OBSERVED[of], value, labels);
  }
}
