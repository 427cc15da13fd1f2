// From those behind the cache into the tables: answers are judged, given their TTL, stored, and cut for the client (behaviour D cache). Hot.

import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { EVICTED, REFUSED } from '#answers/table.ts';
import type { Counters } from '#memory/counters.ts';
import { FLAG, RCODE } from '#wire/constants.ts';
import type { Clock, Host } from '../../chain/handler.ts';
import { WRITTEN } from '../../chain/outcome.ts';
import type { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import { hitFlags, wantsAuthentic } from './hits.ts';
import { readKey } from './key.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions } from './options.ts';
import { AnswerRecords } from './records.ts';
import { type SecondLevel, SHARE, type Share as ShareName } from './second-level.ts';
import { isIn, type Share, type Shares, setOf } from './share.ts';
import { NOWHERE, SUCCESS, Verdict } from './verdict.ts';

/** Header bits that are stored beside the rcode. */
const STORED_FLAGS = FLAG.RA | FLAG.AD;
const MILLIS = 1000;
/** Seconds for which what failed is not tried again in the background: the least that RFC 9520 §3.2 allows. */
const LEAST_RECHECK = 1;

/** One a handler. */
export class Keeper {
  /** A store that hears of every new answer. */
  secondLevel: SecondLevel | null = null;
  /** Of the answer that was taken last: it answers the question, with records. */
  positive = false;
  /** It is in a table now. */
  stored = false;
  readonly #shares: Shares;
  /** Zones whose names are neither looked up nor stored; null: none. */
  readonly #local: ZoneSet | null;
  /** Seconds: what lies between both is a TTL that stays as it is, for successes and denials. */
  readonly #floor: number;
  readonly #ceiling: number;
  readonly #preferPositive: boolean;
  readonly #recheck: number;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #drops: number;
  readonly #verdict: Verdict;
  readonly #key = new AnswerKey();
  readonly #entry = new AnswerEntry();
  readonly #former = new AnswerEntry();
  readonly #records = new AnswerRecords();

  constructor(shares: Shares, options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    this.#shares = shares;
    this.#local = setOf(options.localZones, host.seed);
    this.#floor = Math.max(options.success.minTtl, options.denial.minTtl);
    this.#ceiling = Math.min(options.success.maxTtl, options.denial.maxTtl);
    this.#preferPositive = options.serveStale.preferPositive;
    this.#recheck = options.serveStale.recheck;
    this.#counters = host.counters;
    this.#clock = host.clock;
    this.#drops = slots.drops;
    this.#verdict = new Verdict(options);
  }

  /**
   * Stores the answer and gives it its TTL. True when it says something about the name: a complete answer, or that there is none.
   * `refreshed`: it takes the place of one that is there and was asked for; a failure takes nobody's place then.
   */
  take(query: Query, answer: Answer, refreshed: boolean): boolean {
    this.positive = false;
    this.stored = false;
    if (answer.outcome !== WRITTEN || answer.end === answer.at) return false;
    if (answer.local && this.leavesTtl(answer)) return isGood(answer);
    if (!this.#records.read(answer, this.#entry)) return false;
    const verdict = this.#verdict;
    verdict.judge(query, answer, this.#records);
    this.positive = verdict.table === SUCCESS && answer.answers > 0;
    if (verdict.table !== NOWHERE && !answer.local && !(refreshed && verdict.failure))
      this.#keep(query, answer, refreshed);
    this.#records.write(answer, this.#entry, verdict.ttl);
    return isGood(answer);
  }

  /** True when all records of a plugin's own answer have one TTL that neither table would change. */
  leavesTtl({ leastTtl, mostTtl }: Answer): boolean {
    return leastTtl === mostTtl && leastTtl >= this.#floor && leastTtl <= this.#ceiling;
  }

  #keep(query: Query, answer: Answer, refreshed: boolean): void {
    const { success, denial } = this.#shares;
    const share = this.#verdict.table === SUCCESS ? success : denial;
    if (isIn(share.except, query) || isIn(this.#local, query)) return;
    readKey(this.#key, query);
    if (share === success && !this.positive && this.#hidesPositive()) return;
    const entry = this.#entry;
    entry.bodyLength = answer.end - answer.questionEnd;
    entry.flags = (answer.flags & STORED_FLAGS) | answer.rcode;
    entry.answers = answer.answers;
    entry.authorities = answer.authorities;
    entry.additionals = answer.additionals;
    entry.ttl = this.#verdict.ttl;
    entry.plainSize = answer.plainSize;
    this.#store(share, answer, refreshed);
    if (this.secondLevel !== null && !this.#verdict.failure)
      this.secondLevel.put(query, share.name, this.#key, entry, answer.bytes, answer.questionEnd);
  }

  /** `prefer_positive`: an answer without records does not take the place of one with records that may still be given. */
  #hidesPositive(): boolean {
    if (!this.#preferPositive) return false;
    const { seconds } = this.#clock;
    const { table } = this.#shares.success;
    return table.find(this.#key, this.#former, seconds, 0, this.#key.bytes, 0, 0) && this.#former.answers > 0;
  }

  /** Of a success and a denial of the same question only the later one is true; of a failure neither is known to be wrong. */
  #store(share: Share, answer: Answer, refreshed: boolean): void {
    const { success, denial } = this.#shares;
    const { seconds, now } = this.#clock;
    const millis = (now - seconds * MILLIS) | 0;
    const { questionEnd } = answer;
    const key = this.#key;
    const result = share.table.store(key, this.#entry, seconds, millis, answer.bytes, questionEnd, refreshed);
    if (result === REFUSED) {
      this.#counters.add(this.#drops);
      return;
    }
    this.stored = true;
    if (result === EVICTED) this.#counters.add(share.evictions);
    if (share === success) denial.table.remove(key);
    else if (!this.#verdict.failure && !this.#preferPositive) success.table.remove(key);
  }

  /**
   * Writes and stores what the second level has found for a query that waits: `entry` without offsets, its body at `bytes[at…]`. False when
   * it is malformed; the answer is good for nothing then.
   */
  fill(query: Query, name: ShareName, entry: AnswerEntry, bytes: Uint8Array, at: number): boolean {
    const { answer } = query;
    const { bodyLength } = entry;
    answer.start(query, entry.flags & FLAG.RCODE, entry.flags & STORED_FLAGS);
    for (let i = 0; i < bodyLength; i++) answer.bytes[answer.end + i] = bytes[at + i];
    answer.end += bodyLength;
    answer.answers = entry.answers;
    answer.authorities = entry.authorities;
    answer.additionals = entry.additionals;
    answer.plainSize = entry.plainSize;
    const own = this.#entry;
    if (entry.ttl <= 0 || !this.#records.read(answer, own)) return false;
    own.bodyLength = bodyLength;
    own.flags = entry.flags;
    own.answers = entry.answers;
    own.authorities = entry.authorities;
    own.additionals = entry.additionals;
    own.ttl = entry.ttl;
    own.plainSize = entry.plainSize;
    readKey(this.#key, query);
    this.#verdict.failure = false;
    this.#store(name === SHARE.SUCCESS ? this.#shares.success : this.#shares.denial, answer, false);
    this.#records.write(answer, own, entry.ttl);
    answer.flags = hitFlags(query, entry.flags);
    this.fit(query, answer);
    return true;
  }

  /** A refresh has brought nothing: the next one has to wait for a while. */
  failed(query: Query): void {
    const { seconds, now } = this.#clock;
    this.#settle(query, this.#recheck === 0 ? seconds + LEAST_RECHECK : Math.ceil((now + this.#recheck) / MILLIS));
  }

  /** A refresh that was claimed does not take place: somebody else may try. */
  abandon(query: Query): void {
    this.#settle(query, 0);
  }

  #settle(query: Query, until: number): void {
    readKey(this.#key, query);
    this.#shares.success.table.settle(this.#key, until);
    this.#shares.denial.table.settle(this.#key, until);
  }

  /** Gives the client what it can take: its own OPT, its own AD, no more octets than it said. */
  fit(query: Query, answer: Answer): void {
    if (!wantsAuthentic(query)) answer.flags &= ~FLAG.AD;
    answer.ownOpt = 0;
    answer.ownOptionsLength = 0;
    answer.ownOptDo = 0;
    answer.limitEnd = answer.at + query.limit - answer.optSize(query);
    if (answer.end > answer.limitEnd) this.#records.cut(answer, Math.max(answer.questionEnd, answer.limitEnd));
  }

  /** Gives `query` the answer that was taken for `sub`, a question of the same name in the same spelling. */
  pass(query: Query, sub: Query): void {
    const { answer } = query;
    const from = sub.answer;
    answer.start(query, from.rcode, from.flags);
    const room = Math.max(0, answer.limitEnd - answer.questionEnd);
    if (from.end - from.questionEnd > room) this.#records.cut(from, from.questionEnd + room);
    answer.bytes.copyWithin(answer.questionEnd, from.questionEnd, from.end);
    answer.end = answer.questionEnd + (from.end - from.questionEnd);
    answer.answers = from.answers;
    answer.authorities = from.authorities;
    answer.additionals = from.additionals;
    answer.plainSize = from.plainSize;
    answer.relayed = from.relayed;
    answer.local = from.local;
    answer.truncated = from.truncated;
    if (!wantsAuthentic(query)) answer.flags &= ~FLAG.AD;
  }
}

/** Complete, and about the name: what may take the place of an answer that has expired. */
function isGood(answer: Answer): boolean {
  return !answer.truncated && (answer.rcode === RCODE.NOERROR || answer.rcode === RCODE.NXDOMAIN);
}
