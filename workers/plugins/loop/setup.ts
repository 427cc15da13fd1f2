// `loop` → a probe name that nobody can foresee (behaviour D loop). Cold: runs in the primary.

import { randomBytes } from 'node:crypto';
import type { PluginSetup } from '#plugins/contract.ts';
import type { LoopOptions } from './options.ts';

export const plugin: PluginSetup<LoopOptions> = {
  name: 'loop',
  once: true,
  setup(directive, scope) {
    while (directive.nextOccurrence()) if (directive.args().length > 0) throw directive.argumentError();
    const zone = scope.zones[0] ?? '.';
    return { name: probeName(zone), zone };
  },
};

/** Two labels of 64 random bits each; whoever could guess them could stop the server. */
function probeName(zone: string): string {
  const labels = [randomBytes(8), randomBytes(8)].map((octets) => octets.readBigUInt64BE().toString());
  return `${labels.join('.')}.${zone === '.' ? '' : zone}`;
}
