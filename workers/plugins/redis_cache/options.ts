// What a redis_cache directive says, as plain data: from setup.ts to the primary, which completes it, and to handler.ts. Cold.

import type { StoreSettings } from '#redis/settings.ts';

/** Seconds; what is stored for longer or shorter is stored for the limit. */
export interface TtlLimits {
  readonly maxTtl: number;
  readonly minTtl: number;
}

export interface RedisCacheOptions {
  readonly zones: readonly string[];
  readonly success: TtlLimits;
  readonly denial: TtlLimits;
  /** `fleetKey` and `budget` may be missing (`''`, 0) where the tuning file has them; `policy` is what only the primary knows. */
  readonly store: StoreSettings;
}
