// How long an upstream takes to answer, as its thread has seen it of late: a peak-sensitive moving average. Hot.

import type { Clock } from '../../chain/handler.ts';

/**
 * Milliseconds after which an old observation weighs 1/e. Shorter forgets a slow minute sooner and tries the upstream again more often, each
 * time at the cost of one slow query; the share of requests that slow upstreams get in `coredns_proxy_request_duration_seconds` tells.
 */
const MEMORY = 10_000;
/** Milliseconds below which upstreams are all equally near: what is left of the difference is the noise of this machine. */
const FLOOR = 0.1;

const ESTIMATE = 0;
const UPDATED = 1;

/** When requests were sent; see Exchanges. */
export interface SentTimes {
  readonly sentAt: Float64Array;
}

/**
 * Peak-EWMA: a slow answer counts at once and in full, quick ones take its weight away little by little; so does time without any, because
 * an upstream that is never asked could not show that it has recovered. One an upstream and thread, shared by all rules. Times are read here,
 * not passed: a number that is no small integer would be allocated for every call that is not inlined.
 */
export class Latency {
  /** Requests that wait for a reply. */
  pending = 0;
  readonly #sent: SentTimes;
  readonly #clock: Clock;
  /** Milliseconds, and Clock.now when they were noted. */
  readonly #state = new Float64Array(2);

  constructor(sent: SentTimes, clock: Clock) {
    this.#sent = sent;
    this.#clock = clock;
  }

  /** The request of this slot has come to its end, and counts for so many milliseconds at least. */
  observe(slot: number, least: number): void {
    const state = this.#state;
    const { now } = this.#clock;
    const took = now - this.#sent.sentAt[slot];
    const milliseconds = took < least ? least : took;
    const before = state[ESTIMATE];
    const weight = Math.exp((state[UPDATED] - now) / MEMORY);
    state[ESTIMATE] = milliseconds > before ? milliseconds : before * weight + milliseconds * (1 - weight);
    state[UPDATED] = now;
  }

  /** The request of this slot was given up: it would have taken longer than it has until now. */
  outrun(slot: number): void {
    if (this.#clock.now - this.#sent.sentAt[slot] > this.#state[ESTIMATE]) this.observe(slot, 0);
  }

  /** Milliseconds that were expected when the last reply came; 0 before the first one. */
  get estimate(): number {
    return this.#state[ESTIMATE];
  }

  /** What one more request would have to wait for: the expected time, as often as requests are on their way already. */
  get cost(): number {
    const state = this.#state;
    const faded = state[ESTIMATE] * Math.exp((state[UPDATED] - this.#clock.now) / MEMORY);
    return (faded < FLOOR ? FLOOR : faded) * (this.pending + 1);
  }
}
