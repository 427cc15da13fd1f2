// What is counted about loops: all of it by the primary, in primary/loops. Cold.

import type { Metric, PluginMetrics } from '#plugins/metrics.ts';
import type { LoopOptions } from './options.ts';

export const PROBES: Metric = {
  name: 'shoal_loop_probes_total',
  help: 'Probes sent through an upstream, by what became of them: returned (the server saw them come back), clear (answered, and not seen), unanswered.',
  type: 'counter',
  labels: ['zone', 'to', 'result'],
};
export const SIGHTINGS: Metric = {
  name: 'shoal_loop_sightings_total',
  help: 'Queries with the mark of probes that threads saw: own (a probe under way), late (one that was), unknown (of another replica, or made up).',
  type: 'counter',
  labels: ['of'],
};
export const DETECTED: Metric = {
  name: 'shoal_loop_detected_total',
  help: 'Loops through an upstream that were found.',
  type: 'counter',
  labels: ['zone', 'to'],
};
export const metrics: PluginMetrics<LoopOptions, null> = {
  table: [PROBES, SIGHTINGS, DETECTED],
  slots: () => null,
};
