// Everything that a thread has asked upstreams and waits for: a table of numbers, one slot a request. Hot.

import type { Clock, Deadlines, Expiring } from '../../chain/handler.ts';
import type { RandomPool } from '../random.ts';
import type { Channel } from './channel.ts';

/** Who asks upstreams. `slot` is the caller's handle for the exchange, from `open` to `close`. */
export interface Caller {
  /** Writes the request with message id `id` to `to[at…]`; returns its length. Called once the channel takes it, maybe later than `send`. */
  write(slot: number, to: Uint8Array, at: number, id: number): number;
  /**
   * A message with QR set and the right id stands at `bytes[at…]`; nothing else has been checked. `cut`: it was longer than what was received.
   * False: it is not the reply; waiting goes on. True: it was, and the caller has closed the slot or sent it again.
   */
  replied(slot: number, bytes: Uint8Array, at: number, length: number, cut: boolean): boolean;
  /**
   * No reply will come over this channel. `late`: there was none in time, or the upstream would not have it; another channel would not help.
   * The caller closes the slot or sends it again.
   */
  failed(slot: number, failure: string, late: boolean): void;
}

const FIRST_CAPACITY = 1024;
/** Slots are 16 bits wide; as many queries as a thread may keep waiting (`query.maxInFlight`). */
const MAX_CAPACITY = 65_536;
/** A power of two. Longer chains than one or two per bucket would show in profiles as `find`; 64 KiB are touched when all are in use. */
const BUCKETS = 16_384;

/**
 * ```
 * (channel, id) ─► bucket ─► slot ─► slot          chained hash; ids are random, so buckets fill evenly
 * channel.first ─► slot ⇄ slot ⇄ … ◄─ channel.last  list of the channel, oldest first
 * ```
 * Slots that are not linked to a channel are between two attempts, or were never sent.
 */
export class Exchanges implements Expiring {
  capacity = FIRST_CAPACITY;
  /** Clock.now when the request was handed to its channel. */
  sentAt = new Float64Array(FIRST_CAPACITY);
  #ids = new Uint16Array(FIRST_CAPACITY);
  #bucketNext = new Int32Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  #previous = new Int32Array(FIRST_CAPACITY);
  #deadlineHandles = new Int32Array(FIRST_CAPACITY);
  #free = Int32Array.from({ length: FIRST_CAPACITY }, (_, i) => FIRST_CAPACITY - 1 - i);
  #freeCount = FIRST_CAPACITY;
  readonly #callers: (Caller | null)[] = new Array<Caller | null>(FIRST_CAPACITY).fill(null);
  readonly #channels: (Channel | null)[] = new Array<Channel | null>(FIRST_CAPACITY).fill(null);
  readonly #buckets = new Int32Array(BUCKETS).fill(-1);
  readonly #random: RandomPool;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;

  constructor(random: RandomPool, clock: Clock, deadlines: Deadlines) {
    this.#random = random;
    this.#clock = clock;
    this.#deadlines = deadlines;
  }

  /** Slots in use. */
  get active(): number {
    return this.capacity - this.#freeCount;
  }

  /** A slot for a request of `caller`, or -1 when all are taken. */
  open(caller: Caller): number {
    if (this.#freeCount === 0 && !this.#grow()) return -1;
    const slot = this.#free[--this.#freeCount];
    this.#callers[slot] = caller;
    return slot;
  }

  /** Ends the exchange, whatever its state. A reply that comes later is one that nobody waits for. */
  close(slot: number): void {
    this.detach(slot);
    this.#callers[slot] = null;
    this.#free[this.#freeCount++] = slot;
  }

  /**
   * Gives the request a fresh id on `channel` and a deadline. The channel then asks the caller to write it. False when there is no deadline
   * left: nothing has been done, for what has none could stay for ever.
   */
  attach(slot: number, channel: Channel, milliseconds: number): boolean {
    const deadline = this.#deadlines.start(this, slot, milliseconds);
    if (deadline === -1) return false;
    this.#deadlineHandles[slot] = deadline;
    this.#channels[slot] = channel;
    this.sentAt[slot] = this.#clock.now;
    this.#link(slot, channel);
    let id = this.#random.u16();
    // A channel has far fewer exchanges than there are ids, so a few draws find a free one.
    while (this.find(channel, id) >= 0) id = this.#random.u16();
    this.#ids[slot] = id;
    const bucket = bucketOf(channel.uid, id);
    this.#bucketNext[slot] = this.#buckets[bucket];
    this.#buckets[bucket] = slot;
    return true;
  }

  #link(slot: number, channel: Channel): void {
    const { last } = channel;
    this.#next[slot] = -1;
    this.#previous[slot] = last;
    if (last >= 0) this.#next[last] = slot;
    else channel.first = slot;
    channel.last = slot;
    channel.pending++;
  }

  /** Takes the request off its channel: it is not waited for any more. Does nothing for one that is on none. */
  detach(slot: number): void {
    const channel = this.#channels[slot];
    if (channel === null) return;
    this.#deadlines.cancel(this.#deadlineHandles[slot]);
    this.#channels[slot] = null;
    this.#unhash(slot, channel);
    const next = this.#next[slot];
    const previous = this.#previous[slot];
    if (previous >= 0) this.#next[previous] = next;
    else channel.first = next;
    if (next >= 0) this.#previous[next] = previous;
    else channel.last = previous;
    if (--channel.pending === 0) channel.emptied();
  }

  #unhash(slot: number, channel: Channel): void {
    const bucket = bucketOf(channel.uid, this.#ids[slot]);
    let at = this.#buckets[bucket];
    if (at === slot) {
      this.#buckets[bucket] = this.#bucketNext[slot];
      return;
    }
    while (this.#bucketNext[at] !== slot) at = this.#bucketNext[at];
    this.#bucketNext[at] = this.#bucketNext[slot];
  }

  /** The exchange that waits for message id `id` on this channel, or -1. */
  find(channel: Channel, id: number): number {
    let slot = this.#buckets[bucketOf(channel.uid, id)];
    while (slot >= 0 && (this.#ids[slot] !== id || this.#channels[slot] !== channel)) slot = this.#bucketNext[slot];
    return slot;
  }

  /** Has the request written to `to[at…]`. */
  write(slot: number, to: Uint8Array, at: number): number {
    return (this.#callers[slot] as Caller).write(slot, to, at, this.#ids[slot]);
  }

  /**
   * Hands a received message to whom it may concern. False when it is nobody's: too short, a query, an id that nobody waits for, or not the
   * reply that its caller wants.
   */
  deliver(channel: Channel, bytes: Uint8Array, at: number, length: number, cut: boolean): boolean {
    if (length < 12 || (bytes[at + 2] & 0x80) === 0) return false;
    const slot = this.find(channel, (bytes[at] << 8) | bytes[at + 1]);
    if (slot < 0) return false;
    return (this.#callers[slot] as Caller).replied(slot, bytes, at, length, cut);
  }

  /** The next exchange of the same channel, or -1. */
  after(slot: number): number {
    return this.#next[slot];
  }

  /** No reply will come over `channel` for what is pending now. */
  failAll(channel: Channel, failure: string): void {
    // Callers may put the exchange back at the end of the same list, so the count decides.
    for (let left = channel.pending; left > 0 && channel.first >= 0; left--) this.fail(channel.first, failure, false);
  }

  /** No reply will come for this one request. `late` as in `Caller.failed`. */
  fail(slot: number, failure: string, late: boolean): void {
    this.detach(slot);
    this.#callers[slot]?.failed(slot, failure, late);
  }

  expire(slot: number): void {
    const channel = this.#channels[slot];
    if (channel === null) return;
    this.#deadlineHandles[slot] = -1;
    channel.timedOut();
    this.fail(slot, channel.timeoutText, true);
  }

  /** Doubles the table; rare, because it never shrinks. */
  #grow(): boolean {
    const { capacity } = this;
    if (capacity === MAX_CAPACITY) return false;
    const grown = capacity * 2;
    this.sentAt = copied(new Float64Array(grown), this.sentAt);
    this.#ids = copied(new Uint16Array(grown), this.#ids);
    this.#bucketNext = copied(new Int32Array(grown), this.#bucketNext);
    this.#next = copied(new Int32Array(grown), this.#next);
    this.#previous = copied(new Int32Array(grown), this.#previous);
    this.#deadlineHandles = copied(new Int32Array(grown), this.#deadlineHandles);
    this.#free = new Int32Array(grown);
    for (let slot = grown - 1; slot >= capacity; slot--) this.#free[this.#freeCount++] = slot;
    for (let slot = capacity; slot < grown; slot++) {
      this.#callers.push(null);
      this.#channels.push(null);
    }
    this.capacity = grown;
    return true;
  }
}

function bucketOf(uid: number, id: number): number {
  return (id ^ Math.imul(uid, 0x9e3779b1)) & (BUCKETS - 1);
}

function copied<T extends Float64Array | Uint16Array | Int32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
