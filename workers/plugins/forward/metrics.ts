// What forward counts (behaviour E): names, labels, and slots for every upstream. Read by the primary; the slots go to handler.ts. Cold.

import { type Metric, type PluginMetrics, type SlotAllocator, TIME_BUCKETS } from '#plugins/metrics.ts';
import type { ConnectionSlots } from '../../lib/upstream/context.ts';
import type { ForwardOptions } from './options.ts';

/** `proxy_name` of everything that forward counts per upstream. */
const PROXY = 'forward';

/**
 * Labels of reply codes, by code. Every one costs a histogram (18 slots) per upstream, so codes that no server is known to send in reply to
 * a query share the label `other`.
 */
const RCODES: readonly string[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];
const BADVERS = 16;
const BADCOOKIE = 23;

export const BROKEN: Metric = {
  name: 'coredns_forward_healthcheck_broken_total',
  help: 'Queries for which all upstreams were down, so that one was asked at random.',
  type: 'counter',
  labels: [],
};
export const REJECTS: Metric = {
  name: 'coredns_forward_max_concurrent_rejects_total',
  help: 'Queries refused because max_concurrent was reached.',
  type: 'counter',
  labels: [],
};
export const OVERLOADS: Metric = {
  name: 'shoal_forward_overloads_total',
  help: 'Queries answered with SERVFAIL because too many were waiting already.',
  type: 'counter',
  labels: [],
};
export const WAITING: Metric = {
  name: 'shoal_forward_waiting',
  help: 'Queries that wait for an upstream, by directive: number of the directive within its server block.',
  type: 'gauge',
  labels: ['server', 'zone', 'directive'],
};
export const DURATION: Metric = {
  name: 'coredns_proxy_request_duration_seconds',
  help: 'Time from a request to its reply.',
  type: 'histogram',
  labels: ['proxy_name', 'to', 'rcode'],
  buckets: TIME_BUCKETS,
};
export const HEALTH_FAILURES: Metric = {
  name: 'coredns_proxy_healthcheck_failures_total',
  help: 'Health probes without a reply.',
  type: 'counter',
  labels: ['proxy_name', 'to'],
};
export const HITS: Metric = {
  name: 'coredns_proxy_conn_cache_hits_total',
  help: 'Requests sent over a socket or connection that was open.',
  type: 'counter',
  labels: ['proxy_name', 'to', 'proto'],
};
export const MISSES: Metric = {
  name: 'coredns_proxy_conn_cache_misses_total',
  help: 'Requests for which a socket or connection had to be opened.',
  type: 'counter',
  labels: ['proxy_name', 'to', 'proto'],
};
export const IGNORED: Metric = {
  name: 'shoal_proxy_replies_ignored_total',
  help: 'Messages from an upstream that were no reply to a request: late, malformed, or with another id or question.',
  type: 'counter',
  labels: ['proxy_name', 'to'],
};

/** Slots of one upstream. */
export interface UpstreamSlots {
  /** First slot of the histogram of each reply code 0 … 10, then of BADVERS, BADCOOKIE and all others. */
  readonly durations: readonly number[];
  readonly healthFailures: number;
  readonly udp: ConnectionSlots;
  readonly tcp: ConnectionSlots;
}

export interface ForwardSlots {
  readonly broken: number;
  readonly rejects: number;
  readonly overloads: number;
  /** For each rule, how many queries wait: each thread sets its own. */
  readonly waiting: readonly number[];
  /** For each rule, for each of its upstreams. */
  readonly upstreams: readonly (readonly UpstreamSlots[])[];
}

/** Index into `UpstreamSlots.durations` of a reply code, the upper bits of the OPT included. Hot. */
export function durationIndex(rcode: number): number {
  if (rcode < RCODES.length) return rcode;
  if (rcode === BADVERS) return RCODES.length;
  return rcode === BADCOOKIE ? RCODES.length + 1 : RCODES.length + 2;
}

export const metrics: PluginMetrics<ForwardOptions, ForwardSlots> = {
  table: [BROKEN, REJECTS, OVERLOADS, WAITING, DURATION, HEALTH_FAILURES, HITS, MISSES, IGNORED],
  slots(allocator, { server, zones }, options) {
    return {
      broken: allocator.slot(BROKEN),
      rejects: allocator.slot(REJECTS),
      overloads: allocator.slot(OVERLOADS),
      waiting: options.rules.map((_, i) =>
        allocator.slot(WAITING, { server, zone: zones[0] ?? '.', directive: String(i + 1) }),
      ),
      upstreams: options.rules.map((rule) =>
        rule.upstreams.map(({ text, label = text }) => upstreamSlots(allocator, label)),
      ),
    };
  },
};

function upstreamSlots(allocator: SlotAllocator, to: string): UpstreamSlots {
  const labels = { proxy_name: PROXY, to };
  // The reference's library calls 16 BADSIG: TSIG and EDNS share the number (RFC 6895 §2.3).
  const rcodes = [...RCODES, 'BADSIG', 'BADCOOKIE', 'other'];
  return {
    durations: rcodes.map((rcode) => allocator.histogram(DURATION, { ...labels, rcode })),
    healthFailures: allocator.slot(HEALTH_FAILURES, labels),
    udp: connectionSlots(allocator, labels, 'udp'),
    tcp: connectionSlots(allocator, labels, 'tcp'),
  };
}

function connectionSlots(
  allocator: SlotAllocator,
  labels: Readonly<Record<string, string>>,
  proto: string,
): ConnectionSlots {
  return {
    hits: allocator.slot(HITS, { ...labels, proto }),
    misses: allocator.slot(MISSES, { ...labels, proto }),
    ignored: allocator.slot(IGNORED, labels),
  };
}
