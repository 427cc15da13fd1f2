// `loop [quarantine] { … }` → how probes look and how often they are sent (behaviour D loop). Cold: runs in the primary.

import { ConfigError, type Directive, type PluginSetup } from '#plugins/contract.ts';
import { DurationError, parseDuration } from '../../lib/access/duration.ts';
import { ownMark, probeName } from './names.ts';
import type { LoopOptions } from './options.ts';

/**
 * A query a minute to each upstream is nothing to it, and a loop that has come up is found in a minute on average. Shorter finds it sooner; what it
 * costs until then is `shoal_loop_probes_total` against `coredns_forward_*`.
 */
const INTERVAL = 60_000;
const RETRY_MIN = 30_000;
const RETRY_MAX = 300_000;
/** The shortest time between two probes: less would be load. */
const LEAST = 100;

type Draft = { -readonly [Key in keyof LoopOptions]: LoopOptions[Key] };

export const plugin: PluginSetup<LoopOptions> = {
  name: 'loop',
  once: true,
  setup(directive, scope) {
    const zone = scope.zones[0] ?? '.';
    const mark = ownMark();
    const draft: Draft = {
      name: probeName(mark, zone),
      zone,
      mark,
      quarantine: false,
      interval: INTERVAL,
      retryMin: RETRY_MIN,
      retryMax: RETRY_MAX,
    };
    while (directive.nextOccurrence()) read(directive, draft);
    return draft;
  },
};

function read(directive: Directive, draft: Draft): void {
  const [mode, ...rest] = directive.args();
  if (rest.length > 0 || (mode !== undefined && mode !== 'quarantine')) throw directive.argumentError();
  draft.quarantine = mode === 'quarantine';
  for (const property of directive.properties()) {
    const times = directive.args().map(milliseconds);
    if (property === 'interval' && times.length === 1) draft.interval = atLeast(directive, times[0], 0);
    else if (property === 'retry' && times.length === 2) {
      draft.retryMin = atLeast(directive, times[0], LEAST);
      draft.retryMax = atLeast(directive, times[1], draft.retryMin);
    } else throw ['interval', 'retry'].includes(property) ? directive.argumentError() : directive.unknownProperty();
  }
}

function milliseconds(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** 0 is allowed where `least` is 0 only; other times have a floor of their own. */
function atLeast(directive: Directive, value: number, least: number): number {
  if (value < least || (value !== 0 && value < LEAST))
    throw directive.error(`durations of loop are ${Math.max(least, LEAST)}ms or more`);
  return value;
}
