// What the watcher thread says of itself: numbers that the primary turns into metrics. Cold.

import type { KindStats } from './api/stats.ts';
import type { Kind } from './objects/object.ts';
import type { Amount } from './store/journal.ts';

/** One source and what is known of it. */
export interface ClusterStats {
  readonly key: string;
  readonly amounts: Readonly<Partial<Record<Kind, Amount>>>;
  /** How the talk about each kind goes; empty for manifests. */
  readonly kinds: readonly KindStats[];
  /** Unix time at which a state that is served was kept; 0 once the source itself has told everything. */
  readonly servedState: number;
  /** Unix time at which the state was last kept, and its size in octets; 0 for never. */
  readonly savedAt: number;
  readonly savedBytes: number;
}

export interface WatcherStats {
  readonly clusters: readonly ClusterStats[];
  /** Names and addresses of each image by its key. */
  readonly names: Readonly<Record<string, number>>;
  /** Bytes of the segment in use, and that it has. */
  readonly bytesUsed: number;
  readonly bytesLimit: number;
}
