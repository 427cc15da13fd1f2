// The clock of a thread: read once a batch, shared by all that is stamped into shared memory. Hot: tick.

import type { Clock } from '../chain/handler.ts';

/**
 * `performance.now()` counts from the start of a thread; adding the thread's offset to CLOCK_MONOTONIC makes the times of all threads
 * and processes of a machine comparable.
 */
export class MonotonicClock implements Clock {
  now = 0;
  seconds = 0;
  readonly #offset: number = Number(process.hrtime.bigint()) / 1e6 - performance.now();

  constructor() {
    this.tick();
  }

  tick(): void {
    const now = performance.now() + this.#offset;
    this.now = now;
    this.seconds = Math.floor(now / 1000);
  }
}
