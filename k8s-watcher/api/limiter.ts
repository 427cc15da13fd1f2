// Whose turn it is: so many requests a second, so many at once, first come, first served. Called by the client. Cold.

import { cancelled } from './errors.ts';
import type { ApiLimits } from './plan.ts';

/** Defaults of the Kubernetes client library: a server that everybody asks is not asked faster because we could. */
const QPS = 5;
const BURST = 10;

const CLOSED = 'the client has been closed';

/** Leave to send one request. */
export interface Turn {
  /** Seconds that it took to get. */
  readonly waited: number;
  /** To be called when the request is over; more than once does nothing. */
  release(): void;
}

interface Waiter {
  readonly start: number;
  readonly signal: AbortSignal;
  readonly cancel: () => void;
  readonly resolve: (turn: Turn) => void;
  readonly reject: (error: unknown) => void;
}

/** A token bucket in front of a number of places. */
export class Limiter {
  /** Tokens a millisecond. */
  readonly #rate: number;
  readonly #burst: number;
  readonly #places: number;
  readonly #waiters: Waiter[] = [];
  #tokens: number;
  #filled: number;
  #taken = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** 0 stands for the default; of `maxInflight` that is no limit. */
  constructor(limits: ApiLimits) {
    this.#rate = (limits.qps || QPS) / 1000;
    this.#burst = Math.max(1, limits.burst || BURST);
    this.#places = limits.maxInflight || Number.POSITIVE_INFINITY;
    this.#tokens = this.#burst;
    this.#filled = performance.now();
  }

  /** Rejects with ApiRequestError (cancelled) when the signal says so, or the limiter is closed. */
  acquire(signal: AbortSignal): Promise<Turn> {
    if (this.#closed) return Promise.reject(cancelled(CLOSED));
    if (signal.aborted) return Promise.reject(cancelled());
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const cancel = (): void => this.#drop(waiter);
    const waiter: Waiter = { start: performance.now(), signal, cancel, resolve, reject };
    signal.addEventListener('abort', cancel);
    this.#waiters.push(waiter);
    this.#serve();
    return promise;
  }

  /** All who wait are sent away. */
  close(): void {
    this.#closed = true;
    this.#stop();
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter).reject(cancelled(CLOSED));
  }

  /** Lets in whom it can, and comes back when the next token is due. */
  #serve(): void {
    this.#stop();
    this.#fill();
    while (this.#waiters.length > 0 && this.#taken < this.#places && this.#tokens >= 1) this.#admit();
    if (this.#waiters.length === 0 || this.#taken >= this.#places) return;
    this.#timer = setTimeout(() => this.#serve(), Math.ceil((1 - this.#tokens) / this.#rate));
  }

  #fill(): void {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filled) * this.#rate);
    this.#filled = now;
  }

  #admit(): void {
    const waiter = this.#settle(this.#waiters.shift() as Waiter);
    this.#tokens--;
    this.#taken++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#taken--;
      this.#serve();
    };
    waiter.resolve({ waited: (performance.now() - waiter.start) / 1000, release });
  }

  #drop(waiter: Waiter): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    this.#settle(waiter).reject(cancelled());
    if (this.#waiters.length === 0) this.#stop();
  }

  #settle(waiter: Waiter): Waiter {
    waiter.signal.removeEventListener('abort', waiter.cancel);
    return waiter;
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
