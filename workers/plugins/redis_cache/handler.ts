// redis_cache: the store that cache asks after its own tables, and tells about new answers. One for each chain and thread. Warm: on misses only.

import { AnswerEntry, type AnswerKey } from '#answers/entry.ts';
import type { Counters } from '#memory/counters.ts';
import { ReplyReader, RequestWriter, STATUS } from '#redis/batch.ts';
import { type BreakerState, CLOSED, HALF_OPEN } from '#redis/breaker.ts';
import type { LevelTold } from '#redis/messages.ts';
import { payloadShare, readPayload } from '#redis/payload.ts';
import type { WriteTally } from '#redis/writes.ts';
import type { BlockScope, Handler, Host, LevelUser } from '../../chain/handler.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Query } from '../../query/query.ts';
import { type SecondLevel, type SecondLevelTaker, SHARE, type Share } from '../cache/second-level.ts';
import type { PluginPlan } from '../plan.ts';
import { READ_BUCKETS, type RedisCacheSlots } from './metrics.ts';
import type { RedisCacheOptions } from './options.ts';
import { Waiting } from './waiting.ts';

const BOUNDS = Float64Array.from(READ_BUCKETS);
const MILLIS = 1000;
/** Looks at the clock in a budget: a client waits for up to one of these parts longer, and each costs an idle thread a wake-up. */
const TICKS = 4;

export class RedisCacheHandler implements Handler, SecondLevel, LevelUser {
  /** Null: the root and so everything. */
  readonly #zones: ZoneSet | null;
  readonly #options: RedisCacheOptions;
  readonly #slots: RedisCacheSlots;
  readonly #host: Host;
  readonly #counters: Counters;
  readonly #level: number;
  readonly #waiting = new Waiting();
  readonly #requests = new RequestWriter();
  readonly #replies = new ReplyReader();
  readonly #entry = new AnswerEntry();
  readonly #flush: () => void = () => this.#send();
  #usable = false;
  #reports = false;
  #state: BreakerState = HALF_OPEN;
  /** One timer for all, started anew and not made anew. */
  #timer: NodeJS.Timeout | null = null;
  #timing = false;

  constructor(options: RedisCacheOptions, slots: RedisCacheSlots, host: Host) {
    this.#options = options;
    this.#slots = slots;
    this.#host = host;
    this.#counters = host.counters;
    this.#zones = options.zones.includes('.') ? null : new ZoneSet(options.zones, host.seed);
    this.#level = host.levels.open(options.store, this);
  }

  get secondLevel(): SecondLevel {
    return this;
  }

  ask(query: Query, key: AnswerKey, ticket: number, taker: SecondLevelTaker): boolean {
    if (!this.#covers(query)) return false;
    const id = this.#usable ? this.#waiting.open(ticket, taker, this.#host.clock.now) : -1;
    if (id < 0) {
      this.#counters.add(this.#slots.skipped);
      return false;
    }
    this.#flushLater();
    if (!this.#requests.get(id, key)) {
      this.#waiting.close(this.#waiting.slotOf(id));
      this.#counters.add(this.#slots.skipped);
      return false;
    }
    if (!this.#timing) this.#startTimer();
    return true;
  }

  put(query: Query, share: Share, key: AnswerKey, entry: AnswerEntry, bytes: Uint8Array, at: number): void {
    if (!this.#covers(query)) return;
    const { maxTtl, minTtl } = share === SHARE.SUCCESS ? this.#options.success : this.#options.denial;
    const ttl = Math.min(Math.max(entry.ttl, minTtl), maxTtl);
    if (ttl <= 0) return;
    this.#flushLater();
    if (!this.#usable || !this.#requests.put(ttl, key, share, entry, bytes, at)) this.#counters.add(this.#slots.drops);
  }

  #covers(query: Query): boolean {
    return this.#zones === null || this.#zones.match(query) >= 0;
  }

  /** What a batch of packets asks goes in one message, once the batch has been worked through. */
  #flushLater(): void {
    if (this.#requests.empty) queueMicrotask(this.#flush);
  }

  #send(): void {
    if (!this.#requests.empty) this.#host.levels.send(this.#level, this.#requests.take());
  }

  told(told: LevelTold): void {
    if (told.step === 'replies') this.#takeReplies(told.batch);
    else if (told.step === 'tally') this.#count(told.tally);
    else this.#takeState(told.state, told.reporter, told.why);
  }

  #takeReplies(batch: Uint8Array): void {
    const replies = this.#replies;
    replies.open(batch);
    while (replies.next()) {
      const slot = this.#waiting.slotOf(replies.id);
      if (slot >= 0) this.#takeReply(slot);
    }
  }

  #takeReply(slot: number): void {
    const waiting = this.#waiting;
    const taker = waiting.takers[slot] as SecondLevelTaker;
    const ticket = waiting.tickets[slot];
    this.#counters.observe(this.#slots.readDuration, (this.#host.clock.now - waiting.since[slot]) / MILLIS, BOUNDS);
    waiting.close(slot);
    if (!this.#give(ticket, taker)) taker.missed(ticket);
  }

  /** True when the reply is an answer, which the taker has got. */
  #give(ticket: number, taker: SecondLevelTaker): boolean {
    const { status, bytes, payloadAt, payloadEnd, remaining } = this.#replies;
    const entry = this.#entry;
    if (status !== STATUS.FOUND) {
      this.#counters.add(this.#slotOf(status));
      return false;
    }
    const body = readPayload(entry, bytes, payloadAt, payloadEnd);
    const share = payloadShare(bytes, payloadAt);
    if (body < 0 || (share !== SHARE.SUCCESS && share !== SHARE.DENIAL)) {
      this.#counters.add(this.#slots.refused);
      return false;
    }
    this.#counters.add(this.#slots.hits);
    entry.ttl = remaining;
    taker.found(ticket, share, entry, bytes, body);
    return true;
  }

  #slotOf(status: number): number {
    const { misses, getErrors, refused, collisions, skipped } = this.#slots;
    switch (status) {
      case STATUS.FAILED:
        return getErrors;
      case STATUS.REFUSED:
        return refused;
      case STATUS.COLLISION:
        return collisions;
      case STATUS.UNUSABLE:
        return skipped;
      default:
        return misses;
    }
  }

  #count({ written, failed, dropped }: WriteTally): void {
    this.#counters.addMany(this.#slots.writes, written);
    this.#counters.addMany(this.#slots.setErrors, failed);
    this.#counters.addMany(this.#slots.drops, dropped);
  }

  #takeState(state: BreakerState, reporter: boolean, why: string): void {
    const changed = state !== this.#state;
    this.#state = state;
    this.#usable = state === CLOSED;
    this.#reports = reporter;
    this.show();
    // Half-open is on the way to one of the others.
    if (!reporter || !changed || state === HALF_OPEN) return;
    const { log } = this.#host;
    if (this.#usable) log.plugin('redis_cache').info('Redis is used');
    else log.plugin('redis_cache').warning(`Redis is not used: ${why}`);
  }

  /** Totals add the rows of threads up: one thread of each resolver shows 1. */
  show(): void {
    this.#slots.breakers.forEach((slot, state) => {
      this.#counters.set(slot, this.#reports && state === this.#state ? 1 : 0);
    });
  }

  #startTimer(): void {
    this.#timing = true;
    if (this.#timer === null) this.#timer = setTimeout(() => this.#tick(), this.#options.store.budget / TICKS);
    else this.#timer.refresh();
  }

  #tick(): void {
    this.#timing = false;
    const { turn, clock } = this.#host;
    turn.begin();
    try {
      this.#tellLate(clock.now - this.#options.store.budget);
    } finally {
      turn.end();
    }
    if (this.#waiting.timing) this.#startTimer();
  }

  #tellLate(due: number): void {
    const waiting = this.#waiting;
    for (let slot = waiting.takeLate(due); slot >= 0; slot = waiting.takeLate(due)) {
      this.#counters.add(this.#slots.late);
      waiting.takers[slot]?.late(waiting.tickets[slot]);
    }
  }

  close(): void {
    this.#send();
    this.#reports = false;
    this.show();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#host.levels.close(this.#level);
  }
}

export function build(
  { options, slots }: PluginPlan<RedisCacheOptions, RedisCacheSlots>,
  host: Host,
  _scope: BlockScope,
): RedisCacheHandler {
  return new RedisCacheHandler(options, slots, host);
}
