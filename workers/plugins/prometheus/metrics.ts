// The coredns_dns_* family and the slots of every series that a chain can touch. Allocated by the primary, counted by series.ts. Cold.

import {
  type Metric,
  type MetricScope,
  type PluginMetrics,
  SIZE_BUCKETS,
  type SlotAllocator,
  TIME_BUCKETS,
} from '../metrics.ts';
import type { PrometheusOptions } from './setup.ts';

const PLACE = ['server', 'zone', 'view'];

export const REQUESTS: Metric = {
  name: 'coredns_dns_requests_total',
  help: 'Counter of DNS requests made per zone, protocol and family.',
  type: 'counter',
  labels: [...PLACE, 'proto', 'family', 'type'],
};
export const DURATION: Metric = {
  name: 'coredns_dns_request_duration_seconds',
  help: 'Histogram of the time (in seconds) each request took per zone.',
  type: 'histogram',
  labels: PLACE,
  buckets: TIME_BUCKETS,
};
export const REQUEST_SIZE: Metric = {
  name: 'coredns_dns_request_size_bytes',
  help: 'Size of the DNS requests in bytes, as received (65535 at most).',
  type: 'histogram',
  labels: [...PLACE, 'proto'],
  buckets: SIZE_BUCKETS,
};
export const DO_REQUESTS: Metric = {
  name: 'coredns_dns_do_requests_total',
  help: 'Counter of DNS requests with the DO bit set per zone.',
  type: 'counter',
  labels: PLACE,
};
export const RESPONSE_SIZE: Metric = {
  name: 'coredns_dns_response_size_bytes',
  help: 'Size of the DNS responses in bytes, before compression, truncation and OPT.',
  type: 'histogram',
  labels: [...PLACE, 'proto'],
  buckets: SIZE_BUCKETS,
};
export const RESPONSES: Metric = {
  name: 'coredns_dns_responses_total',
  help: 'Counter of DNS response codes per zone and plugin behind this one.',
  type: 'counter',
  labels: [...PLACE, 'rcode', 'plugin'],
};
/** Set to 1 by the primary for every handler of a block. */
export const PLUGIN_ENABLED: Metric = {
  name: 'coredns_plugin_enabled',
  help: 'A metric that indicates whether a plugin is enabled on per server and zone basis.',
  type: 'gauge',
  labels: [...PLACE, 'name'],
};

export const PROTOS = ['udp', 'tcp'] as const;
/** The `family` label: 1 for IPv4, 2 for IPv6. */
export const FAMILIES = ['1', '2'] as const;
/** The `type` label; the last one stands for everything else. */
export const TYPE_LABELS: readonly string[] = [
  ...['A', 'AAAA', 'CNAME', 'DNSKEY', 'DS', 'MX', 'NSEC3', 'NSEC', 'NS', 'PTR', 'RRSIG', 'SOA', 'SRV', 'TXT'],
  ...['HTTPS', 'SVCB', 'IXFR', 'AXFR', 'ANY', 'other'],
];
/** The `rcode` label by number; the last one stands for everything else (11 to 15 are not assigned, higher ones are not sent). */
export const RCODE_LABELS: readonly string[] = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH'],
  ...['NOTZONE', 'other'],
];

/** Slots of one zone. About 190: the histograms take 82 of them, the requests 80. */
export interface ZoneSeries {
  /** `(proto * 2 + family) * TYPE_LABELS.length + type`. */
  readonly requests: readonly number[];
  readonly duration: number;
  /** By proto. */
  readonly requestSize: readonly number[];
  readonly doRequests: number;
  readonly responseSize: readonly number[];
  /** By rcode: a plugin wrote the answer. */
  readonly responses: readonly number[];
  /** By rcode: the core wrote it, or nobody (label plugin=""). */
  readonly bareResponses: readonly number[];
}

/** By index of the block's zones. */
export type PrometheusSlots = readonly ZoneSeries[];

/** Allocates what is counted for one zone; zone "dropped" is for queries that no chain takes (spec part E). `plugin`: the label of responses. */
export function allocateSeries(
  allocator: SlotAllocator,
  place: { readonly server: string; readonly zone: string; readonly view: string },
  plugin: string,
): ZoneSeries {
  const responses = (name: string) =>
    RCODE_LABELS.map((rcode) => allocator.slot(RESPONSES, { ...place, rcode, plugin: name }));
  return {
    requests: PROTOS.flatMap((proto) =>
      FAMILIES.flatMap((family) =>
        TYPE_LABELS.map((type) => allocator.slot(REQUESTS, { ...place, proto, family, type })),
      ),
    ),
    duration: allocator.histogram(DURATION, place),
    requestSize: PROTOS.map((proto) => allocator.histogram(REQUEST_SIZE, { ...place, proto })),
    doRequests: allocator.slot(DO_REQUESTS, place),
    responseSize: PROTOS.map((proto) => allocator.histogram(RESPONSE_SIZE, { ...place, proto })),
    responses: responses(plugin),
    bareResponses: responses(''),
  };
}

export const metrics: PluginMetrics<PrometheusOptions, PrometheusSlots> = {
  table: [REQUESTS, DURATION, REQUEST_SIZE, DO_REQUESTS, RESPONSE_SIZE, RESPONSES, PLUGIN_ENABLED],
  slots(allocator: SlotAllocator, scope: MetricScope): PrometheusSlots {
    const { server, view, zones, next } = scope;
    return zones.map((zone) => allocateSeries(allocator, { server, zone, view }, next[0] ?? ''));
  },
};
