// What a source has been through, a row a kind, as plain data: the watcher makes metrics of it. Cold.

import type { Kind } from '../objects/object.ts';

/** Why everything of a kind was asked for. */
export const LIST_REASONS = ['start', 'expired', 'audit', 'broken'] as const;
/**
 * `start`: nothing was known. `expired`: the server has forgotten what came after the last known state (410). `audit`: an audit found a
 * difference. `broken`: the watch could not be read at the same place again and again.
 */
export type ListReason = (typeof LIST_REASONS)[number];

/** Times in milliseconds since 1970, 0 for never; the rest are totals since the source was started. */
export interface KindStats {
  readonly kind: Kind;
  /** A watch is in force. */
  watching: boolean;
  /** Everything has been told once. */
  synced: boolean;
  lastEvent: number;
  lastBookmark: number;
  /** When the server was last heard of: an event, a bookmark or a list. */
  lastHeard: number;
  /** Lists that were begun. */
  readonly lists: Record<ListReason, number>;
  /** Lists that came as a stream of initial events. */
  streamedLists: number;
  /** Watches that were begun after the first one. */
  watchRestarts: number;
  /** Requests that failed, refused connections included. */
  failures: number;
  /** Watches that were taken for dead because nothing came. */
  stalls: number;
  audits: number;
  /** Audits that found a difference. */
  findings: number;
  /** Objects that could not be read. */
  decodeErrors: number;
  events: number;
}

export function newStats(kind: Kind): KindStats {
  return {
    kind,
    watching: false,
    synced: false,
    lastEvent: 0,
    lastBookmark: 0,
    lastHeard: 0,
    lists: { start: 0, expired: 0, audit: 0, broken: 0 },
    streamedLists: 0,
    watchRestarts: 0,
    failures: 0,
    stalls: 0,
    audits: 0,
    findings: 0,
    decodeErrors: 0,
    events: 0,
  };
}
