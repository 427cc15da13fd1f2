// One key, one value or a few: an index that costs no array where one value is the rule. Cold.

const NONE: readonly never[] = [];

/** Values are compared by identity. */
export class Multimap<K, V extends object> {
  readonly #map = new Map<K, V | V[]>();

  add(key: K, value: V): void {
    const known = this.#map.get(key);
    if (known === undefined) this.#map.set(key, value);
    else if (Array.isArray(known)) {
      if (!known.includes(value)) known.push(value);
    } else if (known !== value) this.#map.set(key, [known, value]);
  }

  delete(key: K, value: V): void {
    const known = this.#map.get(key);
    if (known === value) this.#map.delete(key);
    if (!Array.isArray(known)) return;
    const rest = known.filter((other) => other !== value);
    if (rest.length === 1) this.#map.set(key, rest[0]);
    else this.#map.set(key, rest);
  }

  /** A copy, empty for a key without values. */
  get(key: K): readonly V[] {
    const known = this.#map.get(key);
    if (known === undefined) return NONE;
    return Array.isArray(known) ? [...known] : [known];
  }

  keys(): IterableIterator<K> {
    return this.#map.keys();
  }

  get size(): number {
    return this.#map.size;
  }
}
