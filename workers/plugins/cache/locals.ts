// Names that were answered by this server itself, though their zone is not known to be its own (hosts, zones with fallthrough): nobody else needs
// to be asked for them, and they are never stored. Hot.

/**
 * Names that are remembered, a power of two; one pushes out another. Too few, and popular local names cost a look at other threads and at the
 * second level now and then. 32 kB a handler.
 */
const SLOTS = 8192;

/** A name that shares its hash with a local one is taken for local: it is asked for by each thread itself, and answered all the same. */
export class Locals {
  readonly #hashes = new Int32Array(SLOTS);

  has(nameHash: number): boolean {
    return nameHash !== 0 && this.#hashes[nameHash & (SLOTS - 1)] === nameHash;
  }

  /** The name was answered just now, by this server itself or by somebody else. */
  note(nameHash: number, local: boolean): void {
    const slot = nameHash & (SLOTS - 1);
    if (local) this.#hashes[slot] = nameHash;
    else if (this.#hashes[slot] === nameHash) this.#hashes[slot] = 0;
  }
}
