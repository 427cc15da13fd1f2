// Where objects come from, as far as their keeper is concerned: what a source tells, and to whom. Cold.

import type { Kind } from './objects/object.ts';
import type { StoreEvent } from './store/store.ts';

/** Who takes what a source tells. */
export interface SourceSink {
  /** One batch, published as one. */
  apply(events: readonly StoreEvent[]): void;
  /** One line about something that could not be read; what was known of it stays. */
  problem(line: string): void;
}

/** Who takes what an API server tells: whole lists that replace what was known, then changes. */
export interface ApiSink extends SourceSink {
  /** One line about something that was wrong and has been seen to. */
  warning(line: string): void;
  /** A list of that kind begins: what is put from now on has been seen. */
  mark(kind: Kind): void;
  /** The list is complete: what is known of that kind and has not been put since `mark` is gone. Returns how many objects were dropped. */
  sweep(kind: Kind): number;
  /** Everything that the server had of that kind at `resourceVersion` has been told. Also after every later list. */
  synced(kind: Kind, resourceVersion: string): void;
  /** Changes up to `resourceVersion` have been told, whether there were any or not (bookmarks, and the last event of a chunk). */
  reached(kind: Kind, resourceVersion: string): void;
  /** Objects that are known of that kind, for audits. */
  count(kind: Kind): number;
}
