// A set of zones and the longest match of a query's name among them: dispatch, and every plugin that takes zones. Hot: `match`.

import { hashName } from '#wire/hash.ts';
import { encodeName } from '#wire/name.ts';
import type { Query } from '../query/query.ts';

/** One zone: its index in the list that the set was made of. */
interface Zone {
  readonly index: number;
  readonly wire: Uint8Array;
  readonly labels: number;
}

/**
 * Zones keyed by the hash of their name, so that a match is one probe for every label of QNAME, however many zones there are.
 * Depths at which no zone stands are skipped by a bit mask.
 */
export class ZoneSet {
  readonly #zones: readonly Zone[];
  /** Open addressing: index into #zones plus one, 0 for free. */
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;
  readonly #maxLabels: number;
  readonly #depths: Uint8Array;

  /** `zones`: names in presentation form with the final dot, lower case. `seed` is that of the queries. Of equal zones the first counts. */
  constructor(zones: readonly string[], seed: number) {
    this.#zones = zones.map((zone, index) => {
      const wire = encodeName(zone);
      return { index, wire, labels: countLabels(wire) };
    });
    const size = 1 << Math.max(2, 32 - Math.clz32(this.#zones.length * 2));
    this.#mask = size - 1;
    this.#slots = new Int32Array(size);
    this.#hashes = new Int32Array(size);
    this.#maxLabels = this.#zones.reduce((most, zone) => Math.max(most, zone.labels), 0);
    this.#depths = new Uint8Array(this.#maxLabels + 1);
    for (const zone of this.#zones) this.#insert(zone, seed);
  }

  #insert(zone: Zone, seed: number): void {
    const hash = hashName(seed, zone.wire, 0, zone.wire.length);
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = zone.index + 1;
    this.#hashes[slot] = hash;
    this.#depths[zone.labels] = 1;
  }

  /** Index of the longest zone that QNAME is in or below, or -1. */
  match(query: Query): number {
    return this.matchUpTo(query, this.#maxLabels);
  }

  /** The same among zones of at most `labels` labels: the way from a zone to its parents. */
  matchUpTo(query: Query, labels: number): number {
    const from = Math.min(query.labels, labels);
    for (let depth = Math.min(from, this.#maxLabels); depth >= 0; depth--) {
      if (this.#depths[depth] === 0) continue;
      const found = this.#find(query, depth);
      if (found >= 0) return found;
    }
    return -1;
  }

  #find(query: Query, depth: number): number {
    const hash = query.suffixHash[query.labels - depth];
    for (let slot = hash & this.#mask; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot] - 1;
      if (
        this.#hashes[slot] === hash &&
        this.#zones[index].labels === depth &&
        sameSuffix(query, this.#zones[index].wire, depth)
      )
        return index;
    }
    return -1;
  }

  /** Labels of zone `index`, the root not counted. */
  labels(index: number): number {
    return this.#zones[index].labels;
  }

  /** Wire form of zone `index`, root octet included. */
  wire(index: number): Uint8Array {
    return this.#zones[index].wire;
  }

  get size(): number {
    return this.#zones.length;
  }
}

function sameSuffix(query: Query, wire: Uint8Array, labels: number): boolean {
  const { bytes } = query;
  const at = query.lowerAt + query.labelAt[query.labels - labels];
  for (let i = 0; i < wire.length; i++) if (bytes[at + i] !== wire[i]) return false;
  return true;
}

function countLabels(wire: Uint8Array): number {
  let labels = 0;
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1) labels++;
  return labels;
}
