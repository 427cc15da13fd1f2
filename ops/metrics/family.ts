// One metric with all its series, in the shape that prom-client formats. Used by registry.ts only; cold.

import { checkMetric, type Labels, type Metric, MetricError, type Sample, sortedLabels } from './metric.ts';
import { Gauge, type Registry } from './prom-client.ts';

/** Reads the sum of a slot over all threads. */
type Sum = (slot: number) => number;

/** A series that lives in the shared counters. */
export interface Series {
  readonly labels: Labels;
  readonly slot: number;
  /** Shown although its value is 0. */
  always: boolean;
}

interface Line {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

/** Keeps what prom-client's own metrics would count: ours is counted in shared memory, prom-client only writes it down. */
export class Family extends Gauge {
  /** Read by prom-client for the TYPE line. */
  readonly type: string;
  readonly #metric: Metric;
  readonly #series = new Map<string, Series>();
  #rows: () => Iterable<Sample> = () => [];
  #lines: Line[] = [];

  constructor(metric: Metric, registry: Registry) {
    checkMetric(metric);
    super({ name: metric.name, help: metric.help, registers: [registry] });
    this.type = metric.type;
    this.#metric = metric;
  }

  /** Throws MetricError when a second table describes the same name in another way. The help of the first one stays. */
  match(metric: Metric): void {
    if (shape(metric) !== shape(this.#metric))
      throw new MetricError(`metric ${metric.name}: registered before with another type, labels or buckets`);
  }

  /** The series with these labels; made with `allocate` when it is new. */
  series(labels: Labels, allocate: () => number): Series {
    const sorted = sortedLabels(this.#metric, labels);
    const key = JSON.stringify(Object.values(sorted));
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const made = { labels: sorted, slot: allocate(), always: this.#metric.labels.length === 0 };
    this.#series.set(key, made);
    return made;
  }

  /** From now on these lines follow the counted ones at every scrape. */
  compute(rows: () => Iterable<Sample>): void {
    this.#rows = rows;
  }

  /** Takes the values of this moment; false when there is nothing to show. */
  refresh(sum: Sum): boolean {
    const computed = Array.from(this.#rows(), ({ labels = {}, value }) => ({
      labels: sortedLabels(this.#metric, labels),
      value,
    }));
    // Without labels there is one line only, and what is computed knows better than a slot that was declared.
    const counted = this.#metric.labels.length === 0 && computed.length > 0 ? [] : this.#counted(sum);
    this.#lines = [...counted, ...computed];
    return this.#lines.length > 0;
  }

  /** Called by prom-client for every text that it writes. */
  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: this.#lines };
  }

  #counted(sum: Sum): Line[] {
    const bounds = this.#metric.buckets;
    const all = [...this.#series.values()];
    if (bounds === undefined) return all.flatMap((series) => this.#value(series, sum));
    return all.flatMap((series) => this.#histogram(series, bounds, sum));
  }

  #value(series: Series, sum: Sum): Line[] {
    const value = sum(series.slot);
    return value === 0 && !series.always ? [] : [{ labels: series.labels, value }];
  }

  /** Slots hold each bucket by itself, the text holds them added up (layout: Counters.observe). */
  #histogram(series: Series, bounds: readonly number[], sum: Sum): Line[] {
    const { labels, slot, always } = series;
    const { name } = this.#metric;
    let count = 0;
    const cumulative = Array.from({ length: bounds.length + 1 }, (_, i) => {
      count += sum(slot + i);
      return count;
    });
    if (count === 0 && !always) return [];
    const lines = cumulative.map((value, i): Line => {
      return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[i] ?? '+Inf' }, value };
    });
    const total = sum(slot + bounds.length + 1);
    return [
      ...lines,
      { metricName: `${name}_sum`, labels, value: total },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

function shape(metric: Metric): string {
  return JSON.stringify([metric.type, [...metric.labels].sort(), metric.buckets ?? []]);
}
