// How a plugin names its metrics: tables as data, and slots of the shared counters for every series it may touch.
// The primary allocates when it builds a plan; the threads only increment. Cold.

/** One metric of the exposition format. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Names of the labels, in any order. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  readonly buckets?: readonly number[];
}

/**
 * Gives a slot for a series: the same one for the same name and labels, for the life of the process, so that counters go on over reloads.
 * A labelled series shows once its value is not 0; one without labels shows from the start (spec part E).
 */
export interface SlotAllocator {
  /** The slot of a counter or gauge. */
  slot(metric: Metric, labels?: Readonly<Record<string, string>>): number;
  /** The first slot of a histogram: one for every bucket, one for +Inf, one for the sum. */
  histogram(metric: Metric, labels?: Readonly<Record<string, string>>): number;
}

/** Labels that come from where a chain stands. */
export interface MetricScope {
  /** The listener: `dns://:53`. */
  readonly server: string;
  /** Zones of the server block. */
  readonly zones: readonly string[];
  /** Name of the view, or ''. */
  readonly view: string;
  /** Names of the handlers behind this plugin in the chain, in order. */
  readonly next: readonly string[];
}

/** The half of a plugin that names metrics; exported as `metrics` from metrics.ts. */
export interface PluginMetrics<Options, Slots> {
  readonly table: readonly Metric[];
  /** Allocates every series that the plugin's handler can touch in this chain. */
  slots(allocator: SlotAllocator, scope: MetricScope, options: Options): Slots;
}

/** Bucket bounds of the reference in seconds: 0.00025 · 2^k, k = 0 … 15. */
export const TIME_BUCKETS: readonly number[] = Array.from({ length: 16 }, (_, k) => 0.00025 * 2 ** k);
/** Bucket bounds of the reference in octets. */
export const SIZE_BUCKETS: readonly number[] = [
  0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000,
];
/** Bucket bounds that Prometheus' clients have by default, in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
