// The names that came last, so many and no more. Used by loops.ts and fleet.ts. Cold.

/** A loop shows each name many times, and names are under way for seconds: a few dozens would do. */
const CAPACITY = 256;

export class RecentNames {
  /** In the order in which they came. */
  readonly #names = new Set<string>();

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > CAPACITY) this.#names.delete(oldest);
  }
}
