// What the cache asks after a miss in its own tables and tells about new answers: the contract with redis_cache. Types only; hot.

import type { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import type { Query } from '../../query/query.ts';

/** Which of the two tables an answer belongs to. */
export const SHARE = { SUCCESS: 1, DENIAL: 2 } as const;
export type Share = (typeof SHARE)[keyof typeof SHARE];

/**
 * A store of answers behind the shared table, found by the cache of the same chain as `Handler.secondLevel`. It belongs to one chain of one
 * thread. Answers of plugins with data of their own, server failures and answers to other opcodes than QUERY never come here.
 */
export interface SecondLevel {
  /**
   * Begins to look for the answer to `query`. False: not now (not its zones, circuit open, too much in flight), and nothing follows.
   * True: the query waits, and the taker is told, *never from within this call* and within a turn:
   *
   * - either `found` or `missed`, once, and nothing afterwards;
   * - before that `late`, once at most, when the time is up that a client may wait for this store alone: the upstreams are asked then, too,
   *   and what comes first counts.
   *
   * Whoever implements it keeps the time: the thread's deadlines are too coarse for a few milliseconds. `query` and `key` (and the octets
   * behind them) may be read during the call only: take what is needed. `ticket` is a small integer that names the query afterwards.
   */
  ask(query: Query, key: AnswerKey, ticket: number, taker: SecondLevelTaker): boolean;
  /**
   * The table has got a new answer from elsewhere (not one of `found`): `entry.bodyLength` octets at `bytes[at…]` stand behind the question,
   * TTLs at `entry.ttlOffsets`, good for `entry.ttl` seconds from now on. All of it may be read during the call only. Must not wait.
   */
  put(query: Query, share: Share, key: AnswerKey, entry: AnswerEntry, bytes: Uint8Array, at: number): void;
}

export interface SecondLevelTaker {
  /**
   * The answer: as `put` had it, for the same key, authenticated and checked; `entry.ttl` is what is left of its time (seconds, 1 at least).
   * What `ttlOffsets` point to may be anything. Everything is copied during the call.
   */
  found(ticket: number, share: Share, entry: AnswerEntry, bytes: Uint8Array, at: number): void;
  /** There is none, or something went wrong. */
  missed(ticket: number): void;
  late(ticket: number): void;
}
