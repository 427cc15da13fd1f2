// The cache directive: `cache [TTL] [ZONES…] { … }` → options (behaviour D cache). Called by the primary. Cold.

import { ConfigError, type Directive, type PluginSetup, type SetupScope } from '#plugins/contract.ts';
import { type Draft, emptyDraft, type ShareDraft, shards } from './draft.ts';
import type { CacheOptions } from './options.ts';
import { readPrefetch, readStale, readStalePolicy } from './staleness.ts';
import { duration, integer, maxTtl, minTtl, values, wholeNumber } from './values.ts';

/** RFC 2308 §7.1: a server failure must not be kept for longer. */
const MAX_SERVFAIL = 300_000;
const SECOND = 1000;

export const plugin: PluginSetup<CacheOptions> = {
  name: 'cache',
  once: true,
  setup(directive: Directive, scope: SetupScope): CacheOptions {
    const draft = emptyDraft();
    while (directive.nextOccurrence()) readOccurrence(directive, scope, draft);
    return { ...draft, localZones: [] };
  },
};

function readOccurrence(directive: Directive, scope: SetupScope, draft: Draft): void {
  let zones = directive.args();
  if (zones.length > 0 && integer(zones[0]) !== undefined) {
    draft.success.maxTtl = draft.denial.maxTtl = maxTtl(zones[0]);
    zones = zones.slice(1);
  }
  draft.zones = scope.zonesOr(zones);
  for (const property of directive.properties()) readProperty(directive, scope, draft, property);
  if (draft.serveStale.preferPositive && draft.serveStale.upTo === 0)
    throw new ConfigError('serve_stale_policy requires serve_stale');
}

function readProperty(directive: Directive, scope: SetupScope, draft: Draft, property: string): void {
  switch (property) {
    case 'success':
      readShare(directive, draft.success);
      return;
    case 'denial':
      readShare(directive, draft.denial);
      return;
    case 'servfail':
      draft.servfail = readServfail(directive);
      return;
    case 'disable':
      readDisable(directive, scope, draft);
      return;
    case 'keepttl':
      values(directive, 0, 0);
      draft.keepTtl = true;
      return;
    case 'prefetch':
      readPrefetch(directive, draft);
      return;
    case 'serve_stale':
      readStale(directive, draft);
      return;
    case 'serve_stale_policy':
      readStalePolicy(directive, draft);
      return;
    default:
      throw directive.argumentError();
  }
}

/** `CAPACITY [TTL] [MINTTL]` */
function readShare(directive: Directive, share: ShareDraft): void {
  const [capacity, max, min] = values(directive, 1, Number.POSITIVE_INFINITY);
  share.capacity = shards(wholeNumber(capacity));
  if (max !== undefined) share.maxTtl = maxTtl(max);
  if (min !== undefined) share.minTtl = minTtl(min);
}

/** Seconds: TTLs are whole, so a part of a second is no time at all. */
function readServfail(directive: Directive): number {
  const [text] = values(directive, 1, 1);
  const milliseconds = duration(text, 'invalid negative ttl for servfail');
  if (milliseconds > MAX_SERVFAIL) throw new ConfigError('caching SERVFAIL responses over 5 minutes is not permitted');
  return Math.floor(milliseconds / SECOND);
}

/** `success|denial [ZONES…]` */
function readDisable(directive: Directive, scope: SetupScope, draft: Draft): void {
  const [share, ...texts] = values(directive, 1, Number.POSITIVE_INFINITY);
  const zones = texts.flatMap((text) => {
    const found = scope.zonesOr([text]);
    if (found.length === 0) throw new ConfigError(`invalid disabled zone: ${text}`);
    return found;
  });
  if (share !== 'success' && share !== 'denial')
    throw new ConfigError('cache type for disable must be "denial" or "success"');
  draft[share].except = zones.length === 0 ? ['.'] : zones;
}
