// All metrics of a server: slots of the shared counters for what threads count, values of the primary, and the text of a scrape.
// Owned by the primary; cold.

import { setImmediate } from 'node:timers/promises';
import { COUNTER_SLOTS, Counters, CounterTotals } from '#memory/counters.ts';
import type { Segment } from '#memory/segment.ts';
import { Family, type Series } from './family.ts';
import { type Labels, type Metric, MetricError, type Sample } from './metric.ts';
import { Registry } from './prom-client.ts';

/** Row of the counters that belongs to the primary. */
const PRIMARY_ROW = 0;

/**
 * Hands out slots and keeps them for the life of the process: the same name and labels get the same slot again, so that counters go on over
 * reloads. A labelled series shows once its value is not 0 or it was set; one without labels shows from the start.
 */
export class MetricRegistry {
  /** The text format 0.0.4, with the escaping that the reference names. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
  readonly #text = new Registry();
  readonly #families = new Map<string, Family>();
  readonly #bounds = new Map<string, Float64Array>();
  readonly #totals: CounterTotals;
  readonly #own: Counters;
  #next = 0;

  /** `segment`: the counters of the replica; the registry writes to the primary's row only. */
  constructor(segment: Segment) {
    this.#totals = new CounterTotals(segment);
    this.#own = new Counters(segment, PRIMARY_ROW);
  }

  /** Slots that are taken, of COUNTER_SLOTS. */
  get slotsUsed(): number {
    return this.#next;
  }

  /** Makes the metrics known; those without labels show from now on. */
  declare(table: readonly Metric[]): void {
    for (const metric of table) {
      if (metric.labels.length === 0) this.#series(metric, {});
      else this.#family(metric);
    }
  }

  /** The slot of a counter or gauge. Throws MetricError for a contradiction, or when no slot is left. */
  slot(metric: Metric, labels: Labels = {}): number {
    if (metric.type === 'histogram')
      throw new MetricError(`metric ${metric.name}: a histogram takes more than one slot`);
    return this.#series(metric, labels).slot;
  }

  /** The first slot of a histogram: one for every bucket, one for +Inf, one for the sum. Throws as `slot` does. */
  histogram(metric: Metric, labels: Labels = {}): number {
    if (metric.type !== 'histogram') throw new MetricError(`metric ${metric.name}: not a histogram`);
    return this.#series(metric, labels).slot;
  }

  /** Counts in the primary's own row. */
  add(metric: Metric, labels: Labels = {}, n = 1): void {
    this.#own.addMany(this.slot(metric, labels), n);
  }

  /** Sets a gauge of the whole server; it shows from now on, also when it is 0. */
  set(metric: Metric, value: number, labels: Labels = {}): void {
    const slot = this.slot(metric, labels);
    this.#series(metric, labels).always = true;
    this.#own.set(slot, value);
  }

  /** Counts one observation in the primary's own row. */
  observe(metric: Metric, value: number, labels: Labels = {}): void {
    const slot = this.histogram(metric, labels);
    const bounds = this.#bounds.get(metric.name) ?? Float64Array.from(metric.buckets ?? []);
    this.#bounds.set(metric.name, bounds);
    this.#own.observe(slot, value, bounds);
  }

  /** Computes lines of a counter or gauge at every scrape; takes the place of what was computed for this name before. */
  collector(metric: Metric, rows: () => Iterable<Sample>): void {
    if (metric.type === 'histogram')
      throw new MetricError(`metric ${metric.name}: a histogram is counted, not computed`);
    this.#family(metric).compute(rows);
  }

  /** The text of a scrape: metrics by name, only those that have a line. Other work of the primary comes in between two metrics. */
  async render(): Promise<string> {
    const rows = this.#totals.rows();
    const sum = (slot: number): number => this.#totals.sum(slot, rows);
    const texts: string[] = [];
    for (const [name, family] of [...this.#families].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (family.refresh(sum)) texts.push(`${await this.#text.getSingleMetricAsString(name)}\n`);
      await setImmediate();
    }
    return texts.join('');
  }

  #family(metric: Metric): Family {
    const known = this.#families.get(metric.name);
    if (known !== undefined) {
      known.match(metric);
      return known;
    }
    const family = new Family(metric, this.#text);
    this.#families.set(metric.name, family);
    return family;
  }

  #series(metric: Metric, labels: Labels): Series {
    const size = metric.type === 'histogram' ? (metric.buckets?.length ?? 0) + 2 : 1;
    return this.#family(metric).series(labels, () => this.#allocate(metric, size));
  }

  #allocate(metric: Metric, size: number): number {
    const slot = this.#next;
    if (slot + size > COUNTER_SLOTS)
      throw new MetricError(
        `metric ${metric.name}: all ${COUNTER_SLOTS} counter slots are taken; use fewer zones or upstreams, or a restart after many reloads`,
      );
    this.#next += size;
    return slot;
  }
}
