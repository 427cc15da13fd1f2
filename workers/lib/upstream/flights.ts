// Equal questions that a rule of forward has asked in its thread and waits for: asked once, answered together. Hot.

import { HEADER_BYTES, OPCODE, TYPE } from '#wire/constants.ts';
import { foldLabel } from '#wire/hash.ts';
import type { Clock } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';

/**
 * Milliseconds for which a question that has been asked takes others along. An honest upstream needs less; when it is slower, the datagram may
 * be lost, and who comes later is better off asking for itself. Longer makes more queries depend on one, shorter means more requests
 * for the same name to an upstream in trouble, and more chances to forge one of them: see `shoal_forward_coalesced_total`.
 */
const TAKES_ALONG = 1000;
const FIRST_CAPACITY = 256;
/** A power of two, as in Exchanges. */
const BUCKETS = 4096;
const HEADER_COUNTS = 6;
/** `query.token` of a query that takes nobody along. */
const ALONE = -1;

/**
 * ```
 * hash ─► bucket ─► leader ─► leader      questions in flight, the latest first
 *                     │ follower ─► follower    queries that wait for its answer, in the order in which they came
 * ```
 * A leader has the number of its entry in `query.token`. What makes two questions equal is everything that the upstream gets to see but the
 * message id and the case of the name: records and options of the query as received, among them EDNS Client Subnet and cookies.
 */
export class Flights {
  readonly #clock: Clock;
  #capacity = FIRST_CAPACITY;
  readonly #queries: (Query | null)[] = new Array<Query | null>(FIRST_CAPACITY).fill(null);
  #hashes = new Int32Array(FIRST_CAPACITY);
  #startedAt = new Float64Array(FIRST_CAPACITY);
  /** Next leader of a bucket, next follower, or next free entry. */
  #next = new Int32Array(FIRST_CAPACITY);
  /** First and last follower of a leader. */
  #first = new Int32Array(FIRST_CAPACITY);
  #last = new Int32Array(FIRST_CAPACITY);
  readonly #buckets = new Int32Array(BUCKETS).fill(-1);
  #free = -1;
  /** Entries in use. */
  active = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#link(0);
  }

  /** True when an equal question is in flight and `query` now waits for its answer. */
  join(query: Query): boolean {
    if (!mayShare(query)) return false;
    const hash = hashOf(query);
    let leader = this.#buckets[hash & (BUCKETS - 1)];
    while (leader >= 0 && !this.#isSame(leader, query, hash)) leader = this.#next[leader];
    // The latest one stands first: if it has been under way for too long, so have all.
    if (leader < 0 || this.#clock.now - this.#startedAt[leader] > TAKES_ALONG) return false;
    const entry = this.#open(query);
    if (this.#first[leader] < 0) this.#first[leader] = entry;
    else this.#next[this.#last[leader]] = entry;
    this.#last[leader] = entry;
    return true;
  }

  #isSame(leader: number, query: Query, hash: number): boolean {
    return this.#hashes[leader] === hash && isSameRequest(this.#queries[leader] as Query, query);
  }

  /** `query` is going to be sent: from now on it takes others along, until `land`, which has to be called exactly once. */
  lead(query: Query): void {
    query.token = ALONE;
    if (!mayShare(query)) return;
    const entry = this.#open(query);
    const hash = hashOf(query);
    const bucket = hash & (BUCKETS - 1);
    this.#hashes[entry] = hash;
    this.#startedAt[entry] = this.#clock.now;
    this.#first[entry] = -1;
    this.#next[entry] = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
    query.token = entry;
  }

  #open(query: Query): number {
    if (this.#free < 0) this.#grow();
    const entry = this.#free;
    this.#free = this.#next[entry];
    this.#next[entry] = -1;
    this.#queries[entry] = query;
    this.active++;
    return entry;
  }

  /** Ends the flight of a leader. Returns its first follower for `take`, or -1. */
  land(query: Query): number {
    const entry = query.token;
    if (entry === ALONE) return -1;
    query.token = ALONE;
    const bucket = this.#hashes[entry] & (BUCKETS - 1);
    let at = this.#buckets[bucket];
    if (at === entry) this.#buckets[bucket] = this.#next[entry];
    else {
      while (this.#next[at] !== entry) at = this.#next[at];
      this.#next[at] = this.#next[entry];
    }
    const first = this.#first[entry];
    this.#close(entry);
    return first;
  }

  /** The query of a follower. */
  query(entry: number): Query {
    return this.#queries[entry] as Query;
  }

  /** The follower behind this one, or -1. */
  after(entry: number): number {
    return this.#next[entry];
  }

  /** Takes a follower off the list and returns the one behind it, or -1. */
  take(entry: number): number {
    const next = this.#next[entry];
    this.#close(entry);
    return next;
  }

  #close(entry: number): void {
    this.#queries[entry] = null;
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.active--;
  }

  /** Doubles the table. There are never more entries than queries that may wait, so it has an end. */
  #grow(): void {
    const from = this.#capacity;
    const capacity = from * 2;
    this.#hashes = grown(new Int32Array(capacity), this.#hashes);
    this.#startedAt = grown(new Float64Array(capacity), this.#startedAt);
    this.#next = grown(new Int32Array(capacity), this.#next);
    this.#first = grown(new Int32Array(capacity), this.#first);
    this.#last = grown(new Int32Array(capacity), this.#last);
    for (let i = from; i < capacity; i++) this.#queries.push(null);
    this.#capacity = capacity;
    this.#link(from);
  }

  /** Makes the entries from `from` on free. */
  #link(from: number): void {
    for (let i = this.#capacity - 1; i >= from; i--) {
      this.#next[i] = this.#free;
      this.#free = i;
    }
  }
}

function grown<T extends Float64Array | Int32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/**
 * Updates and notifications are addressed to the server. HINFO is what the probes of loop ask for: they would never come round if the second
 * sighting waited for the answer to the first.
 */
function mayShare({ opcode, type }: Query): boolean {
  return opcode === OPCODE.QUERY && type !== TYPE.HINFO && type !== TYPE.AXFR && type !== TYPE.IXFR;
}

function hashOf({ nameHash, type, klass }: Query): number {
  return foldLabel(nameHash, type | (klass << 16));
}

/** True when the upstream would get the same octets, but for the id and the case of the name, and the clients take the same. */
export function isSameRequest(a: Query, b: Query): boolean {
  if (a.type !== b.type || a.klass !== b.klass || a.flags !== b.flags || a.nameLength !== b.nameLength) return false;
  if (a.proto !== b.proto || a.limit !== b.limit || a.whole !== b.whole) return false;
  if (a.authenticUpstream !== b.authenticUpstream || a.edns !== b.edns || a.udpSize !== b.udpSize) return false;
  if (a.ednsFlags !== b.ednsFlags || a.dnssecOk !== b.dnssecOk) return false;
  const { bytes } = a;
  const records = a.length - a.questionLength;
  if (records !== b.length - b.questionLength) return false;
  for (let i = HEADER_COUNTS; i < HEADER_BYTES; i++) if (bytes[a.at + i] !== bytes[b.at + i]) return false;
  const fromA = a.at + a.questionLength;
  const fromB = b.at + b.questionLength;
  for (let i = 0; i < records; i++) if (bytes[fromA + i] !== bytes[fromB + i]) return false;
  for (let i = 0; i < a.nameLength; i++) if (bytes[a.lowerAt + i] !== bytes[b.lowerAt + i]) return false;
  return true;
}

/** Writes the answer to one query as the answer to an equal one: the same, but for the spelling of the question. Both wait. */
export function copyAnswer({ answer: from, upstream }: Query, query: Query): void {
  const { answer, bytes } = query;
  answer.failure = from.failure;
  answer.explanation = from.explanation;
  query.upstream = upstream;
  if (from.end === from.at) return;
  answer.start(query, from.rcode, from.flags);
  bytes.copyWithin(answer.questionEnd, from.questionEnd, from.end);
  bytes.copyWithin(answer.optionsAt, from.optionsAt, from.optionsAt + from.ownOptionsLength);
  answer.end = answer.at + (from.end - from.at);
  answer.limitEnd = answer.at + (from.limitEnd - from.at);
  answer.answers = from.answers;
  answer.authorities = from.authorities;
  answer.additionals = from.additionals;
  answer.section = from.section;
  answer.truncated = from.truncated;
  answer.plainSize = from.plainSize;
  answer.leastTtl = from.leastTtl;
  answer.mostTtl = from.mostTtl;
  answer.local = from.local;
  answer.relayed = from.relayed;
  answer.ownOpt = from.ownOpt;
  answer.ownOptionsLength = from.ownOptionsLength;
  answer.ownOptDo = from.ownOptDo;
}
