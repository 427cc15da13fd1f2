// What a cache directive says, as plain data: from setup.ts in the primary to handler.ts in the threads. Cold.

/** One of the two tables. */
export interface ShareOptions {
  /** Answers that the table is made for. */
  readonly capacity: number;
  /** Seconds; a longer TTL becomes `maxTtl`, a shorter one `minTtl`. */
  readonly maxTtl: number;
  readonly minTtl: number;
  /** Zones whose answers are neither stored nor looked up. */
  readonly except: readonly string[];
}

/** `amount` 0: off. */
export interface PrefetchOptions {
  readonly amount: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly percentage: number;
}

/** `upTo` 0: off. Times in milliseconds. */
export interface StaleOptions {
  readonly upTo: number;
  readonly mode: 'immediate' | 'verify';
  /** Of `verify`; 0: no bound. */
  readonly timeout: number;
  /** TTL of a stale answer. */
  readonly responseTtl: number;
  readonly recheck: number;
  readonly preferPositive: boolean;
}

export interface CacheOptions {
  readonly zones: readonly string[];
  readonly success: ShareOptions;
  readonly denial: ShareOptions;
  /** Seconds for which SERVFAIL and NOTIMP are kept; 0: not at all. */
  readonly servfail: number;
  readonly keepTtl: boolean;
  readonly prefetch: PrefetchOptions;
  readonly serveStale: StaleOptions;
  /**
   * Zones that a plugin of the same block answers from shared memory and never hands on: nothing is looked up and nothing stored for them.
   * A set-up sees only its own directive, so the primary fills this in.
   */
  readonly localZones: readonly string[];
}

/** Ids of the two tables in the answers segment. */
export interface CacheTables {
  readonly success: number;
  readonly denial: number;
}

/** The options with what only the primary can add. */
export interface PlannedCacheOptions extends CacheOptions {
  readonly tables: CacheTables;
}
