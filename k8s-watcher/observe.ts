// Single measurements of the watcher that become histograms in the primary: collected here, handed over in one message. Cold.

/** Which histogram or counter of the primary takes the value. */
export type ObservedMetric = 'programming' | 'request' | 'limiter' | 'requests';

export interface Observation {
  readonly metric: ObservedMetric;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds, or how many. */
  readonly value: number;
}

/** Most that wait for the next message: 200 changes a second for some seconds. Whatever is beyond is not measured. */
const MOST = 2048;

export class Observations {
  #waiting: Observation[] = [];

  add(metric: ObservedMetric, labels: Readonly<Record<string, string>>, value: number): void {
    if (this.#waiting.length < MOST) this.#waiting.push({ metric, labels, value });
  }

  /** Everything since the last call. */
  take(): readonly Observation[] {
    const taken = this.#waiting;
    if (taken.length > 0) this.#waiting = [];
    return taken;
  }
}
