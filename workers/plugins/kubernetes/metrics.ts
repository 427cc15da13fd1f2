// What is counted of the talk with the API server and of what came of it. The primary sets all of it from reports of the watcher. Cold.

import { DEFAULT_BUCKETS, type Metric, type PluginMetrics } from '#plugins/metrics.ts';
import type { KubernetesOptions } from './options.ts';

/** 1 ms to 9 minutes (spec E, P). */
const PROGRAMMING_BUCKETS = Array.from({ length: 20 }, (_, k) => 0.001 * 2 ** k);

export const PROGRAMMING: Metric = {
  name: 'coredns_kubernetes_dns_programming_duration_seconds',
  help: 'Time from the change of an endpoint, as its controller noted it, until it was answered.',
  type: 'histogram',
  labels: ['service_kind'],
  buckets: PROGRAMMING_BUCKETS,
};
export const REQUEST: Metric = {
  name: 'coredns_kubernetes_rest_client_request_duration_seconds',
  help: 'Time of requests to the API server.',
  type: 'histogram',
  labels: ['verb', 'host'],
  buckets: DEFAULT_BUCKETS,
};
export const LIMITER: Metric = {
  name: 'coredns_kubernetes_rest_client_rate_limiter_duration_seconds',
  help: 'Time that requests to the API server waited for their turn.',
  type: 'histogram',
  labels: ['verb', 'host'],
  buckets: DEFAULT_BUCKETS,
};
export const REQUESTS: Metric = {
  name: 'coredns_kubernetes_rest_client_requests_total',
  help: 'Requests to the API server.',
  type: 'counter',
  labels: ['code', 'method', 'host'],
};

function gauge(name: string, help: string, labels: readonly string[] = []): Metric {
  return { name, help, type: 'gauge', labels };
}
function counter(name: string, help: string, labels: readonly string[]): Metric {
  return { name, help, type: 'counter', labels };
}

export const OBJECTS = gauge('shoal_kubernetes_objects', 'Objects that are known.', ['kind']);
export const OBJECT_BYTES = gauge('shoal_kubernetes_object_bytes', 'Bytes of the packed objects.', ['kind']);
export const SYNCED = gauge(
  'shoal_kubernetes_synced',
  'Is 1 when everything of a kind has been listed and is watched.',
  ['kind'],
);
export const EVENT_TIME = gauge('shoal_kubernetes_last_event_timestamp_seconds', 'When the last change came.', [
  'kind',
]);
export const BOOKMARK_TIME = gauge('shoal_kubernetes_last_bookmark_timestamp_seconds', 'When the last bookmark came.', [
  'kind',
]);
export const HEARD_TIME = gauge(
  'shoal_kubernetes_last_heard_timestamp_seconds',
  'When the API server was last heard of.',
  ['kind'],
);
export const EVENTS = counter('shoal_kubernetes_events_total', 'Changes that were told by a watch or list.', ['kind']);
export const LISTS = counter('shoal_kubernetes_lists_total', 'Lists of everything, by their reason.', [
  'kind',
  'reason',
]);
export const WATCH_RESTARTS = counter(
  'shoal_kubernetes_watch_restarts_total',
  'Watches that were begun after the first one.',
  ['kind'],
);
export const STALLS = counter('shoal_kubernetes_watch_stalls_total', 'Watches that went silent and were given up.', [
  'kind',
]);
export const FAILURES = counter('shoal_kubernetes_request_failures_total', 'Lists and watches that failed.', ['kind']);
export const AUDITS = counter(
  'shoal_kubernetes_audits_total',
  'Comparisons with the API server that came to a result.',
  ['kind'],
);
export const FINDINGS = counter('shoal_kubernetes_audit_findings_total', 'Comparisons that found a difference.', [
  'kind',
]);
export const REFUSED = counter('shoal_kubernetes_refused_objects_total', 'Objects that could not be read.', ['kind']);
export const STATE_SERVED = gauge(
  'shoal_kubernetes_served_state_timestamp_seconds',
  'When the state that is served was kept; 0 once the API server has said everything itself.',
);
export const STATE_SAVED = gauge(
  'shoal_kubernetes_saved_state_timestamp_seconds',
  'When the state was last kept; 0 for never.',
);
export const STATE_BYTES = gauge('shoal_kubernetes_saved_state_bytes', 'Size of the state that was kept last.');

export const metrics: PluginMetrics<KubernetesOptions, null> = {
  table: [
    ...[PROGRAMMING, REQUEST, LIMITER, REQUESTS, OBJECTS, OBJECT_BYTES, SYNCED, EVENT_TIME, BOOKMARK_TIME, HEARD_TIME],
    ...[EVENTS, LISTS, WATCH_RESTARTS, STALLS, FAILURES, AUDITS, FINDINGS, REFUSED],
    ...[STATE_SERVED, STATE_SAVED, STATE_BYTES],
  ],
  slots: () => null,
};
