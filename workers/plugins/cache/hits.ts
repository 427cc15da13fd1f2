// From the tables to the client: which of the answers there are is given, and how it looks then (behaviour D cache). Hot.

import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import type { Counters } from '#memory/counters.ts';
import { FLAG, HEADER_BYTES, OPT_BYTES, RCODE } from '#wire/constants.ts';
import type { Clock, Host } from '../../chain/handler.ts';
import type { Answer } from '../../query/answer.ts';
import { explain } from '../../query/edns.ts';
import type { Query } from '../../query/query.ts';
import { readKey } from './key.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions } from './options.ts';
import { AnswerRecords, writeTtls } from './records.ts';
import { isIn, type Share, type Shares } from './share.ts';

/** What `select` found: nothing, an answer that is good, one that has expired. */
export const NONE = 0;
export const FRESH = 1;
export const STALE = 2;
export type Found = typeof NONE | typeof FRESH | typeof STALE;

/** TYPE and CLASS behind the name of a question. */
const QUESTION_FIXED = 4;
const MILLIS = 1000;
/** INFO-CODEs of RFC 8914 §4. */
const STALE_ANSWER = 3;
const CACHED_ERROR = 13;
const STALE_NXDOMAIN = 19;

/** One a handler. What `select` found is kept in its fields until it is called again. */
export class Hits {
  /** The question that was looked up. */
  readonly key = new AnswerKey();
  /** What was found, and in which table. */
  readonly entry = new AnswerEntry();
  share: Share;
  /** Octets that the client takes behind the question, besides its OPT. */
  #room = 0;
  readonly #shares: Shares;
  readonly #records = new AnswerRecords();
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #servedStale: number;
  readonly #keepTtl: boolean;
  readonly #staleTtl: number;
  readonly #preferPositive: boolean;

  constructor(shares: Shares, options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    this.share = shares.success;
    this.#shares = shares;
    this.#clock = host.clock;
    this.#counters = host.counters;
    this.#servedStale = slots.servedStale;
    this.#keepTtl = options.keepTtl;
    this.#staleTtl = options.serveStale.responseTtl / MILLIS;
    this.#preferPositive = options.serveStale.preferPositive;
  }

  /**
   * Looks for an answer to the query; the body of what is found stands where the answer will be sent from, for `write`. What is good comes
   * before what has expired, an answer before a failure (which is never given when it has expired), and with `prefer_positive` an answer,
   * expired or not, before everything else.
   */
  select(query: Query, answer: Answer): Found {
    const { success, denial } = this.#shares;
    const { entry } = this;
    readKey(this.key, query);
    if (!this.#find(success, query, answer)) {
      if (!this.#find(denial, query, answer)) return NONE;
      if (entry.remaining > 0) return FRESH;
      return isFailure(entry.flags) ? NONE : STALE;
    }
    if (entry.remaining > 0) return FRESH;
    if (this.#preferPositive && entry.answers > 0) return STALE;
    if (this.#find(denial, query, answer) && entry.remaining > 0 && !isFailure(entry.flags)) return FRESH;
    return this.#find(success, query, answer) ? STALE : NONE;
  }

  #find(share: Share, query: Query, answer: Answer): boolean {
    if (isIn(share.except, query)) return false;
    this.share = share;
    const { seconds, now } = this.#clock;
    const question = HEADER_BYTES + query.nameLength + QUESTION_FIXED;
    const opt = query.edns === 0 ? 0 : OPT_BYTES + query.echoLength;
    const room = query.limit - opt - question;
    this.#room = room < 0 ? 0 : room;
    const millis = (now - seconds * MILLIS) | 0;
    const { key, entry } = this;
    return share.table.find(key, entry, seconds, millis, query.bytes, answer.at + question, this.#room);
  }

  /** True when what `select` found does not fit the client: whoever asks for it by datagrams of the same size gets only a part again. */
  get exceeds(): boolean {
    return this.entry.bodyLength > this.#room;
  }

  /** Makes what `select` found the answer to the query. */
  write(query: Query, answer: Answer, found: Found): void {
    const { entry } = this;
    answer.start(query, entry.flags & FLAG.RCODE, hitFlags(query, entry.flags));
    const { bodyLength } = entry;
    let room = this.#room;
    answer.end = answer.questionEnd + (bodyLength < room ? bodyLength : room);
    answer.answers = entry.answers;
    answer.authorities = entry.authorities;
    answer.additionals = entry.additionals;
    answer.plainSize = entry.plainSize;
    if (found === STALE || isFailure(entry.flags)) {
      this.#explain(query, answer, found);
      room = Math.max(0, answer.limitEnd - answer.questionEnd);
    }
    if (bodyLength > room) this.#records.cut(answer, answer.questionEnd + room);
    writeTtls(answer, entry, answer.records, this.#ttl(found));
  }

  #ttl(found: Found): number {
    if (found === STALE) return this.#staleTtl;
    return this.#keepTtl ? this.entry.ttl : this.entry.remaining;
  }

  #explain(query: Query, answer: Answer, found: Found): void {
    if (found === FRESH) {
      explain(query, answer, CACHED_ERROR);
      return;
    }
    this.#counters.add(this.#servedStale);
    explain(query, answer, answer.rcode === RCODE.NXDOMAIN ? STALE_NXDOMAIN : STALE_ANSWER);
  }
}

function isFailure(flags: number): boolean {
  const rcode = flags & FLAG.RCODE;
  return rcode === RCODE.SERVFAIL || rcode === RCODE.NOTIMP;
}

/** Every hit is marked as authoritative, as the reference has it; AD goes to those who understand it (RFC 6840 §5.8). */
export function hitFlags(query: Query, stored: number): number {
  return FLAG.AA | (stored & (wantsAuthentic(query) ? FLAG.RA | FLAG.AD : FLAG.RA));
}

export function wantsAuthentic(query: Query): boolean {
  return query.dnssecOk === 1 || (query.flags & FLAG.AD) !== 0;
}
