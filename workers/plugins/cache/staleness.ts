// Properties of the cache directive that keep answers alive: prefetch, serve_stale, serve_stale_policy. Part of the set-up. Cold.

import { ConfigError, type Directive } from '#plugins/contract.ts';
import type { Draft } from './draft.ts';
import type { StaleOptions } from './options.ts';
import { anyDuration, duration, percentage, values, wholeNumber } from './values.ts';

const DEFAULT_STALE = 3_600_000;
const MAX_RECHECK = 300_000;
const SECOND = 1000;

/** `AMOUNT [DURATION [PERCENT%]]`; an amount of 0 switches it off. */
export function readPrefetch(directive: Directive, draft: Draft): void {
  const [amountText, durationText, percentText] = values(directive, 1, 3);
  const amount = wholeNumber(amountText);
  if (amount < 0) throw new ConfigError(`prefetch amount should be positive: ${amount}`);
  draft.prefetch = {
    amount,
    duration: durationText === undefined ? draft.prefetch.duration : anyDuration(durationText),
    percentage: percentText === undefined ? draft.prefetch.percentage : percentage(percentText),
  };
}

/** `[DURATION [immediate [RESPTTL [RECHECK]] | verify [TIMEOUT [RESPTTL [RECHECK]]]]]`; a duration of 0 switches it off. */
export function readStale(directive: Directive, draft: Draft): void {
  const [upTo, modeText, ...times] = values(directive, 0, 5);
  const mode = readMode(modeText);
  if (mode === 'immediate' && times.length > 2) throw directive.argumentError();
  const [timeout, responseTtl, recheck] = mode === 'verify' ? times : [undefined, ...times];
  draft.serveStale = {
    upTo: upTo === undefined ? DEFAULT_STALE : duration(upTo, 'invalid negative duration for serve_stale'),
    mode,
    timeout: timeout === undefined ? 0 : duration(timeout, 'invalid negative timeout for serve_stale verify'),
    responseTtl: responseTtl === undefined ? 0 : readResponseTtl(responseTtl),
    recheck: recheck === undefined ? 0 : readRecheck(recheck),
    preferPositive: draft.serveStale.preferPositive,
  };
}

function readMode(text: string | undefined): StaleOptions['mode'] {
  const mode = text?.toLowerCase() ?? 'immediate';
  if (mode !== 'immediate' && mode !== 'verify')
    throw new ConfigError(`invalid value for serve_stale refresh mode: ${mode}`);
  return mode;
}

function readResponseTtl(text: string): number {
  const ttl = duration(text, 'invalid negative response TTL for serve_stale');
  if (ttl % SECOND !== 0) throw new ConfigError('serve_stale response TTL must be a whole number of seconds');
  return ttl;
}

function readRecheck(text: string): number {
  const recheck = duration(text, 'invalid negative failure recheck for serve_stale');
  if (recheck > MAX_RECHECK) throw new ConfigError('serve_stale failure recheck cannot exceed 5 minutes');
  return recheck;
}

/** `prefer_positive` is the only one. */
export function readStalePolicy(directive: Directive, draft: Draft): void {
  const [policy] = values(directive, 1, 1);
  if (policy !== 'prefer_positive') throw new ConfigError(`invalid serve_stale_policy: ${policy}`);
  draft.serveStale = { ...draft.serveStale, preferPositive: true };
}
