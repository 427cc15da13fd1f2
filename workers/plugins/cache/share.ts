// One of the two tables of a cache with what belongs to it: answers, or denials and failures. Hot.

import type { AnswerTable } from '#answers/table.ts';
import type { Host } from '../../chain/handler.ts';
import { ZoneSet } from '../../lib/zones.ts';
import type { Query } from '../../query/query.ts';
import type { CacheSlots } from './metrics.ts';
import type { PlannedCacheOptions } from './options.ts';
import { SHARE, type Share as ShareName } from './second-level.ts';

const SECOND = 1000;
/** Seconds for which an expired answer may be given at most: 34 years, so that times stay small integers. */
const MAX_GRACE = 0x3fffffff;

/** Null for no zones at all, which is the usual case and need not be looked up. */
export function setOf(zones: readonly string[], seed: number): ZoneSet | null {
  return zones.length === 0 ? null : new ZoneSet(zones, seed);
}

export function isIn(zones: ZoneSet | null, query: Query): boolean {
  return zones !== null && zones.match(query) >= 0;
}

export class Share {
  readonly name: ShareName;
  readonly table: AnswerTable;
  /** Null: nothing is excepted. */
  readonly except: ZoneSet | null;
  /** Slots of counters. */
  readonly hits: number;
  readonly evictions: number;

  constructor(kind: 'success' | 'denial', options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    this.name = kind === 'success' ? SHARE.SUCCESS : SHARE.DENIAL;
    this.table = host.answers.table(options.tables[kind]);
    this.table.grace = Math.min(MAX_GRACE, Math.ceil(options.serveStale.upTo / SECOND));
    this.except = setOf(options[kind].except, host.seed);
    this.hits = slots.hits[kind];
    this.evictions = slots.evictions[kind];
  }
}

/** Both of them; whatever reads and whatever stores has the same ones. */
export class Shares {
  readonly success: Share;
  readonly denial: Share;

  constructor(options: PlannedCacheOptions, slots: CacheSlots, host: Host) {
    this.success = new Share('success', options, slots, host);
    this.denial = new Share('denial', options, slots, host);
  }
}
