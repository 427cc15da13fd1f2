// What the primary and the watcher thread say to each other, as plain data. Cold.

import type { SegmentHandle } from '#native/memory.ts';
import type { TransferAsk, TransferTold } from '#zone/transfer.ts';
import type { ApiPlan } from './api/plan.ts';
import type { ImageOptions } from './compile/options.ts';
import type { Observation } from './observe.ts';
import type { WatcherStats } from './stats.ts';

/** A folder or file of manifests. */
export interface ManifestsPlan {
  readonly kind: 'manifests';
  readonly key: string;
  /** A file, or a folder that is read with everything below it. */
  readonly path: string;
  /** Milliseconds between two looks at the files when the system tells of no change. */
  readonly pollInterval?: number;
}

/** Where objects come from; plans with the same key are one source. */
export type SourcePlan = ManifestsPlan | ApiPlan;

/** An image and where its objects come from. */
export interface ImagePlan {
  readonly source: SourcePlan;
  readonly image: ImageOptions;
}

/** Where the state of clusters is kept over restarts. */
export interface StatePlan {
  readonly folder: string;
  /** Milliseconds between two looks whether there is something new to keep. */
  readonly interval: number;
  /** Seconds after which what was kept is too old to be served. */
  readonly maxAge: number;
}

/** How API servers are talked to; times in milliseconds. */
export interface ApiSettings {
  /** Of Shoal, for the `User-Agent`. */
  readonly version: string;
  /** Between two audits; 0 for none. */
  readonly auditInterval: number;
  /** Without an octet before a watch counts as dead. */
  readonly watchSilence: number;
}

/** What the thread is started with. */
export interface WatcherStart {
  /** The segment of the images, whose only writer the thread is, and that of the readers' announcements. */
  readonly segments: { readonly cluster: SegmentHandle; readonly readers: SegmentHandle };
  /** Of all hashes over names in the replica. */
  readonly seed: number;
  readonly images: readonly ImagePlan[];
  /** Null: nothing is kept. */
  readonly state: StatePlan | null;
  readonly api: ApiSettings;
}

/** primary → thread. */
export type WatcherCommand =
  /** Make those images that are not there yet; answered by `images`. */
  | { readonly kind: 'images'; readonly version: number; readonly images: readonly ImagePlan[] }
  /** Drop every image but these. */
  | { readonly kind: 'retain'; readonly keys: readonly string[] }
  /** Keep what is to be kept and end; answered by the end of the thread. */
  | { readonly kind: 'close' }
  /** Of a zone transfer; `id` is the primary's. */
  | { readonly kind: 'transfer'; readonly id: number; readonly ask: TransferAsk };

/** thread → primary. */
export type WatcherEvent =
  /** The images of the start can be read; of those that wait for an API server there is nothing yet. Once a life of the thread. */
  | { readonly kind: 'opened' }
  /** These images hold everything that their source has, or had when its state was kept. Once for every image. */
  | { readonly kind: 'synced'; readonly keys: readonly string[] }
  /** The images of the command with that version can be read, or why not. */
  | { readonly kind: 'images'; readonly version: number; readonly error?: string }
  /** Something could not be read or published; names that were there stay. One line. */
  | { readonly kind: 'error'; readonly line: string }
  | { readonly kind: 'warning'; readonly line: string }
  | { readonly kind: 'info'; readonly line: string }
  /** After changes, at most once a second. */
  | { readonly kind: 'stats'; readonly stats: WatcherStats }
  /** What was measured since the last time. */
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] }
  /** The source cannot be read at all; the thread ends. */
  | { readonly kind: 'failed'; readonly line: string }
  /** From the handle: the thread ended unasked, and when it is started again (milliseconds). */
  | { readonly kind: 'died'; readonly line: string; readonly retryIn: number }
  /** What became of a zone transfer. */
  | { readonly kind: 'transfer'; readonly id: number; readonly told: TransferTold };
