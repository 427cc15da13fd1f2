// What a watch has told of late, so that an audit can tell what it has not. One a reflector. Cold, once an event.

/** Events that are remembered: 64 KiB a kind. At 13 changes a second they reach back to the last audit; if they do not, the audit sees less. */
const CAPACITY = 8192;

/** Versions beyond this cannot be told apart as numbers; then nothing is remembered and audits count only. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * Resource versions of the last events in the order of their coming. Everything up to `floor` is taken for told: it came with a list, or
 * longer ago than is remembered.
 */
export class Told {
  readonly #ring: Float64Array;
  #next = 0;
  #size = 0;
  #floor = Number.POSITIVE_INFINITY;

  constructor(capacity: number = CAPACITY) {
    this.#ring = new Float64Array(capacity);
  }

  /** Infinite while nothing is known. */
  get floor(): number {
    return this.#floor;
  }

  /** A list has told everything up to that version, or a watch begins there. */
  reset(resourceVersion: string): void {
    this.#size = 0;
    this.#next = 0;
    this.#floor = readVersion(resourceVersion);
  }

  add(resourceVersion: string): void {
    const version = readVersion(resourceVersion);
    if (version === Number.POSITIVE_INFINITY) this.#floor = version;
    if (this.#floor === Number.POSITIVE_INFINITY) return;
    if (this.#size === this.#ring.length) this.#floor = Math.max(this.#floor, this.#ring[this.#next]);
    else this.#size++;
    this.#ring[this.#next] = version;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** How many of these versions should have been told and have not been. */
  missing(versions: Iterable<number>): number {
    const told = new Set(this.#ring.subarray(0, this.#size));
    let missing = 0;
    for (const version of versions) if (version > this.#floor && !told.has(version)) missing++;
    return missing;
  }
}

/** A resource version as a number; infinite for one that is none or too large to be exact. */
export function readVersion(resourceVersion: string): number {
  const version = /^\d{1,16}$/.test(resourceVersion) ? Number(resourceVersion) : Number.POSITIVE_INFINITY;
  return version <= LARGEST ? version : Number.POSITIVE_INFINITY;
}

/** Less than 0, 0 or more, as `a` is older than, the same as or newer than `b`. Decimal integers of any length, as the API promises. */
export function compareVersions(a: string, b: string): number {
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
}
