// The list that -plugins prints. Cold.

import { ORDER } from '#plugins/order.ts';

/** Not a part of the sorted list: the directive is an event hook rather than a plugin. */
const HOOK = 'on';
/** What the reference has only when somebody builds it in: scripts compare the list. */
const EXTERNAL: readonly string[] = ['redis_cache'];

/** All directive names one per line, sorted, `on` last, and an empty line at the end (spec A7). */
export function pluginList(): string {
  const plugins = ORDER.filter((name) => name !== HOOK && !EXTERNAL.includes(name)).sort();
  return `${[...plugins, HOOK].join('\n')}\n\n`;
}
