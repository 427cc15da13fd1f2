// What cache counts (behaviour E): names, labels and slots. Read by the primary; the slots go to handler.ts. Cold.

import type { Metric, MetricScope, PluginMetrics, SlotAllocator } from '#plugins/metrics.ts';
import type { CacheOptions } from './options.ts';

const PLACE = ['server', 'zones', 'view'];
const PLACE_AND_TYPE = ['server', 'type', 'zones', 'view'];

/** Set by the primary, which walks the tables at a scrape. */
export const ENTRIES: Metric = {
  name: 'coredns_cache_entries',
  help: 'Answers in the cache that are still good.',
  type: 'gauge',
  labels: PLACE_AND_TYPE,
};
export const REQUESTS: Metric = {
  name: 'coredns_cache_requests_total',
  help: 'Queries that came to the cache.',
  type: 'counter',
  labels: PLACE,
};
export const HITS: Metric = {
  name: 'coredns_cache_hits_total',
  help: 'Queries answered from the cache.',
  type: 'counter',
  labels: PLACE_AND_TYPE,
};
export const MISSES: Metric = {
  name: 'coredns_cache_misses_total',
  help: 'Queries that the cache could not answer; those that a plugin answered from its own data do not count.',
  type: 'counter',
  labels: PLACE,
};
export const EVICTIONS: Metric = {
  name: 'coredns_cache_evictions_total',
  help: 'Answers that gave way to others while they were still good.',
  type: 'counter',
  labels: PLACE_AND_TYPE,
};
export const DROPS: Metric = {
  name: 'coredns_cache_drops_total',
  help: 'Answers that would have been stored, but were too large.',
  type: 'counter',
  labels: PLACE,
};

export const PREFETCH: Metric = {
  name: 'coredns_cache_prefetch_total',
  help: 'Answers that were asked for again before they expired.',
  type: 'counter',
  labels: PLACE,
};
export const SERVED_STALE: Metric = {
  name: 'coredns_cache_served_stale_total',
  help: 'Queries answered with what had expired.',
  type: 'counter',
  labels: PLACE,
};
export const REFRESH_FAILURES: Metric = {
  name: 'shoal_cache_refresh_failures_total',
  help: 'Refreshes and checks of expired answers that brought nothing to take their place.',
  type: 'counter',
  labels: PLACE,
};
export const REFRESH_REJECTS: Metric = {
  name: 'shoal_cache_refresh_rejects_total',
  help: 'Refreshes and checks that did not take place because too many were under way.',
  type: 'counter',
  labels: PLACE,
};
export const WAITS: Metric = {
  name: 'shoal_cache_waits_total',
  help: 'Queries that waited for the answer that another thread was asking for.',
  type: 'counter',
  labels: PLACE,
};

/** One number for each of the two tables. */
export interface ShareSlots {
  readonly success: number;
  readonly denial: number;
}

export interface CacheSlots {
  readonly entries: ShareSlots;
  readonly requests: number;
  readonly hits: ShareSlots;
  readonly misses: number;
  readonly evictions: ShareSlots;
  readonly drops: number;
  readonly prefetch: number;
  readonly servedStale: number;
  readonly refreshFailures: number;
  readonly refreshRejects: number;
  readonly waits: number;
}

export const metrics: PluginMetrics<CacheOptions, CacheSlots> = {
  table: [
    ENTRIES,
    REQUESTS,
    HITS,
    MISSES,
    EVICTIONS,
    DROPS,
    PREFETCH,
    SERVED_STALE,
    REFRESH_FAILURES,
    REFRESH_REJECTS,
    WAITS,
  ],
  slots(allocator: SlotAllocator, { server, view }: MetricScope, { zones }: CacheOptions): CacheSlots {
    const place = { server, zones: zones.join(','), view };
    const shares = (metric: Metric): ShareSlots => ({
      success: allocator.slot(metric, { ...place, type: 'success' }),
      denial: allocator.slot(metric, { ...place, type: 'denial' }),
    });
    return {
      entries: shares(ENTRIES),
      requests: allocator.slot(REQUESTS, place),
      hits: shares(HITS),
      misses: allocator.slot(MISSES, place),
      evictions: shares(EVICTIONS),
      drops: allocator.slot(DROPS, place),
      prefetch: allocator.slot(PREFETCH, place),
      servedStale: allocator.slot(SERVED_STALE, place),
      refreshFailures: allocator.slot(REFRESH_FAILURES, place),
      refreshRejects: allocator.slot(REFRESH_REJECTS, place),
      waits: allocator.slot(WAITS, place),
    };
  },
};
