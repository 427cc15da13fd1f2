// What autopath counts (behaviour E). Cold.

import type { Metric, MetricScope, PluginMetrics, SlotAllocator } from '../metrics.ts';
import type { AutopathOptions } from './options.ts';

export const SUCCESS: Metric = {
  name: 'coredns_autopath_success_total',
  help: 'Questions that some element of the search path had an answer to, the first one included.',
  type: 'counter',
  labels: ['server'],
};

export interface AutopathSlots {
  readonly success: number;
}

export const metrics: PluginMetrics<AutopathOptions, AutopathSlots> = {
  table: [SUCCESS],
  slots(allocator: SlotAllocator, { server }: MetricScope): AutopathSlots {
    return { success: allocator.slot(SUCCESS, { server }) };
  },
};
