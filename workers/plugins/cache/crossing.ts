// Questions that another thread of the replica is asking already: the queries wait until its answer stands in the tables. Hot on misses.

import type { AnswerKey } from '#answers/entry.ts';
import { type InFlight, TAKEN } from '#answers/in-flight.ts';
import type { Counters } from '#memory/counters.ts';
import { FLAG, TYPE } from '#wire/constants.ts';
import { foldLabel } from '#wire/hash.ts';
import type { Clock, Host, Turn } from '../../chain/handler.ts';
import { NEXT, WRITTEN } from '../../chain/outcome.ts';
import type { Query } from '../../query/query.ts';
import { FRESH, type Hits } from './hits.ts';

/** Queries of a thread and a chain that may wait; more ask for themselves. */
const MAX_WAITING = 1024;
/**
 * Milliseconds between two looks: the first one soon, for upstreams nearby answer within one; then twice as long each time, for the others do
 * not. Waking a thread costs some 10 µs, so the shortest is 1 % of a core while somebody waits, and the longest is what a query loses at most.
 */
const FIRST_LOOK = 1;
const LAST_LOOK = 16;
const FNV_PRIME = 0x01000193;

/**
 * A thread that misses claims the question in shared memory and goes on; the same question in another thread finds the claim, and waits. It
 * looks again every few milliseconds: when the claim has been given back the answer is in the tables, and if it is not (it may not be kept,
 * or its thread has died), the query goes on and asks. Within a thread forward sees to it that equal questions are asked once.
 *
 * Why looking and no bell: threads are in different processes, too, where nothing but a socket wakes them; and a bell that is lost with its
 * ringer would need the looking all the same.
 */
export class Crossing {
  readonly #hits: Hits;
  readonly #inFlight: InFlight;
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #counters: Counters;
  readonly #slot: number;
  /** Keeps apart what different caches hold. */
  readonly #salt: number;
  readonly #queries: (Query | null)[] = new Array<Query | null>(MAX_WAITING).fill(null);
  readonly #hashes = new Int32Array(MAX_WAITING);
  readonly #tags = new Int32Array(MAX_WAITING);
  #count = 0;
  #hash = 0;
  #tag = 0;
  #delay = FIRST_LOOK;
  #timer: NodeJS.Timeout | null = null;

  /** `table`: of those the cache has. `slot`: of the counter of waits. */
  constructor(hits: Hits, table: number, slot: number, host: Host) {
    this.#hits = hits;
    this.#inFlight = host.answers.inFlight;
    this.#clock = host.clock;
    this.#turn = host.turn;
    this.#counters = host.counters;
    this.#slot = slot;
    this.#salt = table;
  }

  /** Queries that wait. */
  get waiting(): number {
    return this.#count;
  }

  /** True when another thread is asking what `query` asks, which `key` stands for: the query waits. Otherwise it is for the caller to ask. */
  waits(query: Query, key: AnswerKey): boolean {
    // The probes of loop have to come round.
    if (query.type === TYPE.HINFO) return false;
    this.#read(query, key);
    const { now } = this.#clock;
    if (this.#inFlight.claim(this.#hash, this.#tag, now) !== TAKEN) return false;
    if (this.#count === MAX_WAITING || !query.mayWait) return false;
    this.#counters.add(this.#slot);
    this.#queries[this.#count] = query;
    this.#hashes[this.#count] = this.#hash;
    this.#tags[this.#count++] = this.#tag;
    this.#lookSoon();
    return true;
  }

  /** What `key` stands for has been answered, one way or the other, and is in the tables if it is ever to be. */
  done(query: Query, key: AnswerKey): void {
    if (query.type === TYPE.HINFO) return;
    this.#read(query, key);
    this.#inFlight.release(this.#hash, this.#tag);
  }

  /** The table's key, and what the upstream sees beyond that: RD, AD, and the options of EDNS, among them subnets and cookies. */
  #read({ bytes, flags, edns, optionsAt, optionsLength }: Query, key: AnswerKey): void {
    let hash = (flags & (FLAG.RD | FLAG.AD)) ^ edns;
    for (let i = 0; i < optionsLength; i++) hash = Math.imul(hash ^ bytes[optionsAt + i], FNV_PRIME);
    const salt = foldLabel(this.#salt, hash);
    this.#hash = foldLabel(key.hash, salt);
    this.#tag = foldLabel(key.tag, salt);
  }

  #lookSoon(): void {
    if (this.#timer !== null && this.#delay === FIRST_LOOK) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#delay = FIRST_LOOK;
    this.#wait();
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.look(), this.#delay);
  }

  /** Looks whether those that are waited for have done their work. Called by the timer. */
  look(): void {
    this.#timer = null;
    this.#turn.begin();
    try {
      this.#settleAll();
    } finally {
      this.#turn.end();
    }
    if (this.#count === 0 || this.#timer !== null) return;
    this.#delay = Math.min(this.#delay * 2, LAST_LOOK);
    this.#wait();
  }

  /** From the last one on: those that go make room for those behind them, which have been looked at. */
  #settleAll(): void {
    const { now } = this.#clock;
    for (let i = this.#count - 1; i >= 0; i--)
      if (!this.#inFlight.isTaken(this.#hashes[i], this.#tags[i], now)) this.#settle(this.#take(i));
  }

  #take(i: number): Query {
    const query = this.#queries[i] as Query;
    const last = --this.#count;
    this.#queries[i] = this.#queries[last];
    this.#hashes[i] = this.#hashes[last];
    this.#tags[i] = this.#tags[last];
    this.#queries[last] = null;
    return query;
  }

  #settle(query: Query): void {
    const hits = this.#hits;
    if (hits.select(query, query.answer) === FRESH) {
      this.#counters.add(hits.share.hits);
      hits.write(query, query.answer, FRESH);
      query.resume(WRITTEN);
      return;
    }
    query.resume(NEXT);
  }
}
