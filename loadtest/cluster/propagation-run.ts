// One server's times from change to answer; tables and limits of them. Called by propagation.ts. Cold.

import { Histogram } from '#loadtest/generator/histogram.ts';
import { table } from '#loadtest/report/table.ts';
import type { ClusterApi } from './api/client.ts';
import { Probe } from './changes/probe.ts';
import { headlessOf, KINDS, type Kind, NAMESPACE_OBJECT, stepsOf } from './changes/steps.ts';
import type { Limit } from './command.ts';

/** Histograms count microseconds. */
const UNITS_PER_MS = 1000;

/** Latencies of every kind of change. */
export type Latencies = ReadonlyMap<Kind, Histogram>;

export function noLatencies(): Latencies {
  return new Map(KINDS.map((kind) => [kind, new Histogram()]));
}

/**
 * Makes every kind of change `changes` times, one after the other, and asks the server on `port` all the while. What it makes is gone
 * afterwards. A change that shows before the API server's reply is there counts as 0.
 * @throws ClusterError when a change is refused, or does not show
 */
export async function measureChanges(
  api: ClusterApi,
  port: number,
  changes: number,
  found: Latencies,
  onDone: () => void,
): Promise<void> {
  const run = `${process.pid}`;
  const probe = await Probe.open(port);
  const headless = headlessOf(run);
  await api.create(NAMESPACE_OBJECT);
  await api.create(headless);
  try {
    for (let round = 0; round < changes; round++)
      for (const { kind, apply, question, isRight } of stepsOf(run, round)) {
        const shown = probe.until(question, isRight);
        shown.catch(() => undefined); // who waits for it comes later
        const replied = await apply(api);
        found.get(kind)?.record(((await shown) - replied) * UNITS_PER_MS);
        onDone();
      }
  } finally {
    probe.close();
    await api.delete(headless);
  }
}

/** `found`: the latencies of every server by its name. */
export function latencyTable(found: ReadonlyMap<string, Latencies>): string {
  const rows = KINDS.flatMap((kind) =>
    [...found].map(([name, latencies], i) => {
      const histogram = latencies.get(kind) ?? new Histogram();
      const at = (percent: number): string => inMs(histogram.percentile(percent)).toFixed(2);
      return [i === 0 ? kind : '', name, at(50), at(90), at(99), inMs(histogram.max).toFixed(2)];
    }),
  );
  return table([['change', 'server', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'], ...rows]);
}

/** `p50` and `p99` (ms) hold for every kind of change. */
export function latencyLimits(latencies: Latencies, limits: { readonly p50: number; readonly p99: number }): Limit[] {
  return [...latencies].flatMap(([kind, histogram]) => [
    { what: `${kind}: p50 ms`, value: inMs(histogram.percentile(50)), most: limits.p50 },
    { what: `${kind}: p99 ms`, value: inMs(histogram.percentile(99)), most: limits.p99 },
  ]);
}

function inMs(units: number): number {
  return units / UNITS_PER_MS;
}
