// The circuit breaker of a store: when Redis fails or is too slow, nobody waits for it until it has proved itself. Called by store.ts. Warm.

/** Asked. */
export const CLOSED = 0;
/** Left alone. */
export const OPEN = 1;
/** Being probed; clients do not wait for it yet. */
export const HALF_OPEN = 2;
export type BreakerState = typeof CLOSED | typeof OPEN | typeof HALF_OPEN;

/** Outcomes that are looked at: enough that one hiccup does not count, few enough that the clients who find out are few. */
const WINDOW = 16;
/** Outcomes that there must be before the share of failures means anything. */
const LEAST = 4;
/** Share of failures in the window at which it opens. */
const SHARE = 0.5;
/** Good probes in a row that close it. */
const PROBES = 3;
/** Milliseconds between probes. */
const PROBE_PAUSE = 20;
/** Milliseconds that it stays open: first, and longest, which bounds how long a Redis that is back is not used. */
const HOLD = 250;
const MAX_HOLD = 5000;

/**
 * Closed while Redis answers in time. Opens when half of the last answers failed or came too late, or at once when the connection is lost.
 * Then the owner probes: `nextProbe` says when, `probed` takes the outcome. Each failed round doubles the pause. Clients never pay for probes.
 */
export class Breaker {
  readonly #now: () => number;
  readonly #changed: (state: BreakerState) => void;
  #state: BreakerState = HALF_OPEN;
  /** Bits of the last outcomes, 1 for a failure, the newest lowest. */
  #failures = 0;
  #outcomes = 0;
  #good = 0;
  #hold = HOLD;
  #nextProbe: number;

  /** Begins half-open: the first probes decide. `now`: milliseconds, monotonic. */
  constructor(now: () => number, changed: (state: BreakerState) => void) {
    this.#now = now;
    this.#changed = changed;
    this.#nextProbe = now();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** When the next probe is due; for states other than CLOSED. */
  get nextProbe(): number {
    return this.#nextProbe;
  }

  /** A client's question was answered in time, or not. */
  record(good: boolean): void {
    if (this.#state !== CLOSED) return;
    this.#failures = ((this.#failures << 1) | (good ? 0 : 1)) & ((1 << WINDOW) - 1);
    this.#outcomes = Math.min(WINDOW, this.#outcomes + 1);
    if (good || this.#outcomes < LEAST) return;
    if (bits(this.#failures) >= SHARE * this.#outcomes) this.trip();
  }

  /** Opens at once. */
  trip(): void {
    this.#good = 0;
    this.#nextProbe = this.#now() + this.#hold;
    this.#hold = Math.min(MAX_HOLD, 2 * this.#hold);
    this.#become(OPEN);
  }

  /** There is reason to hope: the next probe is due now, and the pauses begin anew. */
  hope(): void {
    if (this.#state === CLOSED) return;
    this.#hold = HOLD;
    this.#nextProbe = this.#now();
  }

  probed(good: boolean): void {
    if (this.#state === CLOSED) return;
    if (!good) {
      this.trip();
      return;
    }
    this.#nextProbe = this.#now() + PROBE_PAUSE;
    if (++this.#good < PROBES) {
      this.#become(HALF_OPEN);
      return;
    }
    this.#failures = this.#outcomes = this.#good = 0;
    this.#hold = HOLD;
    this.#become(CLOSED);
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
