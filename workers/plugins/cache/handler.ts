// cache: answers from the tables that all threads share, and puts into them what comes back from behind (behaviour D cache). Hot.

import { AnswerKey } from '#answers/entry.ts';
import type { Counters } from '#memory/counters.ts';
import { OPCODE, TYPE } from '#wire/constants.ts';
import type { BlockScope, Clock, Handler, Host } from '../../chain/handler.ts';
import { LATER, NEXT, type Outcome, WRITTEN } from '../../chain/outcome.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { Crossing } from './crossing.ts';
import { FRESH, Hits, STALE } from './hits.ts';
import { Keeper } from './keeper.ts';
import { readKey } from './key.ts';
import { Locals } from './locals.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions, PrefetchOptions, StaleOptions } from './options.ts';
import { Refresher } from './refresher.ts';
import type { SecondLevel } from './second-level.ts';
import { isIn, Shares, setOf } from './share.ts';

const MILLIS = 1000;
/**
 * Seconds after which a refresh that nobody heard of again belongs to whoever comes next: its thread has died. A second more than a query of
 * an upstream takes at most.
 */
const LEASE = 6;

export class CacheHandler implements Handler {
  /** Null: the root and so everything. */
  readonly #zones: ZoneSet | null;
  /** Zones whose names are neither looked up nor stored; null: none. */
  readonly #local: ZoneSet | null;
  readonly #prefetch: PrefetchOptions;
  readonly #stale: StaleOptions;
  readonly #slots: CacheSlots;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #hits: Hits;
  readonly #keeper: Keeper;
  readonly #refresher: Refresher;
  readonly #crossing: Crossing;
  readonly #key = new AnswerKey();
  readonly #locals = new Locals();
  #secondLevel: SecondLevel | null = null;

  constructor(options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    const shares = new Shares(options, slots, host);
    this.#zones = options.zones.includes('.') ? null : new ZoneSet(options.zones, host.seed);
    this.#local = setOf(options.localZones, host.seed);
    this.#prefetch = options.prefetch;
    this.#stale = options.serveStale;
    this.#slots = slots;
    this.#counters = host.counters;
    this.#clock = host.clock;
    this.#hits = new Hits(shares, options, slots, host);
    this.#keeper = new Keeper(shares, options, slots, host);
    this.#refresher = new Refresher(this.#hits, this.#keeper, options, slots, host);
    this.#crossing = new Crossing(this.#hits, options.tables.success, slots.waits, host);
  }

  meet(chain: ReadonlyMap<string, Handler>): void {
    for (const { secondLevel } of chain.values()) if (secondLevel !== undefined) this.#secondLevel = secondLevel;
    this.#keeper.secondLevel = this.#secondLevel;
  }

  /** Refreshes and queries that are under way. */
  get underWay(): number {
    return this.#refresher.underWay;
  }

  serve(query: Query, answer: Answer): Outcome {
    if (this.#zones !== null && this.#zones.match(query) < 0) return NEXT;
    this.#counters.add(this.#slots.requests);
    if (isIn(this.#local, query)) return NEXT;
    query.authenticUpstream = 1;
    if (query.opcode !== OPCODE.QUERY) return NEXT;
    const found = this.#hits.select(query, answer);
    if (found === FRESH) return this.#serveFresh(query, answer);
    if (found === STALE) return this.#serveStale(query, answer);
    if (isTransfer(query)) return NEXT;
    query.whole = 1;
    if (this.#locals.has(query.nameHash)) return NEXT;
    if (this.#crossing.waits(query, this.#hits.key)) return LATER;
    return this.#secondLevel === null ? NEXT : this.#refresher.seek(query, this.#secondLevel);
  }

  #serveFresh(query: Query, answer: Answer): Outcome {
    const due = this.#prefetch.amount > 0 && this.#isDue();
    this.#counters.add(this.#hits.share.hits);
    this.#hits.write(query, answer, FRESH);
    if (due && this.#refresher.refresh(query)) this.#counters.add(this.#slots.prefetch);
    return WRITTEN;
  }

  /** True when what was just hit is popular, about to expire, and nobody else is refreshing it: it is claimed then. */
  #isDue(): boolean {
    const { amount, duration, percentage } = this.#prefetch;
    const { entry, share } = this.#hits;
    const { seconds } = this.#clock;
    const inRow = (seconds - entry.lastHit) * MILLIS < duration;
    if (share.table.countHit(inRow, amount) < amount) return false;
    return entry.remaining <= Math.ceil((entry.ttl * percentage) / 100) && share.table.claim(seconds, LEASE);
  }

  #serveStale(query: Query, answer: Answer): Outcome {
    const { table, hits } = this.#hits.share;
    const { seconds } = this.#clock;
    this.#counters.add(hits);
    if (this.#stale.mode === 'verify' && this.#mayVerify()) {
      const outcome = this.#refresher.verify(query);
      if (outcome !== NEXT) return outcome;
    }
    const claimed = this.#stale.mode === 'immediate' && table.claim(seconds, LEASE);
    this.#hits.write(query, answer, STALE);
    if (claimed) this.#refresher.refresh(query);
    return WRITTEN;
  }

  /** With a time to rest after failures only one of all threads checks; others give what there is until that is done. */
  #mayVerify(): boolean {
    return this.#stale.recheck === 0 || this.#hits.share.table.claim(this.#clock.seconds, LEASE);
  }

  finish(query: Query, answer: Answer): void {
    if (this.#zones !== null && this.#zones.match(query) < 0) return;
    if (!answer.local) this.#counters.add(this.#slots.misses);
    this.#take(query, answer);
    // Names of local zones were not claimed, and nobody looks at them again.
    if (query.opcode !== OPCODE.QUERY || isIn(this.#local, query)) return;
    this.#locals.note(query.nameHash, answer.local);
    readKey(this.#key, query);
    this.#crossing.done(query, this.#key);
  }

  #take(query: Query, answer: Answer): void {
    if (answer.local && this.#keeper.leavesTtl(answer)) return;
    if (answer.outcome !== WRITTEN || isTransfer(query)) return;
    this.#keeper.take(query, answer, false);
    if (!answer.local) this.#keeper.fit(query, answer);
  }
}

/** The last message of a zone transfer: its records are those of the zone, whatever their TTLs (RFC 5936 §2.2). */
function isTransfer(query: Query): boolean {
  return query.type === TYPE.AXFR || query.type === TYPE.IXFR;
}

export function build(
  { options, slots }: PluginPlan<PlannedCacheOptions, CacheSlots>,
  host: Host,
  _scope: BlockScope,
): CacheHandler {
  return new CacheHandler(options, slots, host);
}
