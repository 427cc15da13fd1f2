// Metrics of the server core itself: queries that no chain takes, panics, limits. Tables and slot layout; counted by report.ts. Cold.

import { allocateSeries } from '#plugins/prometheus/metrics.ts';
import type { Metric, SlotAllocator } from '../plugins/metrics.ts';
import type { CoreSlots } from '../plugins/plan.ts';

export const PANICS: Metric = {
  name: 'coredns_panics_total',
  help: 'A metrics that counts the number of panics.',
  type: 'counter',
  labels: [],
};
export const TCP_OVERLOAD: Metric = {
  name: 'shoal_tcp_rejected_total',
  help: 'TCP connections that were closed because of a limit on connections or on queries in flight.',
  type: 'counter',
  labels: ['server'],
};
export const UDP_UNSENT: Metric = {
  name: 'shoal_udp_unsent_total',
  help: 'Answers that the kernel did not take.',
  type: 'counter',
  labels: ['server'],
};

export const CORE_METRICS: readonly Metric[] = [PANICS, TCP_OVERLOAD, UDP_UNSENT];

/** Slots of what a listener counts outside of all chains (spec part E: zone="dropped", plugin=""). */
export function coreSlots(allocator: SlotAllocator, server: string): CoreSlots {
  return {
    dropped: allocateSeries(allocator, { server, zone: 'dropped', view: '' }, ''),
    panics: allocator.slot(PANICS),
    tcpRejected: allocator.slot(TCP_OVERLOAD, { server }),
    udpUnsent: allocator.slot(UDP_UNSENT, { server }),
  };
}
