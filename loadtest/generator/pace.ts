// When the queries of an open loop are to be sent: evenly, whatever the server does. Hot.

const SECOND = 1000;

/** Query k is due at `start + k / rate`. Times are milliseconds of `performance.now()`. */
export class Pace {
  readonly #start: number;
  readonly #interval: number;
  #taken = 0;

  /** `rate`: queries a second, above 0. */
  constructor(start: number, rate: number) {
    this.#start = start;
    this.#interval = SECOND / rate;
  }

  /** How many queries are due at `now` and not yet taken. */
  due(now: number): number {
    if (now < this.#start) return 0;
    return Math.max(0, Math.floor((now - this.#start) / this.#interval) + 1 - this.#taken);
  }

  /** When the next query should be sent; counts it as taken. Computed from its number, so that rounding does not add up. */
  take(): number {
    return this.#start + this.#taken++ * this.#interval;
  }
}
