// Counts every query of its chain on the way up. Hot.

import { RCODE } from '#wire/constants.ts';
import type { BlockScope, Clock, Handler, Host } from '#workers/chain/handler.ts';
import { WRITTEN } from '#workers/chain/outcome.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { PrometheusSlots } from './metrics.ts';
import { SeriesCounter } from './series.ts';
import type { PrometheusOptions } from './setup.ts';

class Prometheus implements Handler {
  readonly #clock: Clock;
  readonly #series: SeriesCounter;

  constructor(slots: PrometheusSlots, host: Host) {
    this.#clock = host.clock;
    this.#series = new SeriesCounter(host.counters, slots);
  }

  /** The clock is that of the batch: what is answered at once took less than the first bucket's 0.25 ms. */
  finish(query: Query, answer: Answer): void {
    const { outcome } = answer;
    const written = outcome === WRITTEN;
    // What is dropped has no rcode; the reference shows it as NOERROR.
    const rcode = written ? answer.rcode : outcome >= 0 ? outcome : RCODE.NOERROR;
    const size = written ? answer.plainSize : 0;
    this.#series.count(query, query.zone, rcode, !written, size, this.#clock);
  }
}

export function build(plan: PluginPlan<PrometheusOptions, PrometheusSlots>, host: Host, _scope: BlockScope): Handler {
  return new Prometheus(plan.slots, host);
}
