// What redis_cache counts: names of CoreDNS's external plugin where it has them. Read by the primary; the slots go to handler.ts. Cold.

import type { Metric, MetricScope, PluginMetrics, SlotAllocator } from '#plugins/metrics.ts';
import type { RedisCacheOptions } from './options.ts';

const SERVER = ['server'];
/** Seconds: from a local Redis to one that is given up. */
export const READ_BUCKETS: readonly number[] = [0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1, 0.5];
/** By the numbers of shared-cache/redis/breaker.ts. */
export const STATES = ['closed', 'open', 'half_open'] as const;

function counter(name: string, help: string, labels: readonly string[] = SERVER): Metric {
  return { name, help, type: 'counter', labels };
}

export const HITS: Metric = counter('coredns_redis_cache_hits_total', 'Questions that Redis had an answer to.');
export const MISSES: Metric = counter('coredns_redis_cache_misses_total', 'Questions that Redis had no answer to.');
export const GET_ERRORS: Metric = counter(
  'coredns_redis_cache_get_errors_total',
  'Reads that failed or that no reply came to.',
);
export const SET_ERRORS: Metric = counter('coredns_redis_cache_set_errors_total', 'Writes that failed.');
export const COLLISIONS: Metric = counter(
  'coredns_redis_cache_collisions_total',
  'Values that were for another question than the one they were stored under.',
);
export const REFUSED: Metric = counter(
  'shoal_redis_refused_total',
  'Values that were not used: not from this fleet, damaged, or of another version.',
);
export const LATE: Metric = counter('shoal_redis_late_total', 'Reads that clients stopped to wait for alone.');
export const WRITES: Metric = counter('shoal_redis_writes_total', 'Answers that were written.');
export const DROPS: Metric = counter(
  'shoal_redis_drops_total',
  'Answers that were not written: too many at once, or the breaker was not closed.',
);
export const SKIPPED: Metric = counter(
  'shoal_redis_skipped_total',
  'Questions that were not asked, as the breaker was not closed or too many waited.',
);
export const READ_DURATION: Metric = {
  name: 'shoal_redis_read_duration_seconds',
  help: 'Time from a question to what Redis said, as the thread that asked saw it.',
  type: 'histogram',
  labels: SERVER,
  buckets: READ_BUCKETS,
};
export const BREAKERS: Metric = {
  name: 'shoal_redis_breakers',
  help: 'Resolvers by the state of their circuit breaker.',
  type: 'gauge',
  labels: ['server', 'state'],
};

export interface RedisCacheSlots {
  readonly hits: number;
  readonly misses: number;
  readonly getErrors: number;
  readonly setErrors: number;
  readonly collisions: number;
  readonly refused: number;
  readonly late: number;
  readonly writes: number;
  readonly drops: number;
  readonly skipped: number;
  readonly readDuration: number;
  /** By the number of the state. */
  readonly breakers: readonly number[];
}

export const metrics: PluginMetrics<RedisCacheOptions, RedisCacheSlots> = {
  table: [
    HITS,
    MISSES,
    GET_ERRORS,
    SET_ERRORS,
    COLLISIONS,
    REFUSED,
    LATE,
    WRITES,
    DROPS,
    SKIPPED,
    READ_DURATION,
    BREAKERS,
  ],
  slots(allocator: SlotAllocator, { server }: MetricScope): RedisCacheSlots {
    const slot = (metric: Metric) => allocator.slot(metric, { server });
    return {
      hits: slot(HITS),
      misses: slot(MISSES),
      getErrors: slot(GET_ERRORS),
      setErrors: slot(SET_ERRORS),
      collisions: slot(COLLISIONS),
      refused: slot(REFUSED),
      late: slot(LATE),
      writes: slot(WRITES),
      drops: slot(DROPS),
      skipped: slot(SKIPPED),
      readDuration: allocator.histogram(READ_DURATION, { server }),
      breakers: STATES.map((state) => allocator.slot(BREAKERS, { server, state })),
    };
  },
};
