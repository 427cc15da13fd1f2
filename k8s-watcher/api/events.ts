// What one watch event says, whichever encoding it came in. Made by json.ts and by objects/protobuf, taken by watch.ts. Cold.

import type { ClusterObject, ObjectId } from '../objects/object.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** The parts of a `Status` that decisions are made by. `code` 0 and '' for what it does not say. */
export interface StatusParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** Seconds after which the server wants to be asked again; 0 for none. */
  readonly retryAfter: number;
}

/**
 * One event, trimmed at once. ADDED and MODIFIED without `object` are objects without names (a pod that has ended, an object that cannot be
 * read: `problem` says why): what was known by that `id` is gone.
 */
export interface WatchEvent {
  readonly type: WatchEventType;
  readonly object?: ClusterObject | undefined;
  /** Of ADDED, MODIFIED and DELETED. */
  readonly id?: ObjectId | undefined;
  /** Of the object, or of the bookmark; '' for ERROR. */
  readonly resourceVersion: string;
  /** A bookmark that ends the initial events of a streaming list. */
  readonly initialEventsEnd: boolean;
  /** What is wrong with the object, one line. */
  readonly problem?: string | undefined;
  /** Of ERROR. */
  readonly status?: StatusParts | undefined;
}

/** The annotation of that bookmark. */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Cuts the body of a watch into events, however it is chunked. */
export interface EventReader {
  /** Tells every event that is complete by now, in order. Throws StreamError for what is no event, or is too large for one. */
  push(chunk: Uint8Array, each: (event: WatchEvent) => void): void;
}

/** The body of a list or watch is not what its content type promises. `message` is one line. */
export class StreamError extends Error {
  readonly code = 'ERR_API_STREAM';
  override readonly name = 'StreamError';
}
