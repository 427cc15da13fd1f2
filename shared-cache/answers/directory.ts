// Makes and gives back the tables of the answers segment. Only the primary calls it, when it builds a plan. Cold.

import { createHash, randomInt } from 'node:crypto';
import type { Segment } from '#memory/segment.ts';
import { AnswerSpaceError, AnswerTableError } from './errors.ts';
import {
  DESCRIPTOR,
  DESCRIPTOR_BYTES,
  GENERATION_WORD,
  GRANULE_BYTES,
  KEY_WORDS,
  MAGIC,
  MAGIC_WORD,
  SECRET_WORD,
  SET_BYTES,
  STATE,
  TABLES,
  TABLES_AT,
  VERSION,
  VERSION_WORD,
  WAYS,
} from './layout.ts';
import { descriptorWord } from './table.ts';

/**
 * Answers a set is made for: with as many good answers as were asked for, sets hold 6 on average and one answer in 20 finds its set full, as
 * many as in the reference's shards. Fewer ways for each would evict more, more would cost memory. `coredns_cache_evictions_total` with
 * `coredns_cache_entries` well below the capacity would say that 6 is too many.
 */
const ENTRIES_A_SET = 6;
const MIN_SETS = 16;
/** Room for three of the largest answers and their neighbours. */
const MIN_RING_BYTES = 65_536;
/** No table takes more than this share of the segment: a directive with a huge capacity leaves room for its denials. */
const LARGEST_SHARE = 0.5;
/** Ranges are cache lines. */
const ALIGN = 64;
const MAX_ASKED = 2 ** 32 - 1;
/**
 * Seconds after which the memory of a table that was given back is used again. Threads of a former plan may look up for 6 s more; if one
 * came later still, it would find nothing that passes the check, and what it writes would not pass either.
 */
const RETIREMENT = 60;

/** What a table got; less than was asked for when the segment is small. */
export interface TableSize {
  /** Ways: a third more than the answers it is made for. */
  readonly ways: number;
  readonly ringBytes: number;
}

interface Shape {
  readonly sets: number;
  readonly granules: number;
}

/**
 * The directory of one segment. All it knows is in the segment, so a successor goes on where the former primary stopped.
 * `now`: seconds of CLOCK_MONOTONIC.
 */
export class AnswerSegment {
  readonly #segment: Segment;
  readonly #now: () => number;

  private constructor(segment: Segment, now: () => number) {
    this.#segment = segment;
    this.#now = now;
  }

  /** Opens a segment, a new one or one in use. @throws AnswerTableError for one of another version, AnswerSpaceError for one that is too small */
  static open(segment: Segment, now: () => number = monotonicSeconds): AnswerSegment {
    const { u32 } = segment;
    if (segment.u8.length < TABLES_AT + tableBytes(shapeOf(0, 0)))
      throw new AnswerSpaceError(
        `answer cache: ${segment.u8.length} bytes are not enough for a table; raise memory.answers`,
      );
    if (u32[MAGIC_WORD] === 0) {
      u32[SECRET_WORD] = randomInt(2 ** 32);
      u32[VERSION_WORD] = VERSION;
      u32[MAGIC_WORD] = MAGIC;
    } else if (u32[MAGIC_WORD] !== MAGIC || u32[VERSION_WORD] !== VERSION)
      throw new AnswerTableError(`answer tables: the segment is not of version ${VERSION}`);
    return new AnswerSegment(segment, now);
  }

  /**
   * The table for `key`, made for `entries` answers in `ringBytes` octets: the same one, with its content, as long as key and size are the
   * same; otherwise a new one. It is smaller where the segment has no more room, see `size`.
   * @throws AnswerSpaceError when there is no room at all
   */
  allocate(key: string, entries: number, ringBytes: number): number {
    const digest = digestOf(key);
    const asked: readonly [number, number] = [Math.min(entries, MAX_ASKED), Math.min(ringBytes, MAX_ASKED)];
    const known = this.#find(digest, asked);
    if (known >= 0) {
      this.#set(known, DESCRIPTOR.STATE, STATE.USED);
      return known;
    }
    this.#reclaim();
    const id = this.#free();
    if (id < 0) throw new AnswerSpaceError(`answer cache: no more than ${TABLES} tables`);
    const { shape, at } = this.#place(...asked);
    this.#describe(id, digest, asked, shape, at);
    return id;
  }

  /**
   * Gives back all tables but those in `stillUsed`: call it with the tables of the plan in force, whenever one came into force or was given
   * up. The memory is used again after a minute; `allocate` with the same key and size brings a table back before that.
   */
  release(stillUsed: Iterable<number>): void {
    const used = new Set(stillUsed);
    for (let id = 0; id < TABLES; id++) {
      if (this.#get(id, DESCRIPTOR.STATE) !== STATE.USED || used.has(id)) continue;
      this.#set(id, DESCRIPTOR.RETIRED_AT, this.#now());
      this.#set(id, DESCRIPTOR.STATE, STATE.RETIRED);
    }
    this.#reclaim();
  }

  /** What table `id` got. */
  size(id: number): TableSize {
    return {
      ways: this.#get(id, DESCRIPTOR.SETS) * WAYS,
      ringBytes: this.#get(id, DESCRIPTOR.GRANULES) * GRANULE_BYTES,
    };
  }

  #get(id: number, word: number): number {
    return this.#segment.u32[descriptorWord(id) + word];
  }

  #set(id: number, word: number, value: number): void {
    this.#segment.u32[descriptorWord(id) + word] = value;
  }

  #key(id: number): number[] {
    return Array.from({ length: KEY_WORDS }, (_, i) => this.#get(id, DESCRIPTOR.KEY + i));
  }

  #find(digest: readonly number[], asked: readonly [number, number]): number {
    for (let id = 0; id < TABLES; id++) {
      if (this.#get(id, DESCRIPTOR.STATE) === STATE.FREE) continue;
      const sizes = [this.#get(id, DESCRIPTOR.ASKED_ENTRIES), this.#get(id, DESCRIPTOR.ASKED_BYTES)];
      if (sizes.join() === asked.join() && this.#key(id).join() === digest.join()) return id;
    }
    return -1;
  }

  #free(): number {
    for (let id = 0; id < TABLES; id++) if (this.#get(id, DESCRIPTOR.STATE) === STATE.FREE) return id;
    return -1;
  }

  #reclaim(): void {
    const before = this.#now() - RETIREMENT;
    for (let id = 0; id < TABLES; id++)
      if (this.#get(id, DESCRIPTOR.STATE) === STATE.RETIRED && this.#get(id, DESCRIPTOR.RETIRED_AT) <= before)
        this.#set(id, DESCRIPTOR.STATE, STATE.FREE);
  }

  /** The largest shape, from what was asked for down by halves, for which there is a gap. */
  #place(entries: number, ringBytes: number): { readonly shape: Shape; readonly at: number } {
    const limit = this.#segment.u8.length * LARGEST_SHARE;
    const smallest = tableBytes(shapeOf(0, 0));
    for (let part = 1; ; part /= 2) {
      const shape = shapeOf(entries * part, ringBytes * part);
      const bytes = tableBytes(shape);
      const at = bytes <= limit || bytes === smallest ? this.#gap(bytes) : 0;
      if (at !== 0) return { shape, at };
      if (bytes === smallest)
        throw new AnswerSpaceError('answer cache: no room for another table; raise memory.answers or lower capacities');
    }
  }

  /** Start of the first gap of so many octets; 0 when there is none. */
  #gap(bytes: number): number {
    let at = TABLES_AT;
    for (const [start, end] of this.#ranges()) {
      if (start - at >= bytes) return at;
      at = end;
    }
    return this.#segment.u8.length - at >= bytes ? at : 0;
  }

  /** Ranges of all tables in use or retired, in order. */
  #ranges(): (readonly [start: number, end: number])[] {
    const ranges: (readonly [number, number])[] = [];
    for (let id = 0; id < TABLES; id++) {
      if (this.#get(id, DESCRIPTOR.STATE) === STATE.FREE) continue;
      const start = this.#get(id, DESCRIPTOR.WAYS_AT);
      const shape = { sets: this.#get(id, DESCRIPTOR.SETS), granules: this.#get(id, DESCRIPTOR.GRANULES) };
      ranges.push([start, start + tableBytes(shape)]);
    }
    return ranges.sort(([a], [b]) => a - b);
  }

  /** Fills the descriptor; its state comes last, so that a primary that dies here leaves it free. */
  #describe(
    id: number,
    digest: readonly number[],
    asked: readonly [number, number],
    { sets, granules }: Shape,
    at: number,
  ): void {
    const { u8, u32 } = this.#segment;
    const word = descriptorWord(id);
    const ringAt = at + sets * SET_BYTES;
    u32.fill(0, word, word + DESCRIPTOR_BYTES / 4);
    u8.fill(0, at, ringAt);
    u32[GENERATION_WORD]++;
    this.#set(id, DESCRIPTOR.GENERATION, u32[GENERATION_WORD]);
    for (const [i, part] of digest.entries()) this.#set(id, DESCRIPTOR.KEY + i, part);
    this.#set(id, DESCRIPTOR.ASKED_ENTRIES, asked[0]);
    this.#set(id, DESCRIPTOR.ASKED_BYTES, asked[1]);
    this.#set(id, DESCRIPTOR.SETS, sets);
    this.#set(id, DESCRIPTOR.WAYS_AT, at);
    this.#set(id, DESCRIPTOR.GRANULES, granules);
    this.#set(id, DESCRIPTOR.RING_AT, ringAt);
    this.#set(id, DESCRIPTOR.HEAD, granules);
    this.#set(id, DESCRIPTOR.STATE, STATE.USED);
  }
}

function shapeOf(entries: number, ringBytes: number): Shape {
  return {
    sets: Math.max(MIN_SETS, Math.ceil(entries / ENTRIES_A_SET)),
    granules: Math.floor(Math.max(MIN_RING_BYTES, ringBytes) / GRANULE_BYTES),
  };
}

/** Octets of ways and ring, rounded up to whole lines. */
function tableBytes({ sets, granules }: Shape): number {
  return Math.ceil((sets * SET_BYTES + granules * GRANULE_BYTES) / ALIGN) * ALIGN;
}

function digestOf(key: string): number[] {
  const digest = createHash('sha256').update(key).digest();
  return Array.from({ length: KEY_WORDS }, (_, i) => digest.readUInt32LE(i * 4));
}

function monotonicSeconds(): number {
  return Number(process.hrtime.bigint() / 1_000_000_000n);
}
