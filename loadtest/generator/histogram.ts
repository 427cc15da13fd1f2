// How many answers took how long: a log-linear histogram with an error below 1 %, whatever the latency. Hot: one addition per answer.

/** Buckets of each power of two, as bits: 128 make them 0.8 % wide at most. More bits are finer and take more cache. */
const PRECISION = 7;
const LINEAR = 2 ** (PRECISION + 1);
/** Largest value that is told apart; larger ones count as this one. */
const LARGEST = 2 ** 31 - 1;
const BUCKETS = (31 - PRECISION + 1) << PRECISION;

/**
 * Whole numbers from 0 to 2^31 - 1. Values below 256 have buckets of their own; from there each power of two is cut into 128:
 * ```
 * value   0 … 255 │ 256 … 511 │ 512 … 1023 │ …
 * width         1 │         2 │          4 │ …
 * bucket  0 … 255 │ 256 … 383 │ 384 …  511 │ …
 * ```
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #sum = 0;
  #max = 0;

  /** Counts `value`; what is below 0 counts as 0. Hot. */
  record(value: number): void {
    const whole = value < 0 ? 0 : value > LARGEST ? LARGEST : value | 0;
    this.#counts[bucketOf(whole)]++;
    this.#total++;
    this.#sum += whole;
    if (whole > this.#max) this.#max = whole;
  }

  get total(): number {
    return this.#total;
  }

  /** Exact. */
  get max(): number {
    return this.#max;
  }

  /** Exact; 0 when there is none. */
  get mean(): number {
    return this.#total === 0 ? 0 : this.#sum / this.#total;
  }

  /**
   * The value that `percent` of all values do not exceed (nearest rank), at most 0.8 % above the exact one and never below it.
   * 0 when nothing was recorded.
   */
  percentile(percent: number): number {
    // Decimals of a percentage are no binary fractions: without rounding, 99.9 % of 1,000 would be rank 1,000.
    const rank = Math.max(1, Math.ceil(Number(((percent / 100) * this.#total).toPrecision(12))));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket];
      if (seen >= rank) return Math.min(this.#max, highestOf(bucket));
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value < LINEAR) return value;
  const shift = 31 - Math.clz32(value) - PRECISION;
  return (shift << PRECISION) + (value >> shift);
}

/** Largest value that falls into the bucket. */
function highestOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const shift = (bucket >> PRECISION) - 1;
  return (bucket - (shift << PRECISION) + 1) * 2 ** shift - 1;
}
