// What forward counts (behaviour E): names, labels, and slots for every upstream. Read by the primary; the slots go to handler.ts. Cold.

import { type Metric, type PluginMetrics, type SlotAllocator, TIME_BUCKETS } from '#plugins/metrics.ts';
import type { ConnectionSlots } from '../../lib/upstream/context.ts';
import type { ForwardOptions, PlannedUpstream } from './options.ts';

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
export const OLD_HEALTH_FAILURES: Metric = {
  name: 'coredns_forward_healthcheck_failures_total',
  help: 'Health probes without a reply, under the name that dashboards and alerts knew before coredns_proxy_healthcheck_failures_total.',
  type: 'counter',
  labels: ['to'],
};
export const HEDGES: Metric = {
  name: 'shoal_forward_hedges_total',
  help: 'Second requests for slow queries: sent, won (it was the one that was answered first), denied (the budget was spent, or nobody else is up).',
  type: 'counter',
  labels: ['result'],
};
export const FAILOVERS: Metric = {
  name: 'shoal_forward_failovers_total',
  help: 'Queries passed on because of their reply: to the next upstream (failover) or to the next directive (next, next_on_nodata).',
  type: 'counter',
  labels: ['to'],
};
export const LATENCY: Metric = {
  name: 'shoal_forward_latency_seconds',
  help: 'Time that a reply is expected to take (policy latency), summed over threads; see shoal_forward_latency_threads.',
  type: 'gauge',
  labels: ['to'],
};
export const LATENCY_THREADS: Metric = {
  name: 'shoal_forward_latency_threads',
  help: 'Threads that have an expectation of how long the upstream takes.',
  type: 'gauge',
  labels: ['to'],
};
/** Computed by the primary, like NAME_ADDRESSES. */
export const NAME_AGE: Metric = {
  name: 'shoal_forward_name_age_seconds',
  help: 'Time since the addresses of an upstream that is given by host name were found.',
  type: 'gauge',
  labels: ['name'],
};
export const NAME_ADDRESSES: Metric = {
  name: 'shoal_forward_name_addresses',
  help: 'Addresses that are known of an upstream that is given by host name.',
  type: 'gauge',
  labels: ['name'],
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

export const DROPPED: Metric = {
  name: 'shoal_proxy_records_dropped_total',
  help: 'Records of replies that had nothing to do with the question and were not passed on.',
  type: 'counter',
  labels: ['proxy_name', 'to'],
};
export const REFUSED: Metric = {
  name: 'shoal_proxy_replies_refused_total',
  help: 'Replies answered with SERVFAIL: nothing in them was about the question, or it led through too many aliases.',
  type: 'counter',
  labels: ['proxy_name', 'to'],
};
export const CASE_FOLDED: Metric = {
  name: 'shoal_proxy_case_folded_total',
  help: 'Replies with the right question in other letters than it was asked in (case_randomize).',
  type: 'counter',
  labels: ['proxy_name', 'to'],
};
export const REBINDS_BLOCKED: Metric = {
  name: 'shoal_forward_rebinds_blocked_total',
  help: 'Answers that were emptied because of a private address (rebind_protect).',
  type: 'counter',
  labels: [],
};
export const COALESCED: Metric = {
  name: 'shoal_forward_coalesced_total',
  help: 'Queries that waited for the reply to an equal one instead of being sent.',
  type: 'counter',
  labels: [],
};

/** Set by primary/loops and read by threads, each time an upstream is about to be asked. */
export const QUARANTINED: Metric = {
  name: 'shoal_loop_quarantined',
  help: 'More than 0 while the upstream is not asked, because what it is asked comes back.',
  type: 'gauge',
  labels: ['zone', 'to'],
};

/** `proto` of upstreams by TLS and HTTPS; the first is what the reference calls it, which counts nothing for the second. */
const PROTOCOLS = { tls: 'tcp-tls', https: 'https' } as const;

/** Slots of one upstream. */
export interface UpstreamSlots {
  /** First slot of the histogram of each reply code 0 … 10, then of BADVERS, BADCOOKIE and all others. */
  readonly durations: readonly number[];
  readonly healthFailures: number;
  readonly oldHealthFailures: number;
  readonly latency: number;
  readonly latencyThreads: number;
  readonly dropped: number;
  readonly refused: number;
  readonly caseFolded: number;
  /** Set by the primary while the upstream leads back to this server; -1 when nobody looks. */
  readonly quarantined: number;
  /** Null for an upstream by TLS or HTTPS. */
  readonly udp: ConnectionSlots | null;
  readonly tcp: ConnectionSlots;
}

export interface ForwardSlots {
  readonly broken: number;
  readonly rejects: number;
  readonly overloads: number;
  readonly hedgesSent: number;
  readonly hedgesWon: number;
  readonly hedgesDenied: number;
  /** Replies for which the next upstream, and the next directive, was asked. */
  readonly failovers: number;
  readonly handOvers: number;
  readonly coalesced: number;
  readonly rebindsBlocked: number;
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
  table: [
    BROKEN,
    REJECTS,
    OVERLOADS,
    WAITING,
    DURATION,
    HEALTH_FAILURES,
    OLD_HEALTH_FAILURES,
    HITS,
    MISSES,
    IGNORED,
    HEDGES,
    FAILOVERS,
    LATENCY,
    LATENCY_THREADS,
    NAME_AGE,
    NAME_ADDRESSES,
    DROPPED,
    REFUSED,
    COALESCED,
    QUARANTINED,
    CASE_FOLDED,
    REBINDS_BLOCKED,
  ],
  slots(allocator, { server, zones }, options) {
    return {
      broken: allocator.slot(BROKEN),
      rejects: allocator.slot(REJECTS),
      overloads: allocator.slot(OVERLOADS),
      hedgesSent: allocator.slot(HEDGES, { result: 'sent' }),
      hedgesWon: allocator.slot(HEDGES, { result: 'won' }),
      hedgesDenied: allocator.slot(HEDGES, { result: 'denied' }),
      failovers: allocator.slot(FAILOVERS, { to: 'upstream' }),
      handOvers: allocator.slot(FAILOVERS, { to: 'directive' }),
      coalesced: allocator.slot(COALESCED),
      rebindsBlocked: allocator.slot(REBINDS_BLOCKED),
      waiting: options.rules.map((_, i) =>
        allocator.slot(WAITING, { server, zone: zones[0] ?? '.', directive: String(i + 1) }),
      ),
      upstreams: options.rules.map((rule) =>
        rule.upstreams.map((upstream) => upstreamSlots(allocator, upstream, rule.probeZone)),
      ),
    };
  },
};

function upstreamSlots(
  allocator: SlotAllocator,
  { text, label: to = text, secure }: PlannedUpstream,
  probeZone: string | undefined,
): UpstreamSlots {
  const labels = { proxy_name: PROXY, to };
  // The reference's library calls 16 BADSIG: TSIG and EDNS share the number (RFC 6895 §2.3).
  const rcodes = [...RCODES, 'BADSIG', 'BADCOOKIE', 'other'];
  return {
    durations: rcodes.map((rcode) => allocator.histogram(DURATION, { ...labels, rcode })),
    healthFailures: allocator.slot(HEALTH_FAILURES, labels),
    oldHealthFailures: allocator.slot(OLD_HEALTH_FAILURES, { to }),
    latency: allocator.slot(LATENCY, { to }),
    latencyThreads: allocator.slot(LATENCY_THREADS, { to }),
    dropped: allocator.slot(DROPPED, labels),
    refused: allocator.slot(REFUSED, labels),
    caseFolded: allocator.slot(CASE_FOLDED, labels),
    quarantined: probeZone === undefined ? -1 : allocator.slot(QUARANTINED, { zone: probeZone, to }),
    udp: secure === undefined ? connectionSlots(allocator, labels, 'udp') : null,
    tcp: connectionSlots(allocator, labels, secure === undefined ? 'tcp' : PROTOCOLS[secure]),
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
