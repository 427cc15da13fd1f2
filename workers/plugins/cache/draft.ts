// Options of a cache directive while it is being read, and their defaults (behaviour D cache). Cold: set-up only.

import type { PrefetchOptions, ShareOptions, StaleOptions } from './options.ts';

const DEFAULT_CAPACITY = 10_000;
/** The reference has 256 shards of at least four answers each. */
const SHARDS = 256;
const SMALLEST_SHARD = 4;

export interface Draft {
  zones: string[];
  success: ShareDraft;
  denial: ShareDraft;
  servfail: number;
  keepTtl: boolean;
  prefetch: PrefetchOptions;
  serveStale: StaleOptions;
}
export type ShareDraft = { -readonly [Key in keyof ShareOptions]: ShareOptions[Key] };

export function emptyDraft(): Draft {
  const share = { capacity: shards(DEFAULT_CAPACITY), minTtl: 5, except: [] };
  return {
    zones: [],
    success: { ...share, maxTtl: 3600 },
    denial: { ...share, maxTtl: 1800 },
    servfail: 5,
    keepTtl: false,
    prefetch: { amount: 0, duration: 60_000, percentage: 10 },
    serveStale: { upTo: 0, mode: 'immediate', timeout: 0, responseTtl: 0, recheck: 0, preferPositive: false },
  };
}

/** What the reference makes of a capacity. */
export function shards(capacity: number): number {
  return SHARDS * Math.max(SMALLEST_SHARD, Math.floor(capacity / SHARDS));
}
