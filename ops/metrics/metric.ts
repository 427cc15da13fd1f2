// What a metric is, and the errors of naming one wrongly. The primary and everything in this folder; cold.

/** One metric of the exposition format: data only, written down where it is counted. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Names of the labels, in any order. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  readonly buckets?: readonly number[];
}

export type Labels = Readonly<Record<string, string>>;

/** One line of a counter or gauge that is computed when it is asked for. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A metric or its labels contradict what is registered, or the counters have no slot left. */
export class MetricError extends Error {
  readonly code = 'ERR_METRIC';
  override readonly name = 'MetricError';
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Throws MetricError for a table row that would break the exposition format for every other metric. */
export function checkMetric(metric: Metric): void {
  const { name, type, labels, buckets = [] } = metric;
  if (!NAME.test(name)) throw new MetricError(`metric ${name}: not a metric name`);
  for (const label of labels) {
    if (!LABEL.test(label) || label === 'le') throw new MetricError(`metric ${name}: ${label} cannot be a label`);
  }
  if (new Set(labels).size !== labels.length) throw new MetricError(`metric ${name}: a label is named twice`);
  if ((type === 'histogram') !== buckets.length > 0)
    throw new MetricError(`metric ${name}: buckets are for histograms`);
  if (buckets.some((bound, i) => !Number.isFinite(bound) || bound <= buckets[i - 1]))
    throw new MetricError(`metric ${name}: bucket bounds must be finite and ascend`);
}

/** The labels in alphabetical order; throws MetricError unless they are exactly the metric's. */
export function sortedLabels(metric: Metric, labels: Labels): Labels {
  const names = [...metric.labels].sort();
  const given = Object.keys(labels).sort();
  if (names.join() !== given.join())
    throw new MetricError(`metric ${metric.name}: labels are {${names.join(', ')}}, not {${given.join(', ')}}`);
  return Object.fromEntries(names.map((name) => [name, labels[name]]));
}
