// In which order a query asks the upstreams (behaviour D forward). Hot.

import type { Shuffle } from '../../lib/random.ts';
import type { PolicyName } from './options.ts';

/**
 * An order is a walk over 0 … n-1 by start and step (see walks.ts): nothing is allocated, nothing is stored per query but two octets.
 * `next` decides on both.
 */
export class Policy {
  start = 0;
  step = 1;
  readonly #name: PolicyName;
  readonly #count: number;
  readonly #shuffle: Shuffle;
  /** Steps that visit all: those without a common divisor with the number of upstreams. */
  readonly #steps: Uint8Array;
  #turn: number;

  constructor(name: PolicyName, count: number, shuffle: Shuffle) {
    this.#name = name;
    this.#count = count;
    this.#shuffle = shuffle;
    this.#steps = stepsThrough(count);
    this.#turn = shuffle.below(count);
  }

  /** Sets `start` and `step` for the next query. */
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
    }
  }

  /** Any upstream, for a query that finds all of them down. */
  any(): number {
    return this.#shuffle.below(this.#count);
  }
}

function stepsThrough(count: number): Uint8Array {
  if (count === 1) return Uint8Array.of(1);
  const steps = Array.from({ length: count - 1 }, (_, i) => i + 1);
  return Uint8Array.from(steps.filter((step) => gcd(step, count) === 1));
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
