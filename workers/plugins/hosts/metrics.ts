// Gauges of hosts. The primary sets them when it reads a file. Cold.

import type { Metric, MetricScope, PluginMetrics, SlotAllocator } from '../metrics.ts';
import type { HostsOptions } from './setup.ts';

export const ENTRIES: Metric = {
  name: 'coredns_hosts_entries',
  help: 'The combined number of entries in hosts and Corefile.',
  type: 'gauge',
  labels: ['hostsfile'],
};
export const RELOADED: Metric = {
  name: 'coredns_hosts_reload_timestamp_seconds',
  help: 'The timestamp of the last change of the hosts file that was read.',
  type: 'gauge',
  labels: [],
};

export interface HostsSlots {
  readonly entries: number;
  readonly reloaded: number;
}

export const metrics: PluginMetrics<HostsOptions, HostsSlots> = {
  table: [ENTRIES, RELOADED],
  slots(allocator: SlotAllocator, _scope: MetricScope, options: HostsOptions): HostsSlots {
    return { entries: allocator.slot(ENTRIES, { hostsfile: options.file }), reloaded: allocator.slot(RELOADED) };
  },
};
