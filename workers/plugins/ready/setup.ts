// The ready directive: address of /ready, and whether plugins are asked again once they were ready. Called by the primary. Cold.

import { HostPortError, splitHostPort } from '#workers/lib/access/hostport.ts';
import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

const MONITORS = ['until-ready', 'continuously'] as const;
export type ReadyMonitor = (typeof MONITORS)[number];

export interface ReadyOptions {
  /** HOST:PORT of the HTTP listener. */
  readonly address: string;
  /** `until-ready`: a plugin that was ready once counts as ready for ever. */
  readonly monitor: ReadyMonitor;
}

export const plugin: PluginSetup<ReadyOptions> = {
  name: 'ready',
  once: true,
  setup(directive: Directive): ReadyOptions {
    let address = ':8181';
    let monitor: ReadyMonitor = 'until-ready';
    while (directive.nextOccurrence()) {
      const args = directive.args();
      if (args.length > 1) throw directive.argumentError();
      address = args.length === 0 ? address : readAddress(args[0]);
      for (const property of directive.properties()) {
        if (property !== 'monitor') throw directive.argumentError();
        monitor = readMonitor(directive);
      }
    }
    return { address, monitor };
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

function readMonitor(directive: Directive): ReadyMonitor {
  const args = directive.args();
  if (args.length !== 1) throw directive.argumentError();
  const monitor = MONITORS.find((name) => name === args[0]);
  if (monitor === undefined) throw directive.error(`monitor type '${args[0]}' not supported`);
  return monitor;
}
