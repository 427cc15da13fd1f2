// Queries that wait for a store, and the time that each of them may wait for it alone. Parallel arrays, nothing allocated. Called by handler.ts. Hot.

import type { SecondLevelTaker } from '../cache/second-level.ts';

/** Queries that wait at once: a budget of 5 ms at 200,000 misses a second. More are not asked (`shoal_redis_skipped_total`). */
const CAPACITY = 1024;
const SLOT_MASK = CAPACITY - 1;
const GENERATIONS = 1 << 20;

/**
 * An id is the generation of a slot and its number, so that a reply to a query of the past finds nobody. The ring holds the ids in the order
 * of their deadlines, which is the order in which they came, as all have the same budget.
 */
export class Waiting {
  readonly takers: (SecondLevelTaker | null)[] = new Array<SecondLevelTaker | null>(CAPACITY).fill(null);
  readonly tickets: Int32Array = new Int32Array(CAPACITY);
  readonly since: Float64Array = new Float64Array(CAPACITY);
  readonly #generations: Int32Array = new Int32Array(CAPACITY);
  /** 1 once the taker has been told that it is late. */
  readonly #late: Uint8Array = new Uint8Array(CAPACITY);
  readonly #free: Int32Array = Int32Array.from({ length: CAPACITY }, (_, i) => CAPACITY - 1 - i);
  #freeCount = CAPACITY;
  readonly #ring: Int32Array = new Int32Array(CAPACITY);
  #ringStart = 0;
  #ringCount = 0;

  get count(): number {
    return CAPACITY - this.#freeCount;
  }

  /** Returns an id, or -1 when all are taken. */
  open(ticket: number, taker: SecondLevelTaker, now: number): number {
    this.#prune();
    if (this.#freeCount === 0 || this.#ringCount === CAPACITY) return -1;
    const slot = this.#free[--this.#freeCount];
    this.takers[slot] = taker;
    this.tickets[slot] = ticket;
    this.since[slot] = now;
    this.#late[slot] = 0;
    const id = this.#generations[slot] * CAPACITY + slot;
    this.#ring[(this.#ringStart + this.#ringCount++) & SLOT_MASK] = id;
    return id;
  }

  /** The slot of a query that still waits, or -1. */
  slotOf(id: number): number {
    const slot = id & SLOT_MASK;
    return this.takers[slot] !== null && this.#generations[slot] === (id - slot) / CAPACITY ? slot : -1;
  }

  close(slot: number): void {
    this.takers[slot] = null;
    this.#generations[slot] = (this.#generations[slot] + 1) % GENERATIONS;
    this.#free[this.#freeCount++] = slot;
  }

  /** The slot of a query whose time came at `due` or before and who has not been told, or -1 when there is none. Marks it. */
  takeLate(due: number): number {
    while (this.#ringCount > 0) {
      const slot = this.slotOf(this.#ring[this.#ringStart]);
      if (slot >= 0 && this.since[slot] > due) return -1;
      this.#ringStart = (this.#ringStart + 1) & SLOT_MASK;
      this.#ringCount--;
      if (slot >= 0 && this.#late[slot] === 0) {
        this.#late[slot] = 1;
        return slot;
      }
    }
    return -1;
  }

  /** True when somebody's time is not over yet. */
  get timing(): boolean {
    this.#prune();
    return this.#ringCount > 0;
  }

  /** Takes those from the ring's start that wait no more. */
  #prune(): void {
    while (this.#ringCount > 0 && this.slotOf(this.#ring[this.#ringStart]) < 0) {
      this.#ringStart = (this.#ringStart + 1) & SLOT_MASK;
      this.#ringCount--;
    }
  }
}
