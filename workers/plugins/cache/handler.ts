// cache: answers from the tables that all threads share, and puts into them what comes back from behind (behaviour D cache). Hot.

import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { type AnswerTable, EVICTED, REFUSED } from '#answers/table.ts';
import type { Counters } from '#memory/counters.ts';
import { FLAG, HEADER_BYTES, OPCODE, OPT_BYTES, TYPE } from '#wire/constants.ts';
import type { BlockScope, Clock, Handler, Host } from '../../chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '../../chain/outcome.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { readKey } from './key.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions, ShareOptions } from './options.ts';
import { AnswerRecords, writeTtls } from './records.ts';
import { DENIAL, NOWHERE, SUCCESS, Verdict } from './verdict.ts';

/** TYPE and CLASS behind the name of a question. */
const QUESTION_FIXED = 4;
/** Header bits that are stored beside the rcode. */
const STORED_FLAGS = FLAG.RA | FLAG.AD;
const MILLIS = 1000;

/** Null for no zones at all, which is the usual case and need not be looked up. */
function setOf(zones: readonly string[], seed: number): ZoneSet | null {
  return zones.length === 0 ? null : new ZoneSet(zones, seed);
}

function isIn(zones: ZoneSet | null, query: Query): boolean {
  return zones !== null && zones.match(query) >= 0;
}

/** One of the two tables with what belongs to it. */
class Share {
  readonly table: AnswerTable;
  /** Null: nothing is excepted. */
  readonly except: ZoneSet | null;
  readonly hits: number;
  readonly evictions: number;

  constructor(table: AnswerTable, options: ShareOptions, seed: number, hits: number, evictions: number) {
    this.table = table;
    this.except = setOf(options.except, seed);
    this.hits = hits;
    this.evictions = evictions;
  }
}

export class CacheHandler implements Handler {
  /** Null: the root and so everything. */
  readonly #zones: ZoneSet | null;
  /** Null: nothing. */
  readonly #local: ZoneSet | null;
  readonly #success: Share;
  readonly #denial: Share;
  /** Seconds: what lies between both is a TTL that stays as it is, for successes and denials. */
  readonly #floor: number;
  readonly #ceiling: number;
  readonly #keepTtl: boolean;
  readonly #slots: CacheSlots;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #verdict: Verdict;
  readonly #key = new AnswerKey();
  readonly #entry = new AnswerEntry();
  readonly #records = new AnswerRecords();

  constructor(options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    const { answers, seed } = host;
    const share = (name: 'success' | 'denial') =>
      new Share(answers.table(options.tables[name]), options[name], seed, slots.hits[name], slots.evictions[name]);
    this.#zones = options.zones.includes('.') ? null : new ZoneSet(options.zones, seed);
    this.#local = setOf(options.localZones, seed);
    this.#success = share('success');
    this.#denial = share('denial');
    this.#floor = Math.max(options.success.minTtl, options.denial.minTtl);
    this.#ceiling = Math.min(options.success.maxTtl, options.denial.maxTtl);
    this.#keepTtl = options.keepTtl;
    this.#slots = slots;
    this.#counters = host.counters;
    this.#clock = host.clock;
    this.#verdict = new Verdict(options);
  }

  serve(query: Query, answer: Answer): Outcome {
    if (this.#zones !== null && this.#zones.match(query) < 0) return NEXT;
    this.#counters.add(this.#slots.requests);
    if (isIn(this.#local, query)) return NEXT;
    if (query.opcode === OPCODE.QUERY) {
      readKey(this.#key, query);
      // What is good comes first, so that a failure never hides it.
      if (this.#answerFrom(this.#success, query, answer) || this.#answerFrom(this.#denial, query, answer))
        return WRITTEN;
    }
    query.authenticUpstream = 1;
    return NEXT;
  }

  /** Looks up in one table, and writes the answer straight to where it will be sent from. */
  #answerFrom(share: Share, query: Query, answer: Answer): boolean {
    if (isIn(share.except, query)) return false;
    const entry = this.#entry;
    const { seconds, now } = this.#clock;
    const question = HEADER_BYTES + query.nameLength + QUESTION_FIXED;
    const opt = query.edns === 0 ? 0 : OPT_BYTES + query.echoLength;
    const room = Math.max(0, query.limit - opt - question);
    const millis = (now - seconds * MILLIS) | 0;
    if (!share.table.find(this.#key, entry, seconds, millis, query.bytes, answer.at + question, room)) return false;
    this.#counters.add(share.hits);
    answer.start(query, entry.flags & FLAG.RCODE, hitFlags(query, entry.flags));
    answer.end = answer.questionEnd + Math.min(entry.bodyLength, room);
    answer.answers = entry.answers;
    answer.authorities = entry.authorities;
    answer.additionals = entry.additionals;
    answer.plainSize = entry.plainSize;
    if (entry.bodyLength > room) this.#records.cut(answer, answer.end);
    writeTtls(answer, entry, answer.records, this.#keepTtl ? entry.ttl : entry.remaining);
    return true;
  }

  finish(query: Query, answer: Answer): void {
    if (this.#zones !== null && this.#zones.match(query) < 0) return;
    if (!answer.local) this.#counters.add(this.#slots.misses);
    if (answer.outcome !== WRITTEN || (answer.local && this.#leavesTtl(answer))) return;
    // The last message of a zone transfer: its records are those of the zone, whatever their TTLs (RFC 5936 §2.2).
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return;
    const verdict = this.#verdict;
    if (this.#records.read(answer, this.#entry)) {
      verdict.judge(query, answer, this.#records);
      if (verdict.table !== NOWHERE && !answer.local) this.#keep(query, answer);
      this.#records.write(answer, this.#entry, verdict.ttl);
    }
    if (!wantsAuthentic(query)) answer.flags &= ~FLAG.AD;
    if (answer.ownOpt === 1) this.#dropOpt(query, answer);
  }

  /** True when all records of a plugin's own answer have one TTL that neither table would change. */
  #leavesTtl({ leastTtl, mostTtl }: Answer): boolean {
    return leastTtl === mostTtl && leastTtl >= this.#floor && leastTtl <= this.#ceiling;
  }

  #keep(query: Query, answer: Answer): void {
    const share = this.#verdict.table === SUCCESS ? this.#success : this.#denial;
    if (isIn(share.except, query) || isIn(this.#local, query)) return;
    const key = this.#key;
    readKey(key, query);
    const result = this.#store(share, answer);
    if (result === REFUSED) this.#counters.add(this.#slots.drops);
    else if (result === EVICTED) this.#counters.add(share.evictions);
    // Of a success and a denial of the same question only the later one is true; of a failure neither is known to be wrong.
    if (result !== REFUSED && !this.#verdict.failure)
      (this.#verdict.table === DENIAL ? this.#success : this.#denial).table.remove(key);
  }

  #store(share: Share, answer: Answer): number {
    const entry = this.#entry;
    const { seconds, now } = this.#clock;
    entry.bodyLength = answer.end - answer.questionEnd;
    entry.flags = (answer.flags & STORED_FLAGS) | answer.rcode;
    entry.answers = answer.answers;
    entry.authorities = answer.authorities;
    entry.additionals = answer.additionals;
    entry.ttl = this.#verdict.ttl;
    entry.plainSize = answer.plainSize;
    const millis = (now - seconds * MILLIS) | 0;
    return share.table.store(this.#key, entry, seconds, millis, answer.bytes, answer.questionEnd);
  }

  /** The upstream's OPT stays behind; the client's own may need more room. */
  #dropOpt(query: Query, answer: Answer): void {
    answer.ownOpt = 0;
    answer.ownOptionsLength = 0;
    answer.ownOptDo = 0;
    answer.limitEnd = answer.at + query.limit - answer.optSize(query);
    if (answer.end > answer.limitEnd) this.#records.cut(answer, Math.max(answer.questionEnd, answer.limitEnd));
  }
}

/** Every hit is marked as authoritative, as the reference has it; AD goes to those who understand it (RFC 6840 §5.8). */
function hitFlags(query: Query, stored: number): number {
  return FLAG.AA | (stored & (wantsAuthentic(query) ? FLAG.RA | FLAG.AD : FLAG.RA));
}

function wantsAuthentic(query: Query): boolean {
  return query.dnssecOk === 1 || (query.flags & FLAG.AD) !== 0;
}

export function build(
  { options, slots }: PluginPlan<PlannedCacheOptions, CacheSlots>,
  host: Host,
  _scope: BlockScope,
): CacheHandler {
  return new CacheHandler(options, slots, host);
}
