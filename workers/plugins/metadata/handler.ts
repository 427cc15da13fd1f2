// Lets plugins talk about queries in its zones; whoever wants to know asks them (log). Nothing is collected before somebody asks. Hot when asked.

import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { MetadataOptions } from './setup.ts';

class MetadataZones implements Handler {
  readonly #zones: ZoneSet;

  constructor({ zones }: MetadataOptions, seed: number) {
    this.#zones = new ZoneSet(zones, seed);
  }

  covers(query: Query): boolean {
    return this.#zones.match(query) >= 0;
  }
}

export function build({ options }: PluginPlan<MetadataOptions, null>, host: Host, _scope: BlockScope): Handler {
  return new MetadataZones(options, host.seed);
}
