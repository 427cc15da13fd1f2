// One store of answers in Redis as a resolver uses it: reads with a budget, writes behind, the breaker over both. Called by broker.ts. Warm.

import { STATUS, type Status } from './batch.ts';
import { Breaker, type BreakerState, CLOSED } from './breaker.ts';
import { FleetKeys } from './keys.ts';
import type { Link, LinkEvents } from './link.ts';
import type { StoreSettings } from './settings.ts';
import { decodeValue, EXPIRED, encodeValue, FOREIGN, GOOD, type Judgement } from './value.ts';
import { type Write, WriteQueue, type WriteTally } from './writes.ts';

const MILLIS = 1000;
const NOTHING = new Uint8Array(0);
/** Longest time between two tallies of writes. */
const TALLY_PAUSE = 500;

export interface Found {
  readonly status: Status;
  readonly remaining: number;
  readonly payload: Uint8Array;
}

export interface StoreEvents {
  changed(state: BreakerState, why: string): void;
  tallied(tally: WriteTally): void;
}

/** A read that Redis has not answered yet. */
interface Pending {
  readonly since: number;
}

export class RedisStore {
  readonly #settings: StoreSettings;
  readonly #events: StoreEvents;
  readonly #keys: FleetKeys;
  readonly #breaker: Breaker;
  readonly #writes: WriteQueue;
  /** Oldest first. */
  readonly #pending = new Set<Pending>();
  #link: Link | null = null;
  #why = 'connecting';
  #closed = false;
  #probeTimer: NodeJS.Timeout | null = null;
  #lateTimer: NodeJS.Timeout | null = null;
  readonly #tallyTimer: NodeJS.Timeout;

  /** `open`: makes the connection; it may take its time. */
  constructor(settings: StoreSettings, open: (events: LinkEvents) => Promise<Link>, events: StoreEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#keys = new FleetKeys(settings.fleetKey, settings.policy);
    this.#breaker = new Breaker(
      () => performance.now(),
      (state) => events.changed(state, this.#why),
    );
    this.#writes = new WriteQueue((write) => this.#write(write));
    this.#tallyTimer = setInterval(() => this.#tell(), TALLY_PAUSE);
    this.#tallyTimer.unref();
    open({ up: () => this.#up(), down: (why) => this.#down(why) }).then(
      (link) => this.#opened(link),
      (error: Error) => this.#down(error.message),
    );
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  /** Why the state is what it is, for the log. */
  get why(): string {
    return this.#why;
  }

  #opened(link: Link): void {
    this.#link = link;
    if (this.#closed) link.close();
    else this.#schedule();
  }

  #up(): void {
    this.#breaker.hope();
    this.#schedule();
  }

  #down(why: string): void {
    if (this.#closed) return;
    this.#why = why;
    this.#breaker.trip();
    this.#writes.clear();
    this.#schedule();
  }

  /** Never rejects. Comes within the connection's timeout; who cannot wait so long has to look at the clock himself. */
  async get(question: Uint8Array): Promise<Found> {
    if (this.#link === null || this.#breaker.state !== CLOSED) return nothing(STATUS.UNUSABLE);
    const digest = this.#keys.digest(question);
    const pending: Pending = { since: performance.now() };
    this.#pending.add(pending);
    this.#watchTime();
    try {
      const value = await this.#link.get(this.#nameOf(digest));
      this.#settle(pending, true);
      return value === null ? nothing(STATUS.ABSENT) : this.#judge(digest, value);
    } catch (error) {
      this.#why = (error as Error).message;
      this.#settle(pending, false);
      return nothing(STATUS.FAILED);
    }
  }

  #nameOf(digest: Buffer): string {
    return this.#settings.prefix + digest.toString('hex');
  }

  #judge(digest: Buffer, value: Uint8Array): Found {
    const { judgement, remaining, payload } = decodeValue(this.#keys, digest, seconds(), value);
    return judgement === GOOD ? { status: STATUS.FOUND, remaining, payload } : nothing(statusOf(judgement));
  }

  /** Nobody waits: the value is written when there is time, or never. */
  put(question: Uint8Array, ttl: number, payload: Uint8Array): void {
    if (this.#link === null || this.#breaker.state !== CLOSED) {
      this.#writes.drop();
      return;
    }
    const digest = this.#keys.digest(question);
    this.#writes.push({
      key: this.#nameOf(digest),
      value: encodeValue(this.#keys, digest, seconds(), ttl, payload),
      ttl,
    });
  }

  #write({ key, value, ttl }: Write): Promise<unknown> {
    return this.#link === null ? Promise.reject(new Error('no connection')) : this.#link.set(key, value, ttl);
  }

  /** One that was late has been counted already. */
  #settle(pending: Pending, good: boolean): void {
    if (this.#pending.delete(pending)) this.#record(good);
  }

  #record(good: boolean): void {
    this.#breaker.record(good);
    if (this.#breaker.state !== CLOSED) this.#schedule();
  }

  #watchTime(): void {
    this.#lateTimer ??= setTimeout(() => this.#countLate(), this.#settings.budget);
  }

  /** A read that takes longer than anybody waits for is a failure, whether it ends one day or not. */
  #countLate(): void {
    this.#lateTimer = null;
    const due = performance.now() - this.#settings.budget;
    for (const pending of this.#pending) {
      if (pending.since > due) {
        this.#watchTime();
        return;
      }
      this.#pending.delete(pending);
      this.#why = this.#lateText();
      this.#record(false);
    }
  }

  #schedule(): void {
    if (this.#closed || this.#link === null || this.#breaker.state === CLOSED) return;
    if (this.#probeTimer !== null) clearTimeout(this.#probeTimer);
    const pause = Math.max(0, this.#breaker.nextProbe - performance.now());
    this.#probeTimer = setTimeout(() => void this.#probe(), pause);
  }

  /** Asks for a name that nothing is stored under, as a client's question would. */
  async #probe(): Promise<void> {
    this.#probeTimer = null;
    // Without a connection there is nothing to find out: the one that is made starts the probes anew.
    if (this.#closed || this.#link?.ready !== true) return;
    const since = performance.now();
    let good = true;
    let slow: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        slow = setTimeout(() => reject(new Error(this.#lateText())), 2 * this.#settings.budget);
      });
      await Promise.race([this.#link.get(`${this.#settings.prefix}probe`), late]);
      good = performance.now() - since <= this.#settings.budget;
      if (!good) this.#why = this.#lateText();
    } catch (error) {
      this.#why = (error as Error).message;
      good = false;
    } finally {
      clearTimeout(slow);
    }
    if (good) this.#why = 'Redis answers';
    if (this.#closed) return;
    this.#breaker.probed(good);
    this.#schedule();
  }

  #lateText(): string {
    return `no reply within ${this.#settings.budget} ms`;
  }

  #tell(): void {
    const tally = this.#writes.takeTally();
    if (tally !== null) this.#events.tallied(tally);
  }

  close(): void {
    this.#closed = true;
    for (const timer of [this.#probeTimer, this.#lateTimer]) if (timer !== null) clearTimeout(timer);
    clearInterval(this.#tallyTimer);
    this.#writes.clear();
    this.#link?.close();
  }
}

function nothing(status: Status): Found {
  return { status, remaining: 0, payload: NOTHING };
}

function seconds(): number {
  return Math.floor(Date.now() / MILLIS);
}

function statusOf(judgement: Exclude<Judgement, typeof GOOD>): Status {
  if (judgement === FOREIGN) return STATUS.COLLISION;
  return judgement === EXPIRED ? STATUS.ABSENT : STATUS.REFUSED;
}
