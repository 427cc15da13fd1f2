// How long to wait before the API server is asked again (spec C2). One a reflector. Cold.

/** Milliseconds: of the first wait, of the longest one, and of the time without failures after which the first one is due again. */
const FIRST = 800;
const LONGEST = 30_000;
const HEALTHY = 120_000;

export interface BackoffOptions {
  readonly first?: number;
  readonly longest?: number;
}

/** Doubles from 0.8 s to 30 s, each wait lengthened by up to its own length by chance, so that replicas do not come back together. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  #next: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor({ first = FIRST, longest = LONGEST }: BackoffOptions = {}) {
    this.#first = first;
    this.#longest = longest;
    this.#next = first;
  }

  /** Milliseconds to wait after a failure at `now`, at least what the server wants (`retryAfter`, milliseconds). */
  after(now: number, retryAfter = 0, chance: number = Math.random()): number {
    if (now - this.#last > HEALTHY) this.#next = this.#first;
    const wait = this.#next;
    this.#next = Math.min(wait * 2, this.#longest);
    const delay = Math.max(wait * (1 + chance), retryAfter);
    // The health counts from the end of the wait.
    this.#last = now + delay;
    return delay;
  }
}
