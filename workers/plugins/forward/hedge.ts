// When a second upstream is asked for a query whose first one is slow, and how often at most. One for each rule and thread. Hot.

import type { Clock } from '../../chain/handler.ts';
import type { SentTimes } from '../../lib/upstream/latency.ts';
import type { HedgeSettings } from './options.ts';

/**
 * Replies after which the percentile is computed anew. It takes a walk over all buckets, some 100 ns: fewer would show in profiles, more
 * would follow a network that has become slower only late; `shoal_forward_hedges_total{result="denied"}` rises meanwhile.
 */
const REFRESH = 64;
/** Replies after which all counts are halved, so that what is long ago weighs less and less. */
const MEMORY = 4096;
/** Buckets for each doubling of the time: the percentile is exact to 9 %. */
const STEPS = 8;
/** Milliseconds at which the first bucket ends; the last one ends at 2^(128/8) times that, 8 s: no query lives longer. */
const FIRST = 0.125;
const BUCKETS = 129;
/**
 * Second requests that may be saved up for bad moments. With more of them a stalled upstream's whole burst would be asked twice, which is
 * what the budget is there to prevent; with fewer a short stall is not covered.
 */
const SAVINGS = 10;
/** What a second request costs, in thousandths. */
const REQUEST = 1000;

export class Hedging {
  readonly #share: number;
  readonly #sent: SentTimes;
  readonly #clock: Clock;
  readonly #counts = new Uint32Array(BUCKETS);
  /** What a query brings, and what has been saved, in thousandths of a second request. */
  readonly #earned: number;
  #savings = 0;
  #total = 0;
  #fresh = 0;
  /** Whole milliseconds that a reply may take before a second upstream is asked; 0 as long as too little is known. */
  wait = 0;

  constructor({ percentile, budget }: HedgeSettings, sent: SentTimes, clock: Clock) {
    this.#sent = sent;
    this.#clock = clock;
    this.#share = percentile / 100;
    this.#earned = Math.round(budget * 10);
  }

  /** The request of this slot has been answered. Times are read here, not passed, as in Latency. */
  observe(slot: number): void {
    this.#counts[bucketOf(this.#clock.now - this.#sent.sentAt[slot])]++;
    if (++this.#total >= MEMORY) this.#fade();
    if (++this.#fresh >= REFRESH) this.#refresh();
  }

  /** A query has come: it brings its share of a second request. */
  earn(): void {
    const savings = this.#savings + this.#earned;
    this.#savings = savings > SAVINGS * REQUEST ? SAVINGS * REQUEST : savings;
  }

  /** Takes what one second request costs; false when the budget does not allow it. */
  spend(): boolean {
    if (this.#savings < REQUEST) return false;
    this.#savings -= REQUEST;
    return true;
  }

  /** The request that was paid for was not sent after all. */
  refund(): void {
    this.#savings += REQUEST;
  }

  #fade(): void {
    this.#total = 0;
    for (let i = 0; i < BUCKETS; i++) {
      this.#counts[i] >>>= 1;
      this.#total += this.#counts[i];
    }
  }

  #refresh(): void {
    this.#fresh = 0;
    const wanted = this.#total * this.#share;
    let bucket = 0;
    for (let sum = this.#counts[0]; sum < wanted && bucket < BUCKETS - 1; sum += this.#counts[bucket]) bucket++;
    this.wait = Math.ceil(FIRST * 2 ** (bucket / STEPS));
  }
}

/** Bucket i ends at FIRST · 2^(i / STEPS) milliseconds. */
function bucketOf(milliseconds: number): number {
  if (milliseconds <= FIRST) return 0;
  const bucket = Math.ceil(Math.log2(milliseconds / FIRST) * STEPS);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}
