// The queries of one socket that wait for their answers, by message id. Hot.

const IDS = 65_536;
const MASK = IDS - 1;

/**
 * Ids are handed out in order and come around as late as possible, so that an answer that is late is seldom taken for that of another query.
 * ```
 * #started   │ 0 │ 0 │ t │ 0 │ t │ t │ 0 │ 0 │     when the query with this id was sent; 0: it waits no more
 *                      ▲                ▲
 *                   #oldest         #issued        counters; their lower 16 bits are ids
 * ```
 */
export class Outstanding {
  readonly #started = new Float64Array(IDS);
  #oldest = 0;
  #issued = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** An id for a query sent at `started` (ms, above 0). A query that is 65,536 queries old is given up for it. */
  issue(started: number): number {
    if (this.#issued - this.#oldest === IDS) this.#giveUpOldest();
    const id = this.#issued++ & MASK;
    this.#started[id] = started;
    this.#count++;
    return id;
  }

  /** When the query with this id was sent; 0 when none waits. It waits no more. */
  settle(id: number): number {
    const started = this.#started[id];
    if (started === 0) return 0;
    this.#started[id] = 0;
    this.#count--;
    return started;
  }

  /** Gives up the queries that were sent before `time`, and tells how many. Relies on their having been sent in the order of time. */
  expire(time: number): number {
    const before = this.#count;
    while (this.#oldest !== this.#issued && this.#started[this.#oldest & MASK] < time) this.#giveUpOldest();
    return before - this.#count;
  }

  #giveUpOldest(): void {
    this.settle(this.#oldest++ & MASK);
  }
}
