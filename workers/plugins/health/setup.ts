// The health directive: address of /health, and how long a server lives on after it was told to stop. Called by the primary. Cold.

import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import { HostPortError, splitHostPort } from '#workers/lib/access/hostport.ts';
import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

export interface HealthOptions {
  /** HOST:PORT of the HTTP listener. */
  readonly address: string;
  /** Milliseconds during which everything goes on after the signal to stop. */
  readonly lameduck: number;
}

export const plugin: PluginSetup<HealthOptions> = {
  name: 'health',
  setup(directive: Directive): HealthOptions {
    let address = ':8080';
    let lameduck = 0;
    while (directive.nextOccurrence()) {
      const args = directive.args();
      if (args.length > 1) throw directive.argumentError();
      address = args.length === 0 ? address : readAddress(args[0]);
      for (const property of directive.properties()) {
        if (property !== 'lameduck') throw directive.argumentError();
        lameduck = readLameduck(directive);
      }
    }
    return { address, lameduck };
  },
};

function readAddress(text: string): string {
  try {
    splitHostPort(text);
    return text;
  } catch (error) {
    throw error instanceof HostPortError ? new ConfigError(error.message) : error;
  }
}

function readLameduck(directive: Directive): number {
  const args = directive.args();
  if (args.length !== 1) throw directive.argumentError();
  try {
    return Math.max(0, parseDuration(args[0]));
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new ConfigError(`unable to parse lameduck duration value: '${args[0]}' : ${error.message}`);
  }
}
