// The reload directive: how often the Corefile is looked at. The work is the primary's. Called by the primary. Cold.

import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

/** All in milliseconds. */
export interface ReloadOptions {
  readonly interval: number;
  /** Width: a look comes up to half of it earlier or later than the interval says. At most half of the interval. */
  readonly jitter: number;
}

const DEFAULT_INTERVAL = 30_000;
const DEFAULT_JITTER = 15_000;
const MIN_INTERVAL = 2000;
const MIN_JITTER = 1000;

export const plugin: PluginSetup<ReloadOptions> = {
  name: 'reload',
  setup(directive: Directive): ReloadOptions {
    let interval = DEFAULT_INTERVAL;
    let jitter = DEFAULT_JITTER;
    while (directive.nextOccurrence()) {
      const args = directive.args();
      if (args.length > 2) throw directive.argumentError();
      if (args.length > 0) interval = readInterval(args[0]);
      if (args.length > 1) jitter = readJitter(args[1]);
    }
    return { interval, jitter: Math.min(jitter, interval / 2) };
  },
};

function readInterval(text: string): number {
  const interval = readDuration(text);
  if (interval < MIN_INTERVAL) throw new ConfigError('interval value must be greater or equal to 2s');
  return interval;
}

function readJitter(text: string): number {
  const jitter = readDuration(text);
  if (jitter !== 0 && jitter < MIN_JITTER) throw new ConfigError('jitter value must be 0 or greater or equal to 1s');
  return jitter;
}

function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw error instanceof DurationError ? new ConfigError(error.message) : error;
  }
}
