// Compares what the server has with what has been told of it, by metadata alone: finds changes that no watch told. Used by auditor.ts. Cold.

import { type Ask, listItems } from './list.ts';
import { acceptOfMetadata, openMetadataReader } from './reading.ts';
import type { Reflector } from './reflector.ts';
import type { PlainMetadata } from './resources.ts';
import type { Terms } from './settings.ts';
import { compareVersions, readVersion } from './told.ts';

/** Changes that may come while one audit runs; with more of them it says nothing. */
const HISTORY_LIMIT = 10_000;

/** What the server has, at one resource version. */
interface Census {
  readonly version: string;
  /** Objects that should be known, and those that may be. */
  readonly certain: number;
  readonly possible: number;
  /** Their resource versions, as far as a watch should have told them. */
  readonly versions: readonly number[];
}

/** How many objects were known when changes up to `version` had been told. */
interface Mark {
  readonly version: string;
  readonly count: number;
}

/**
 * What is wrong, in one line; '' when nothing is, or when it cannot be said because everything is being listed anew or too much changes.
 * Rejects when the server refuses the list, or with the signal.
 *
 * Two things are compared, both as they were at the version of the metadata list: whether the watch told each object's last change, and the
 * number of objects. What differs has time to come. A server whose versions go back has been restored from a backup.
 */
export async function audit(reflector: Reflector, terms: Terms, signal: AbortSignal): Promise<string> {
  const { feed } = reflector;
  const { kind } = reflector.resource;
  const { epoch, version: begin } = feed;
  if (begin === '') return '';
  const history: Mark[] = [{ version: begin, count: terms.sink.count(kind) }];
  feed.trace = (version) => {
    if (history.length <= HISTORY_LIMIT) history.push({ version, count: terms.sink.count(kind) });
  };
  try {
    const census = await takeCensus(reflector, terms, signal);
    if (compareVersions(census.version, begin) < 0 && epoch === feed.epoch)
      return `the server is at resource version ${census.version}, and was at ${begin} before`;
    if (verdict(reflector, census, history) === '') return '';
    // What is missing may be on its way.
    await reaches(reflector, census.version, terms.settings.auditPatience, signal);
    return epoch === feed.epoch ? verdict(reflector, census, history) : '';
  } finally {
    feed.trace = null;
  }
}

async function takeCensus(
  { feed, resource }: Reflector,
  { client, plan, settings }: Terms,
  signal: AbortSignal,
): Promise<Census> {
  const { idleTimeout } = settings;
  const ask: Ask = (path, accept) => client.request({ path, accept, signal, idleTimeout, watch: false });
  const { floor } = feed.told;
  const versions: number[] = [];
  let certain = 0;
  let possible = 0;
  const each = (metadata: PlainMetadata): void => {
    const expected = resource.stored(metadata);
    if (expected === 'yes') certain++;
    if (expected !== 'no') possible++;
    const version = versionOf(metadata);
    if (version > floor) versions.push(version);
  };
  // The newest state, not what the server has at hand: that may be what the watch is fed from.
  const version = await listItems({
    resource,
    plan,
    accept: acceptOfMetadata(settings),
    resourceVersion: '',
    paged: true,
    ask,
    open: openMetadataReader,
    each,
  });
  return { version, certain, possible, versions };
}

function versionOf({ resourceVersion }: PlainMetadata): number {
  const version = readVersion(String(resourceVersion));
  return version === Number.POSITIVE_INFINITY ? 0 : version;
}

/** Resolves when the watch has come to that version, or has had its time. Servers whose etcd is old tell of no progress of a quiet kind. */
async function reaches({ feed }: Reflector, version: string, patience: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patience);
  const forget = feed.whenReached(version, resolve);
  signal.addEventListener('abort', () => resolve());
  await promise;
  clearTimeout(timer);
  forget();
}

function verdict({ feed }: Reflector, census: Census, history: readonly Mark[]): string {
  const { version, certain, possible, versions } = census;
  if (history.length > HISTORY_LIMIT) return '';
  const missing = feed.told.missing(versions);
  if (missing > 0) return `the watch has not told ${missing} changes up to resource version ${version}`;
  const known = history.findLast((mark) => compareVersions(mark.version, version) <= 0)?.count ?? 0;
  if (known >= certain - feed.unread && known <= possible) return '';
  return `the server has ${certain} objects at resource version ${version}, ${known} are known`;
}
