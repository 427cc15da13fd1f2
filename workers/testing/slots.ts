// Metric slots by the text of their series, for tests that look at what was counted. Tests only.

import assert from 'node:assert/strict';
import type { Metric, SlotAllocator } from '../plugins/metrics.ts';

/** Hands out slots from 0 on, and knows them by `name{label="value",…}` with the labels in alphabetical order. */
export class NamedSlots implements SlotAllocator {
  readonly bySeries = new Map<string, number>();
  #next = 0;

  slot(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    return this.#take(metric, labels, 1);
  }

  histogram(metric: Metric, labels: Readonly<Record<string, string>> = {}): number {
    return this.#take(metric, labels, (metric.buckets?.length ?? 0) + 2);
  }

  #take(metric: Metric, labels: Readonly<Record<string, string>>, count: number): number {
    const names = Object.keys(labels).sort();
    assert.deepEqual(names, [...metric.labels].sort(), metric.name);
    const series = names.length === 0 ? '' : `{${names.map((name) => `${name}="${labels[name]}"`).join(',')}}`;
    const known = this.bySeries.get(`${metric.name}${series}`);
    if (known !== undefined) return known;
    this.bySeries.set(`${metric.name}${series}`, this.#next);
    this.#next += count;
    return this.#next - count;
  }

  /** Fails for a series that nobody asked a slot for. */
  of(series: string): number {
    const slot = this.bySeries.get(series);
    assert.ok(slot !== undefined, `no series ${series}`);
    return slot;
  }

  /** Series whose value is not 0, with it: `name{…} 3`, sorted. `only`: what the name begins with. */
  counted(value: (slot: number) => number, only = ''): string[] {
    return [...this.bySeries]
      .filter(([series, slot]) => series.startsWith(only) && value(slot) !== 0)
      .map(([series, slot]) => `${series} ${value(slot)}`)
      .sort();
  }
}
