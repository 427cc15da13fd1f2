// What the primary and the watcher thread say to each other, as plain data. Cold.

import type { SegmentHandle } from '#native/memory.ts';
import type { ImageOptions } from './compile/options.ts';

/** Where objects come from. */
export interface ManifestsPlan {
  readonly kind: 'manifests';
  /** A file, or a folder that is read with everything below it. */
  readonly path: string;
  /** Milliseconds between two looks at the files when the system tells of no change. */
  readonly pollInterval?: number;
}
export type SourcePlan = ManifestsPlan;

/** What the thread is started with. */
export interface WatcherStart {
  /** The segment of the images, whose only writer the thread is, and that of the readers' announcements. */
  readonly segments: { readonly cluster: SegmentHandle; readonly readers: SegmentHandle };
  /** Of all hashes over names in the replica. */
  readonly seed: number;
  readonly source: SourcePlan;
  readonly images: readonly ImageOptions[];
}

/** primary → thread. */
export type WatcherCommand =
  /** Compile those images that are not there yet; answered by `images`. */
  | { readonly kind: 'images'; readonly version: number; readonly images: readonly ImageOptions[] }
  /** Drop every image but these. */
  | { readonly kind: 'retain'; readonly keys: readonly string[] };

/** How much there is. */
export interface WatcherStats {
  readonly services: number;
  readonly slices: number;
  readonly namespaces: number;
  readonly pods: number;
  /** Names and addresses of each image by its key. */
  readonly names: Readonly<Record<string, number>>;
  /** Bytes of the segment in use, and that it has. */
  readonly bytesUsed: number;
  readonly bytesLimit: number;
}

/** thread → primary. */
export type WatcherEvent =
  /** Every image holds what its source had when it was read first. Once a life of the thread. */
  | { readonly kind: 'synced' }
  /** The images of the command with that version can be read, or why not. */
  | { readonly kind: 'images'; readonly version: number; readonly error?: string }
  /** Something could not be read or published; names that were there stay. One line. */
  | { readonly kind: 'error'; readonly line: string }
  /** After every change that was published. */
  | { readonly kind: 'stats'; readonly stats: WatcherStats }
  /** The source cannot be read at all; the thread ends. */
  | { readonly kind: 'failed'; readonly line: string }
  /** From the handle: the thread ended unasked, and when it is started again (milliseconds). */
  | { readonly kind: 'died'; readonly line: string; readonly retryIn: number };
