// In which order a query asks the upstreams (behaviour D forward). Hot.

import type { Shuffle } from '../../lib/random.ts';
import type { PolicyName } from './options.ts';

/** An upstream as `policy latency` sees it. */
export interface Candidate {
  readonly down: boolean;
  /** What asking it would cost now; only the order matters. */
  readonly cost: number;
}

/**
 * An order is a walk over 0 … n-1 by start and step (see walks.ts): nothing is allocated, nothing is stored per query but two octets.
 * `next` decides on both.
 */
export class Policy {
  start = 0;
  step = 1;
  readonly #name: PolicyName;
  readonly #candidates: readonly Candidate[];
  readonly #count: number;
  readonly #shuffle: Shuffle;
  /** Steps that visit all: those without a common divisor with the number of upstreams. */
  readonly #steps: Uint8Array;
  #turn: number;

  constructor(name: PolicyName, candidates: readonly Candidate[], shuffle: Shuffle) {
    const count = candidates.length;
    this.#name = name;
    this.#candidates = candidates;
    this.#count = count;
    this.#shuffle = shuffle;
    this.#steps = stepsThrough(count);
    this.#turn = shuffle.below(count);
  }

  /** Sets `start` and `step` for the next query. Nothing can be decided when there are no upstreams. */
  next(): void {
    switch (this.#name) {
      case 'random':
        this.start = this.#shuffle.below(this.#count);
        this.step = this.#steps[this.#shuffle.below(this.#steps.length)];
        return;
      case 'round_robin':
        // Every thread begins elsewhere, so that together they spread the load even when each has little.
        this.start = this.#turn;
        this.#turn = this.#turn + 1 === this.#count ? 0 : this.#turn + 1;
        return;
      case 'sequential':
        this.start = 0;
        return;
      case 'latency':
        this.start = this.#better();
        this.step = this.#steps[this.#shuffle.below(this.#steps.length)];
    }
  }

  /**
   * The cheaper one of two that are drawn at random: nearly as good as the cheapest of all, and threads that know the same do not all run to
   * the same one (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001).
   */
  #better(): number {
    const count = this.#count;
    if (count < 2) return 0;
    const one = this.#shuffle.below(count);
    const drawn = this.#shuffle.below(count - 1);
    const other = drawn < one ? drawn : drawn + 1;
    const a = this.#candidates[one];
    const b = this.#candidates[other];
    if (a.down || b.down) return a.down ? other : one;
    return b.cost < a.cost ? other : one;
  }

  /** Any upstream, for a query that finds all of them down. */
  any(): number {
    return this.#shuffle.below(this.#count);
  }
}

function stepsThrough(count: number): Uint8Array {
  if (count < 2) return Uint8Array.of(1);
  const steps = Array.from({ length: count - 1 }, (_, i) => i + 1);
  return Uint8Array.from(steps.filter((step) => gcd(step, count) === 1));
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
