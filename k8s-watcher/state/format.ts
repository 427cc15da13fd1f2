// What a state file looks like. Written by save.ts, read by load.ts. Cold.

import type { Kind } from '../objects/object.ts';

/**
 * Text, one JSON value a line:
 *
 * ```
 * {"format":"shoal-state","version":1,"source":KEY,"savedAt":SECONDS,"resourceVersions":{"Service":"812",…}}
 * {"kind":"Namespace",…}                              one trimmed object a line, see line.ts
 * …
 * {"objects":N,"sha256":"…"}                          of every octet before this line
 * ```
 * The resource versions are those at which the writing began. Objects that changed while it went on stand there as they were before or after:
 * a watch that begins at these versions tells of all of them again.
 */
export const FORMAT = 'shoal-state';
/** Counts up whenever trimmed objects get another shape: older files are not read then, the API server is asked. */
export const VERSION = 1;

export interface StateHead {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** Key of the source plan: another server or other selectors are another source. */
  readonly source: string;
  /** Unix time, seconds. */
  readonly savedAt: number;
  readonly resourceVersions: Readonly<Partial<Record<Kind, string>>>;
}

export interface StateTail {
  readonly objects: number;
  readonly sha256: string;
}

/** `cluster-KEY.state`: a file for every source. */
export function stateFileName(source: string): string {
  return `cluster-${source.replace(/[^a-z0-9.-]/gi, '_')}.state`;
}
