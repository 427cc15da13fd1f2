// Deadlines of a thread: a wheel of fixed size, so that a timeout for every forwarded query costs nothing. Hot: start and cancel.

import type { Clock, Deadlines, Expiring, Turn } from '../chain/handler.ts';

/** Milliseconds of one step of the wheel. Finer steps wake an idle thread more often; upstream timeouts are hundreds of milliseconds. */
const STEP = 16;
/** Steps of the wheel: a power of two that spans 65 s. */
const STEPS = 4096;

/**
 * ```
 * wheel   step now % 4096 ─► first entry ─► next ─► …        entries are indexes into parallel arrays;
 *                                                            a handle is (generation << 16 | index), so that a stale one does nothing
 * ```
 * The timer runs only while something is due.
 */
export class DeadlineWheel implements Deadlines {
  readonly #turn: Turn;
  readonly #clock: Clock;
  readonly #heads: Int32Array = new Int32Array(STEPS).fill(-1);
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #steps: Int32Array;
  readonly #tokens: Int32Array;
  readonly #generations: Int32Array;
  readonly #owners: (Expiring | null)[];
  readonly #free: Int32Array;
  #freeCount: number;
  #reached = 0;
  #active = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `capacity`: at most 65,536 deadlines at once. */
  constructor(turn: Turn, capacity: number, clock: Clock) {
    if (capacity > 65_536) throw new RangeError(`a deadline wheel holds at most 65536 entries, not ${capacity}`);
    this.#turn = turn;
    this.#clock = clock;
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#steps = new Int32Array(capacity);
    this.#tokens = new Int32Array(capacity);
    this.#generations = new Int32Array(capacity);
    this.#owners = new Array<Expiring | null>(capacity).fill(null);
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#freeCount = capacity;
  }

  get active(): number {
    return this.#active;
  }

  /** Returns a handle, or -1 when all entries are taken. */
  start(owner: Expiring, token: number, milliseconds: number): number {
    if (this.#freeCount === 0) return -1;
    const index = this.#free[--this.#freeCount];
    if (this.#active++ === 0) this.#wake();
    const ahead = Math.min(STEPS - 1, 1 + Math.ceil(milliseconds / STEP));
    const step = (Math.floor(this.#clock.now / STEP) + ahead) & (STEPS - 1);
    this.#owners[index] = owner;
    this.#tokens[index] = token;
    this.#link(index, step);
    return (this.#generations[index] << 16) | index;
  }

  #link(index: number, step: number): void {
    const head = this.#heads[step];
    this.#steps[index] = step;
    this.#next[index] = head;
    this.#previous[index] = -1;
    if (head >= 0) this.#previous[head] = index;
    this.#heads[step] = index;
  }

  /** Does nothing when the deadline has passed already. */
  cancel(handle: number): void {
    if (handle === -1) return;
    const index = handle & 0xffff;
    if (this.#owners[index] !== null && this.#generations[index] === handle >>> 16) this.#remove(index);
  }

  #remove(index: number): void {
    const next = this.#next[index];
    const previous = this.#previous[index];
    if (next >= 0) this.#previous[next] = previous;
    if (previous >= 0) this.#next[previous] = next;
    else this.#heads[this.#steps[index]] = next;
    this.#owners[index] = null;
    this.#generations[index] = (this.#generations[index] + 1) & 0x7fff;
    this.#free[this.#freeCount++] = index;
    this.#active--;
  }

  #wake(): void {
    this.#reached = Math.floor(this.#clock.now / STEP);
    this.#timer ??= setInterval(() => this.#advance(), STEP);
  }

  #advance(): void {
    this.#turn.begin();
    const now = Math.floor(this.#clock.now / STEP);
    // After a long pause every step is visited once: all that is due lies on the wheel.
    for (let step = Math.max(this.#reached, now - STEPS) + 1; step <= now; step++) this.#expire(step & (STEPS - 1));
    this.#reached = now;
    this.#turn.end();
    if (this.#active === 0) this.#sleep();
  }

  #expire(step: number): void {
    for (let index = this.#heads[step]; index >= 0; index = this.#heads[step]) {
      const owner = this.#owners[index];
      const token = this.#tokens[index];
      this.#remove(index);
      owner?.expire(token);
    }
  }

  #sleep(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.#sleep();
    this.#active = 0;
  }
}
