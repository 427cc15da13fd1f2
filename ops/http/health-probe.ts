// The question that a health endpoint asks itself every second (behaviour D health). Used by HttpServers; cold.

import type { ClientRequest } from 'node:http';
import type { Logger } from '#ops/log/logger.ts';
import type { Labels, Metric } from '#ops/metrics/metric.ts';
import { parseAddress } from './address.ts';
import { formatDuration } from './duration.ts';

/** Not imported: the module's facade would touch every export, among them a whole client for the web (7 MB in every isolate). */
const { get } = process.getBuiltinModule('node:http');

export const REQUEST_DURATION: Metric = {
  name: 'coredns_health_request_duration_seconds',
  help: 'Duration of the request that the health endpoint makes to itself.',
  type: 'histogram',
  labels: [],
  buckets: [0.00025, 0.0025, 0.025, 0.25, 2.5],
};
export const REQUEST_FAILURES: Metric = {
  name: 'coredns_health_request_failures_total',
  help: 'Requests of the health endpoint to itself that failed.',
  type: 'counter',
  labels: [],
};

/** As much of the registry as the endpoints count with. */
export interface Counting {
  declare(table: readonly Metric[]): void;
  add(metric: Metric, labels?: Labels, n?: number): void;
  observe(metric: Metric, value: number, labels?: Labels): void;
}

/** Milliseconds. */
export interface ProbeTimes {
  /** Between an answer and the next question. */
  readonly interval: number;
  /** Until a question is given up. */
  readonly timeout: number;
  /** An answer that takes longer is reported. */
  readonly slow: number;
}

/** Those of the reference. */
const TIMES: ProbeTimes = { interval: 1000, timeout: 3000, slow: 1000 };

export interface ProbeTarget {
  /** As the operator wrote it; named in messages. */
  readonly address: string;
  /** The port that was bound. */
  readonly port: () => number;
}

export class HealthProbe {
  readonly #target: ProbeTarget;
  readonly #metrics: Counting;
  readonly #log: Logger;
  readonly #times: ProbeTimes;
  #timer: NodeJS.Timeout | null = null;
  #asking: ClientRequest | null = null;
  #stopped = false;

  constructor(target: ProbeTarget, metrics: Counting, log: Logger, times: ProbeTimes = TIMES) {
    this.#target = target;
    this.#metrics = metrics;
    this.#log = log.plugin('health');
    this.#times = times;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#ask(), this.#times.interval).unref();
  }

  /** A question that is under way is neither counted nor reported. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopped = true;
    this.#asking?.destroy();
  }

  async #ask(): Promise<void> {
    const start = performance.now();
    const failure = await this.#request();
    if (this.#stopped) return;
    this.#report(performance.now() - start, failure);
    this.start();
  }

  #report(milliseconds: number, failure: Error | undefined): void {
    const url = `http://${this.#target.address}/health`;
    this.#metrics.observe(REQUEST_DURATION, milliseconds / 1000);
    if (failure !== undefined) {
      this.#metrics.add(REQUEST_FAILURES);
      this.#log.warning(`Local health request to "${url}" failed: Get "${url}": ${failure.message}`);
    } else if (milliseconds > this.#times.slow) {
      this.#log.warning(
        `Local health request to "${url}" took more than ${formatDuration(this.#times.slow)}: ${formatDuration(milliseconds)}`,
      );
    }
  }

  /** Over a connection of its own, so that accepting is checked too. */
  #request(): Promise<Error | undefined> {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    const request = get({ ...this.#place(), path: '/health', agent: false }, (response) => {
      response.once('end', () => resolve(undefined)).resume();
    });
    const { timeout } = this.#times;
    const giveUp = (): void => void request.destroy(new Error(`no answer within ${formatDuration(timeout)}`));
    const late = setTimeout(giveUp, timeout).unref();
    request.once('error', resolve);
    request.once('close', () => {
      clearTimeout(late);
      resolve(new Error('the answer broke off'));
    });
    this.#asking = request;
    return promise;
  }

  #place(): { host: string; port: number } {
    const { host } = parseAddress(this.#target.address);
    const wildcard = host === '' || host === '0.0.0.0';
    return { host: wildcard ? '127.0.0.1' : host === '::' ? '::1' : host, port: this.#target.port() };
  }
}
