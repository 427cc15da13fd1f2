// Looks at the memory of a server again and again, and remembers what it saw. Cold.

import { type Footprint, footprintOf } from './footprint.ts';

/** How often (ms) it looks while a server starts, when memory rises and falls within tenths of seconds, and later. */
const OFTEN = 50;
export const SELDOM = 500;
/** How long (ms) it looks often. */
const START = 15_000;

export interface Sample {
  /** Seconds since the sampler was opened. */
  readonly at: number;
  readonly footprint: Footprint;
}

export class Sampler {
  readonly #pid: number;
  readonly #often: number;
  readonly #start = performance.now();
  readonly #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `pid`: the first process of the server. Looks at once, and for a while every `often` ms, as for a server that starts. */
  constructor(pid: number, often: number = OFTEN) {
    this.#pid = pid;
    this.#often = often;
    this.#look();
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const footprint = footprintOf(this.#pid);
    const elapsed = performance.now() - this.#start;
    this.#samples.push({ at: elapsed / 1000, footprint });
    this.#timer = setTimeout(() => this.#look(), elapsed < START ? this.#often : SELDOM);
  }
}

/** The largest of the samples between two times (seconds). Undefined when there is none. */
export function highest(samples: readonly Sample[], from = 0, to = Number.POSITIVE_INFINITY): Sample | undefined {
  const within = samples.filter(({ at }) => at >= from && at <= to);
  return within.reduce<Sample | undefined>(
    (best, sample) => (best === undefined || sample.footprint.total > best.footprint.total ? sample : best),
    undefined,
  );
}
