// What is to be done with an answer that comes back through the cache: where it is stored and for how long (behaviour D cache). Hot.

import { OPCODE } from '#wire/constants.ts';
import { ANSWER_CLASS, type AnswerClass, classify } from '../../lib/classify.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import type { CacheOptions, ShareOptions } from './options.ts';
import { reaches } from './reach.ts';
import type { AnswerRecords } from './records.ts';

/** Which table an answer belongs to. */
export const NOWHERE = 0;
export const SUCCESS = 1;
export const DENIAL = 2;

/** Seconds for what has no TTL of its own: delegations, answers without records, errors. */
const BASE_TTL = 5;
/** Longest TTL that is kept: 34 years, so that times stay small integers. */
const MAX_TTL = 0x3fffffff;

/** One a handler: `judge` fills the fields. */
export class Verdict {
  /** SUCCESS, DENIAL, or NOWHERE: not to be stored. */
  table: number = NOWHERE;
  /** True for an answer that says that a server failed: it must not displace a good one. */
  failure = false;
  /** Seconds, for all records of the message, stored or not. */
  ttl = 0;
  readonly #success: ShareOptions;
  readonly #denial: ShareOptions;
  readonly #servfail: number;

  constructor(options: CacheOptions) {
    this.#success = options.success;
    this.#denial = options.denial;
    this.#servfail = options.servfail;
  }

  /** `records` has been read from the answer. */
  judge(query: Query, answer: Answer, records: AnswerRecords): void {
    const found = classify(query, answer);
    this.failure = false;
    this.#judge(found, query, answer, records);
    // A dynamic update or a notification has no answer that could be given to another question (RFC 1996, 2136).
    if (answer.truncated || this.ttl <= 0 || query.opcode !== OPCODE.QUERY) this.table = NOWHERE;
  }

  #judge(found: AnswerClass, query: Query, answer: Answer, records: AnswerRecords): void {
    const least = answer.records === 0 ? BASE_TTL : records.leastTtl;
    switch (found) {
      case ANSWER_CLASS.NO_ERROR:
        this.#judgeAnswer(query, answer, records, least);
        break;
      case ANSWER_CLASS.DELEGATION:
        this.#set(SUCCESS, clamp(BASE_TTL, this.#success));
        break;
      case ANSWER_CLASS.NO_DATA:
        this.#set(DENIAL, clamp(least, this.#denial));
        break;
      case ANSWER_CLASS.NAME_ERROR:
        // Without a SOA nobody says for how long the name does not exist (RFC 2308 §5).
        this.#set(records.hasSoa ? DENIAL : NOWHERE, clamp(least, this.#denial));
        break;
      case ANSWER_CLASS.SERVER_ERROR:
        this.failure = true;
        this.#set(DENIAL, this.#servfail);
        break;
      default:
        this.#set(NOWHERE, clamp(BASE_TTL, this.#success));
    }
  }

  /** A chain of CNAMEs that ends without an answer is a denial if it has a SOA, and otherwise of no use to anybody else. */
  #judgeAnswer(query: Query, answer: Answer, records: AnswerRecords, least: number): void {
    // What a plugin made of its own data is not stored, so there is no need to look into it.
    if (answer.answers === 0 || answer.local || reaches(query, answer)) this.#set(SUCCESS, clamp(least, this.#success));
    else if (records.hasSoa) this.#set(DENIAL, clamp(least, this.#denial));
    else this.#set(NOWHERE, clamp(least, this.#success));
  }

  #set(table: number, ttl: number): void {
    this.table = table;
    this.ttl = ttl;
  }
}

/** Between the least and the greatest TTL; where they cross, the greatest counts. */
function clamp(ttl: number, { minTtl, maxTtl }: ShareOptions): number {
  return Math.min(Math.max(ttl, minTtl), maxTtl, MAX_TTL);
}
