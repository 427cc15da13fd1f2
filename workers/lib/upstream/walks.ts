// How far the queries that wait for upstreams have come: whom they asked, how often, since when. Indexed by exchange slot. Hot.

import type { Clock } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';
import { SENT, type Sent } from './channel.ts';

const FIRST_CAPACITY = 1024;

/**
 * One walk visits the upstreams 0 … n-1 as start, start + step, start + 2·step, … modulo n. With step 1 that is a list in order (sequential,
 * round robin); with a random start and a random step without a common divisor with n it is a random order that needs no list.
 */
export class Walks {
  readonly #clock: Clock;
  #capacity = FIRST_CAPACITY;
  readonly queries: (Query | null)[] = new Array<Query | null>(FIRST_CAPACITY).fill(null);
  /** Why the last attempt failed. */
  readonly failures: string[] = new Array<string>(FIRST_CAPACITY).fill('');
  /** The same for the client, as an INFO-CODE (RFC 8914); 0: nothing to say. */
  explanations = new Uint8Array(FIRST_CAPACITY);
  startedAt = new Float64Array(FIRST_CAPACITY);
  start = new Uint8Array(FIRST_CAPACITY);
  step = new Uint8Array(FIRST_CAPACITY);
  /** Upstreams visited in this round, and how many of them were down. */
  visited = new Uint8Array(FIRST_CAPACITY);
  downs = new Uint8Array(FIRST_CAPACITY);
  /** The upstream that is being asked. */
  current = new Uint8Array(FIRST_CAPACITY);
  attempts = new Uint8Array(FIRST_CAPACITY);
  /** 1: by TCP. */
  tcp = new Uint8Array(FIRST_CAPACITY);
  /** What the last `send` said. */
  sent = new Uint8Array(FIRST_CAPACITY);
  /** 1: a request is on its way. */
  asked = new Uint8Array(FIRST_CAPACITY);
  /** Upstreams left because of what they answered. */
  failovers = new Uint8Array(FIRST_CAPACITY);
  /** The slot of the other request for the same query, or -1. */
  partner = new Int32Array(FIRST_CAPACITY);
  /** 1: the second one of two. */
  second = new Uint8Array(FIRST_CAPACITY);
  /** The deadline at which a second upstream is asked, or -1. */
  timer = new Int32Array(FIRST_CAPACITY);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a walk for `query` now. The time is read here: passed to a function as long as this it would be allocated for every call. */
  open(slot: number, query: Query, start: number, step: number): void {
    while (slot >= this.#capacity) this.#grow();
    this.queries[slot] = query;
    this.failures[slot] = '';
    this.explanations[slot] = 0;
    this.startedAt[slot] = this.#clock.now;
    this.start[slot] = start;
    this.step[slot] = step;
    this.visited[slot] = 0;
    this.downs[slot] = 0;
    this.attempts[slot] = 0;
    this.tcp[slot] = 0;
    this.asked[slot] = 0;
    this.failovers[slot] = 0;
    this.partner[slot] = -1;
    this.second[slot] = 0;
    this.timer[slot] = -1;
    this.note(slot, SENT);
  }

  /** Goes on at `to` with what `from` has behind it: how far it came and what failed, but not whom it asks now. */
  inherit(to: number, from: number): void {
    this.failures[to] = this.failures[from];
    this.startedAt[to] = this.startedAt[from];
    this.explanations[to] = this.explanations[from];
    this.start[to] = this.start[from];
    this.step[to] = this.step[from];
    this.visited[to] = this.visited[from];
    this.downs[to] = this.downs[from];
    this.attempts[to] = this.attempts[from];
    this.failovers[to] = this.failovers[from];
  }

  note(slot: number, sent: Sent): Sent {
    this.sent[slot] = sent;
    return sent;
  }

  /** Ends the walk and returns its query. */
  close(slot: number): Query {
    const query = this.queries[slot] as Query;
    this.queries[slot] = null;
    return query;
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    for (let slot = this.#capacity; slot < capacity; slot++) {
      this.queries.push(null);
      this.failures.push('');
    }
    const startedAt = new Float64Array(capacity);
    startedAt.set(this.startedAt);
    this.startedAt = startedAt;
    this.explanations = grown(this.explanations, capacity);
    this.start = grown(this.start, capacity);
    this.step = grown(this.step, capacity);
    this.visited = grown(this.visited, capacity);
    this.downs = grown(this.downs, capacity);
    this.current = grown(this.current, capacity);
    this.attempts = grown(this.attempts, capacity);
    this.tcp = grown(this.tcp, capacity);
    this.sent = grown(this.sent, capacity);
    this.asked = grown(this.asked, capacity);
    this.failovers = grown(this.failovers, capacity);
    this.second = grown(this.second, capacity);
    this.partner = grownWide(this.partner, capacity);
    this.timer = grownWide(this.timer, capacity);
    this.#capacity = capacity;
  }
}

function grown(from: Uint8Array<ArrayBuffer>, capacity: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(capacity);
  to.set(from);
  return to;
}

function grownWide(from: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity);
  to.set(from);
  return to;
}
