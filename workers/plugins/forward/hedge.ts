// When a second upstream is asked for a query whose first one is slow, and how often at most. One for each rule and thread. Hot.

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

const TOKENS = 0;
const WAIT = 1;

export class Hedging {
  readonly #share: number;
  readonly #earned: number;
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #numbers = new Float64Array(2);
  #total = 0;
  #fresh = 0;

  constructor({ percentile, budget }: HedgeSettings) {
    this.#share = percentile / 100;
    this.#earned = budget / 100;
  }

  /** Milliseconds that a reply may take before a second upstream is asked; 0 as long as too little is known. */
  get wait(): number {
    return this.#numbers[WAIT];
  }

  /** A reply came after so many milliseconds. */
  observe(milliseconds: number): void {
    this.#counts[bucketOf(milliseconds)]++;
    if (++this.#total >= MEMORY) this.#fade();
    if (++this.#fresh >= REFRESH) this.#refresh();
  }

  /** A query has come: it brings its share of a second request. */
  earn(): void {
    const tokens = this.#numbers[TOKENS] + this.#earned;
    this.#numbers[TOKENS] = tokens > SAVINGS ? SAVINGS : tokens;
  }

  /** Takes what one second request costs; false when the budget does not allow it. */
  spend(): boolean {
    // Sums of shares like 0.05 end a little below 1.
    if (this.#numbers[TOKENS] < 1 - 1e-9) return false;
    this.#numbers[TOKENS] -= 1;
    return true;
  }

  /** The request that was paid for was not sent after all. */
  refund(): void {
    this.#numbers[TOKENS] += 1;
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
    this.#numbers[WAIT] = FIRST * 2 ** (bucket / STEPS);
  }
}

/** Bucket i ends at FIRST · 2^(i / STEPS) milliseconds. */
function bucketOf(milliseconds: number): number {
  if (milliseconds <= FIRST) return 0;
  const bucket = Math.ceil(Math.log2(milliseconds / FIRST) * STEPS);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}
