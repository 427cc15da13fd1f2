// Tables of answers that all threads and processes of a replica share: look up, store, remove. The primary makes them (directory.ts). Hot.

import type { Segment } from '#memory/segment.ts';
import type { AnswerEntry, AnswerKey } from './entry.ts';
import { AnswerTableError } from './errors.ts';
import { InFlight } from './in-flight.ts';
import {
  DESCRIPTOR,
  DESCRIPTOR_BYTES,
  DESCRIPTORS_AT,
  EXPIRES_WORD,
  HIT_WORD,
  HITS_WORD,
  IN_FLIGHT_AT,
  MAGIC,
  MAGIC_WORD,
  REFRESH_WORD,
  SECRET_WORD,
  SET_WORDS,
  STATE,
  TABLES,
  VERSION,
  VERSION_WORD,
  WAYS,
} from './layout.ts';
import { Ring } from './ring.ts';

/** What became of a `store`. */
export const STORED = 0;
/** Stored, and an answer to another question that was still good gave way. */
export const EVICTED = 1;
/** Not stored: too large. */
export const REFUSED = 2;

const GENERATION_PRIME = 0x85ebca6b;
const TWO_TO_MINUS_32 = 2 ** -32;
/**
 * Seconds for which an expired answer that is kept counts as wanted after its last hit. Longer, and a set fills with names that were in use
 * an hour ago; shorter, and an outage costs names that are asked for rarely. `coredns_cache_served_stale_total` beside misses shows which.
 */
const WANTED = 300;

/** The tables of a segment as a thread sees them. */
export class AnswerTables {
  /** What threads are asking at this moment. */
  readonly inFlight: InFlight;
  readonly #segment: Segment;

  constructor(segment: Segment) {
    this.#segment = segment;
    this.inFlight = new InFlight(segment.i32, IN_FLIGHT_AT >>> 2);
  }

  /**
   * The table that the primary allocated as `id`. Cold.
   * @throws AnswerTableError when there is none
   */
  table(id: number): AnswerTable {
    const { u32, i32 } = this.#segment;
    if (u32[MAGIC_WORD] !== MAGIC || u32[VERSION_WORD] !== VERSION)
      throw new AnswerTableError(`answer tables: the segment is not of version ${VERSION}`);
    const at = descriptorWord(id);
    if (!Number.isInteger(id) || id < 0 || id >= TABLES || i32[at + DESCRIPTOR.STATE] === STATE.FREE)
      throw new AnswerTableError(`answer tables: there is no table ${id}`);
    const seed = i32[SECRET_WORD] ^ Math.imul(i32[at + DESCRIPTOR.GENERATION], GENERATION_PRIME);
    const ring = new Ring(
      i32,
      u32[at + DESCRIPTOR.RING_AT] >>> 2,
      i32[at + DESCRIPTOR.GRANULES],
      at + DESCRIPTOR.HEAD,
      seed,
    );
    return new AnswerTable(i32, u32[at + DESCRIPTOR.WAYS_AT] >>> 2, i32[at + DESCRIPTOR.SETS], ring);
  }
}

/** Word offset of the descriptor of table `id`. */
export function descriptorWord(id: number): number {
  return (DESCRIPTORS_AT + id * DESCRIPTOR_BYTES) >>> 2;
}

/**
 * Sets of eight ways that point into a ring. Nothing is ever locked, and ways are only hints: whatever a way says, an answer is used when
 * the ring has it whole and for exactly this key. So writers of the same set may overwrite each other's ways, or leave a tag of one beside
 * the position of another when they are killed: that costs an answer, which is asked for again.
 */
export class AnswerTable {
  readonly #words: Int32Array;
  readonly #start: number;
  readonly #sets: number;
  readonly #ring: Ring;
  /** Age from which an answer that is hit moves to the head: half a lap, so that each moves once per half lap at most. */
  readonly #old: number;
  /** Where the hits of the way found last are counted. */
  #hits: number;
  /** Seconds for which expired answers are kept and found; a matter of whoever uses the table, not of its bytes. */
  grace = 0;

  constructor(words: Int32Array, start: number, sets: number, ring: Ring) {
    this.#words = words;
    this.#start = start;
    this.#sets = sets;
    this.#ring = ring;
    this.#old = ring.granules >>> 1;
    this.#hits = start + HITS_WORD;
  }

  /**
   * True when there is an answer for `key` that is good at `seconds`.`millis` (CLOCK_MONOTONIC): its fields are in `entry`, the first `room`
   * octets of its body at `into[at…]`; if `entry.bodyLength` is greater than `room`, the caller has to cut. One that has expired less than
   * `grace` seconds ago is found, too: `entry.remaining` is not positive then. False leaves garbage in both.
   */
  find(
    key: AnswerKey,
    entry: AnswerEntry,
    seconds: number,
    millis: number,
    into: Uint8Array,
    at: number,
    room: number,
  ): boolean {
    const words = this.#words;
    const base = this.#setOf(key.hash);
    for (let way = 0; way < WAYS; way++) {
      if (words[base + 2 * way] !== key.tag) continue;
      const position = words[base + 2 * way + 1];
      if (position === 0 || this.#ring.age(position) > this.#ring.granules) continue;
      if (!this.#ring.read(position, key, entry, into, at, room)) continue;
      entry.remaining = entry.ttl - elapsed(entry, seconds, millis);
      if (entry.remaining <= 0 && entry.remaining + this.grace <= 0) continue;
      this.#touch(base, way, position, entry, seconds);
      return true;
    }
    return false;
  }

  /** Word offset of the set: the hash scaled to the number of sets. */
  #setOf(hash: number): number {
    return this.#start + Math.floor((hash >>> 0) * this.#sets * TWO_TO_MINUS_32) * SET_WORDS;
  }

  /** Notes the hit, in a line of its own and once a second only, so that threads do not take the line from each other at every hit. */
  #touch(base: number, way: number, position: number, entry: AnswerEntry, seconds: number): void {
    const words = this.#words;
    entry.lastHit = words[base + HIT_WORD + way];
    this.#hits = base + HITS_WORD + way;
    if (entry.lastHit !== seconds) words[base + HIT_WORD + way] = seconds;
    if (this.#ring.age(position) <= this.#old) return;
    const moved = this.#ring.move(position);
    // Another thread may have moved it meanwhile, or stored something newer.
    if (moved !== 0) Atomics.compareExchange(words, base + 2 * way + 1, position, moved);
  }

  /**
   * Counts the hit that `find` just had: 1 more than before when it is `inRow`, else from 1 on. Returns the hits in a row. Threads that count
   * at the same moment may lose a hit. Counts no further than `enough`, so that a popular answer is read only.
   */
  countHit(inRow: boolean, enough: number): number {
    const before = this.#words[this.#hits];
    if (inRow && before >= enough) return before;
    const hits = inRow ? before + 1 : 1;
    this.#words[this.#hits] = hits;
    return hits;
  }

  /**
   * Claims the refresh of the answer that `find` just had, for `lease` seconds at most: true for one of all threads, and for nobody as long as
   * `settle` says so. What is stored anew is free.
   */
  claim(seconds: number, lease: number): boolean {
    const words = this.#words;
    const at = this.#hits - HITS_WORD + REFRESH_WORD;
    const state = words[at];
    if (Math.abs(state) > seconds) return false;
    return Atomics.compareExchange(words, at, state, seconds + lease) === state;
  }

  /** A refresh has ended and the answer for `key`, if there is one, is what it was: another one may begin from second `until` on. */
  settle(key: AnswerKey, until: number): void {
    const base = this.#setOf(key.hash);
    for (let way = 0; way < WAYS; way++)
      if (this.#words[base + 2 * way] === key.tag) this.#words[base + REFRESH_WORD + way] = -until;
  }

  /**
   * Stores the answer whose body stands at `from[at…]`, as from `seconds`.`millis` on; `entry.ttlOffsets` has an offset for every record.
   * It takes the place of what was there for the key, and with `refreshed` has its hits. Returns STORED, EVICTED or REFUSED.
   */
  store(
    key: AnswerKey,
    entry: AnswerEntry,
    seconds: number,
    millis: number,
    from: Uint8Array,
    at: number,
    refreshed = false,
  ): number {
    const position = this.#ring.append(key, entry, seconds, millis, from, at);
    if (position === 0) return REFUSED;
    const words = this.#words;
    const base = this.#setOf(key.hash);
    const own = this.#own(base, key.tag);
    const way = own >= 0 ? own : this.#victim(base, seconds);
    const evicted = own < 0 && words[base + 2 * way + 1] !== 0 && words[base + EXPIRES_WORD + way] > seconds;
    words[base + EXPIRES_WORD + way] = seconds + entry.ttl;
    if (own < 0 || !refreshed) {
      words[base + HIT_WORD + way] = 0;
      words[base + HITS_WORD + way] = 0;
    }
    words[base + REFRESH_WORD + way] = 0;
    words[base + 2 * way] = key.tag;
    Atomics.store(words, base + 2 * way + 1, position);
    return evicted ? EVICTED : STORED;
  }

  /** The first way with the tag, or -1; further ones, which two writers at the same moment can make, are freed. */
  #own(base: number, tag: number): number {
    const words = this.#words;
    let own = -1;
    for (let way = 0; way < WAYS; way++) {
      if (words[base + 2 * way] !== tag || words[base + 2 * way + 1] === 0) continue;
      if (own < 0) own = way;
      else this.#free(base, way);
    }
    return own;
  }

  #free(base: number, way: number): void {
    const at = base + 2 * way + 1;
    const position = Atomics.load(this.#words, at);
    Atomics.compareExchange(this.#words, at, position, 0);
  }

  /**
   * The way that is worth the least: empty, overrun by the ring or expired for good; otherwise the one that was hit longest ago. What was
   * never hit comes first, the oldest before the others, so that names asked for once do not push out those that are asked for again.
   */
  #victim(base: number, seconds: number): number {
    const words = this.#words;
    let victim = 0;
    let leastHit = 0;
    let oldest = -1;
    for (let way = 0; way < WAYS; way++) {
      if (!this.#alive(base, way, seconds - this.grace)) return way;
      const hit = this.#wanted(base, way, seconds);
      const age = this.#ring.age(words[base + 2 * way + 1]);
      if (oldest >= 0 && (hit > leastHit || (hit === leastHit && age <= oldest))) continue;
      victim = way;
      leastHit = hit;
      oldest = age;
    }
    return victim;
  }

  /** The second of the last hit. Who asks for expired answers is served from them, so one that was not hit lately is wanted by nobody. */
  #wanted(base: number, way: number, seconds: number): number {
    const hit = this.#words[base + HIT_WORD + way];
    return this.#words[base + EXPIRES_WORD + way] <= seconds && hit + WANTED <= seconds ? 0 : hit;
  }

  #alive(base: number, way: number, seconds: number): boolean {
    const position = this.#words[base + 2 * way + 1];
    return (
      position !== 0 &&
      this.#words[base + EXPIRES_WORD + way] > seconds &&
      this.#ring.age(position) <= this.#ring.granules
    );
  }

  /** Forgets the answer for `key`, if there is one. */
  remove(key: AnswerKey): void {
    const base = this.#setOf(key.hash);
    for (let way = 0; way < WAYS; way++) if (this.#words[base + 2 * way] === key.tag) this.#free(base, way);
  }

  /** How many answers are good at `seconds`: a walk over all ways, for a gauge. Cold. */
  entries(seconds: number): number {
    let count = 0;
    for (let set = 0; set < this.#sets; set++) {
      const base = this.#start + set * SET_WORDS;
      for (let way = 0; way < WAYS; way++) if (this.#alive(base, way, seconds)) count++;
    }
    return count;
  }
}

/** Whole seconds since the answer was stored. A thread's clock may be a batch behind that of the one that stored it. */
function elapsed(entry: AnswerEntry, seconds: number, millis: number): number {
  return Math.max(0, seconds - entry.storedSeconds - (millis < entry.storedMillis ? 1 : 0));
}
