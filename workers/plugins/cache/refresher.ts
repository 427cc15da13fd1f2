// Asks those behind the cache beside the query of a client: refreshes in the background, checks of what has expired, the race with the second
// level. Everything ends in the tables; a client that still waits is answered with what comes first. Hot when used.

import type { AnswerEntry } from '#answers/entry.ts';
import type { Counters } from '#memory/counters.ts';
import { RCODE } from '#wire/constants.ts';
import type { Deadlines, Expiring, Host, Lookup } from '../../chain/handler.ts';
import { LATER, NEXT, type Outcome, WRITTEN } from '../../chain/outcome.ts';
import type { Answer } from '../../query/answer.ts';
import { PROTO_TCP, type Query, type Responder } from '../../query/query.ts';
import { FRESH, type Hits, NONE, STALE } from './hits.ts';
import type { Keeper } from './keeper.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions } from './options.ts';
import { ASKED, BACKGROUND, FAILED, Pending, REFRESH, SOUGHT, STARTING } from './pending.ts';
import type { SecondLevel, SecondLevelTaker, Share as ShareName } from './second-level.ts';

/**
 * Refreshes of a thread for which nobody waits. With all upstreams gone each lives for 5 s, so this is what a refresh storm costs (RFC 8767
 * §5 asks for a bound); names beyond it are refreshed when they are asked for again. `shoal_cache_refresh_rejects_total` counts those.
 */
const MAX_BACKGROUND = 256;
/** Longest time that a deadline can have; every query of an upstream has ended long before. */
const MAX_TIMEOUT = 60_000;

export class Refresher implements Responder, Expiring, SecondLevelTaker {
  readonly #pending = new Pending();
  readonly #hits: Hits;
  readonly #keeper: Keeper;
  readonly #lookup: Lookup;
  readonly #deadlines: Deadlines;
  readonly #counters: Counters;
  readonly #slots: CacheSlots;
  readonly #timeout: number;
  readonly #preferPositive: boolean;
  #background = 0;

  constructor(hits: Hits, keeper: Keeper, options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    this.#hits = hits;
    this.#keeper = keeper;
    this.#lookup = host.lookup;
    this.#deadlines = host.deadlines;
    this.#counters = host.counters;
    this.#slots = slots;
    this.#timeout = Math.min(MAX_TIMEOUT, options.serveStale.timeout);
    this.#preferPositive = options.serveStale.preferPositive;
  }

  /** How many places are taken. */
  get underWay(): number {
    return this.#pending.count;
  }

  /** Asks again for what the query has just been answered with; the caller has claimed it. False: too much is under way. */
  refresh(query: Query): boolean {
    const place = this.#background < MAX_BACKGROUND ? this.#pending.open(null, ASKED | REFRESH | BACKGROUND) : -1;
    if (place >= 0) {
      this.#background++;
      if (this.#ask(query, place, this.#protoOf(query))) return true;
      this.#background--;
      this.#forget(place);
    }
    this.#keeper.abandon(query);
    this.#counters.add(this.#slots.refreshRejects);
    return false;
  }

  #ask(query: Query, place: number, proto: number): boolean {
    query.authenticUpstream = 1;
    return this.#lookup.askApart(query, this, this.#pending.ticket(place), proto);
  }

  /** What is too large for the client is refreshed by TCP: a part of it is worth nothing. */
  #protoOf(query: Query): number {
    return this.#hits.exceeds ? PROTO_TCP : query.proto;
  }

  #forget(place: number): void {
    this.#pending.queries[place] = null;
    this.#pending.states[place] = 0;
    this.#pending.close(place);
  }

  /**
   * Asks whether there is something newer than what has expired, and answers with that, or in the end with what there is. NEXT: too much is
   * under way, nothing has been done.
   */
  verify(query: Query): Outcome {
    const pending = this.#pending;
    const place = pending.open(query, ASKED | REFRESH | STARTING);
    if (place < 0 || !this.#ask(query, place, this.#protoOf(query))) {
      if (place >= 0) this.#forget(place);
      this.#keeper.abandon(query);
      this.#counters.add(this.#slots.refreshRejects);
      return NEXT;
    }
    pending.states[place] &= ~STARTING;
    if (pending.queries[place] === null) {
      pending.close(place);
      return pending.outcomes[place];
    }
    if (this.#timeout > 0) pending.timers[place] = this.#deadlines.start(this, pending.ticket(place), this.#timeout);
    return LATER;
  }

  /** The client has waited long enough; the check goes on without it. */
  expire(token: number): void {
    const pending = this.#pending;
    const place = pending.place(token);
    const query = place < 0 ? null : pending.queries[place];
    if (query === null) return;
    pending.timers[place] = -1;
    pending.queries[place] = null;
    const found = this.#hits.select(query, query.answer);
    if (found !== NONE) this.#hits.write(query, query.answer, found);
    query.resume(found === NONE ? RCODE.SERVFAIL : WRITTEN);
  }

  /** Asks the second level for what is not in the tables: the key of the hits. NEXT: only those behind can be asked. */
  seek(query: Query, secondLevel: SecondLevel): Outcome {
    const pending = this.#pending;
    const place = pending.open(query, SOUGHT);
    if (place < 0) return NEXT;
    if (secondLevel.ask(query, this.#hits.key, pending.ticket(place), this)) return LATER;
    this.#forget(place);
    return NEXT;
  }

  found(ticket: number, share: ShareName, entry: AnswerEntry, bytes: Uint8Array, at: number): void {
    const query = this.#soughtBy(ticket);
    if (query === null) return;
    if (!this.#keeper.fill(query, share, entry, bytes, at)) {
      this.#missed(query, ticket);
      return;
    }
    this.#counters.add(this.#slots.misses);
    this.#leave(this.#pending.place(ticket));
    query.resume(WRITTEN);
  }

  missed(ticket: number): void {
    const query = this.#soughtBy(ticket);
    if (query !== null) this.#missed(query, ticket);
  }

  /** Who waits for what the second level was asked, which has come to an end; null for nobody. */
  #soughtBy(ticket: number): Query | null {
    const pending = this.#pending;
    const place = pending.place(ticket);
    if (place < 0) return null;
    pending.states[place] &= ~SOUGHT;
    const query = pending.queries[place];
    pending.close(place);
    return query;
  }

  /** The query goes its way, or waits for those that have been asked meanwhile. */
  #missed(query: Query, ticket: number): void {
    const place = this.#pending.place(ticket);
    const state = this.#pending.states[place];
    if ((state & ASKED) !== 0) return;
    const outcome = (state & FAILED) !== 0 ? this.#pending.outcomes[place] : NEXT;
    this.#leave(place);
    query.resume(outcome);
  }

  /** Nobody waits any more. */
  #leave(place: number): void {
    this.#pending.queries[place] = null;
    this.#pending.close(place);
  }

  /** The second level takes its time: those behind are asked, too. */
  late(ticket: number): void {
    const pending = this.#pending;
    const place = pending.place(ticket);
    const query = place < 0 ? null : pending.queries[place];
    if (query === null || (pending.states[place] & ASKED) !== 0) return;
    pending.states[place] |= ASKED;
    if (this.#ask(query, place, query.proto)) return;
    pending.states[place] &= ~ASKED;
    this.#leave(place);
    query.resume(NEXT);
  }

  /** Those behind the cache have answered. */
  respond(sub: Query, answer: Answer): void {
    const pending = this.#pending;
    const place = pending.place(sub.ticket);
    const state = pending.states[place];
    unseal(sub, answer);
    const refresh = (state & REFRESH) !== 0;
    const good = this.#keeper.take(sub, answer, refresh);
    if (refresh) this.#refreshed(sub, good);
    if ((state & BACKGROUND) !== 0) this.#background--;
    const query = pending.queries[place];
    pending.states[place] &= ~ASKED;
    if (query === null) {
      sub.release();
      pending.close(place);
      return;
    }
    if (!good && (state & SOUGHT) !== 0) {
      pending.states[place] |= FAILED;
      pending.outcomes[place] = answer.outcome === WRITTEN ? answer.rcode : answer.outcome;
      sub.release();
      return;
    }
    const outcome = this.#conclude(query, sub, good, refresh);
    sub.release();
    this.#deadlines.cancel(pending.timers[place]);
    pending.timers[place] = -1;
    pending.outcomes[place] = outcome;
    this.#leave(place);
    if ((state & STARTING) === 0) query.resume(outcome);
  }

  /** What was refreshed is free for the next refresh when it has been stored; otherwise it is what it was, and rests for a while. */
  #refreshed(sub: Query, good: boolean): void {
    if (!good) this.#counters.add(this.#slots.refreshFailures);
    if (!this.#keeper.stored || this.#isHidden()) this.#keeper.failed(sub);
  }

  /** `prefer_positive`: what was just taken does not count beside an answer that has expired. */
  #isHidden(): boolean {
    return this.#preferPositive && !this.#keeper.positive;
  }

  /** Gives the client what has come, or what has expired if that is better. */
  #conclude(query: Query, sub: Query, good: boolean, refresh: boolean): Outcome {
    const { answer } = sub;
    if (!refresh && !answer.local) this.#counters.add(this.#slots.misses);
    if (refresh && (!good || this.#isHidden())) {
      const found = this.#hits.select(query, query.answer);
      if (found === STALE || (found === FRESH && !good)) {
        this.#hits.write(query, query.answer, found);
        return WRITTEN;
      }
    }
    if (sub.upstream !== '') query.upstream = sub.upstream;
    if (answer.outcome === WRITTEN) this.#keeper.pass(query, sub);
    else {
      query.answer.failure = answer.failure;
      query.answer.explanation = answer.explanation;
    }
    return answer.outcome;
  }
}

/** Takes the OPT off again that was sealed into the answer. */
function unseal(sub: Query, answer: Answer): void {
  if (answer.outcome !== WRITTEN || answer.end === answer.at) return;
  const opt = answer.optSize(sub);
  answer.end -= opt;
  if (opt > 0) answer.additionals--;
  answer.ownOpt = 0;
  answer.ownOptionsLength = 0;
}
