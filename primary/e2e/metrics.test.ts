// /metrics of the default Corefile after a few queries: names, types, labels, buckets and what is counted (spec part E).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openResponder, type Responder } from './conformance/upstream.ts';
import { parseZone } from './conformance/zone-file.ts';
import { TestServer } from './harness.ts';
import { get, type Page, readSamples, type Samples, sum } from './http.ts';
import { opt, packet, UdpClient } from './packets.ts';

const CLUSTER = join(import.meta.dirname, '..', 'example', 'cluster');
const SERVICE = 'my-api.production.svc.cluster.local';
/** Queries for names of the cluster that the test asks. */
const CLUSTER_QUERIES = 6;
const ZONE = `example.com. 300 IN SOA ns.example.com. admin.example.com. 1 7200 3600 1209600 60
example.com. 300 IN NS ns.example.com.
example.com. 300 IN A 192.0.2.1`;

/** Without loop, whose probe would be counted as well. */
const COREFILE = `.:{PORT} {
    errors
    health 127.0.0.1:{PORT2} {
        lameduck 5s
    }
    ready 127.0.0.1:{PORT3}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus 127.0.0.1:{PORT4}
    forward . 127.0.0.1:UPSTREAM
    cache 30
    reload
    loadbalance
}
only.test:{PORT5} {
    whoami
}
`;

type Kind = 'counter' | 'gauge' | 'histogram';
type Row = readonly [metric: string, kind: Kind, labels: readonly string[]];

const families: readonly Row[] = [
  ['coredns_build_info', 'gauge', ['goversion', 'revision', 'version']],
  ['coredns_panics_total', 'counter', []],
  ['coredns_plugin_enabled', 'gauge', ['name', 'server', 'view', 'zone']],
  ['coredns_dns_requests_total', 'counter', ['family', 'proto', 'server', 'type', 'view', 'zone']],
  ['coredns_dns_request_duration_seconds', 'histogram', ['server', 'view', 'zone']],
  ['coredns_dns_request_size_bytes', 'histogram', ['proto', 'server', 'view', 'zone']],
  ['coredns_dns_do_requests_total', 'counter', ['server', 'view', 'zone']],
  ['coredns_dns_response_size_bytes', 'histogram', ['proto', 'server', 'view', 'zone']],
  ['coredns_dns_responses_total', 'counter', ['plugin', 'rcode', 'server', 'view', 'zone']],
  ['coredns_cache_entries', 'gauge', ['server', 'type', 'view', 'zones']],
  ['coredns_cache_requests_total', 'counter', ['server', 'view', 'zones']],
  ['coredns_cache_misses_total', 'counter', ['server', 'view', 'zones']],
  ['coredns_cache_hits_total', 'counter', ['server', 'type', 'view', 'zones']],
  ['coredns_forward_healthcheck_broken_total', 'counter', []],
  ['coredns_forward_max_concurrent_rejects_total', 'counter', []],
  ['coredns_proxy_request_duration_seconds', 'histogram', ['proxy_name', 'rcode', 'to']],
  ['coredns_proxy_conn_cache_misses_total', 'counter', ['proto', 'proxy_name', 'to']],
  ['coredns_health_request_duration_seconds', 'histogram', []],
  ['coredns_health_request_failures_total', 'counter', []],
  ['coredns_reload_failed_total', 'counter', []],
  ['process_cpu_seconds_total', 'counter', []],
  ['process_resident_memory_bytes', 'gauge', []],
  ['process_open_fds', 'gauge', []],
  ['process_start_time_seconds', 'gauge', []],
];

const TIME = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];
const BYTES = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000];
const SLIM = [0.00025, 0.0025, 0.025, 0.25, 2.5];
const buckets: readonly (readonly [metric: string, bounds: readonly number[]])[] = [
  ['coredns_dns_request_duration_seconds', TIME],
  ['coredns_dns_request_size_bytes', BYTES],
  ['coredns_dns_response_size_bytes', BYTES],
  ['coredns_proxy_request_duration_seconds', TIME],
  ['coredns_health_request_duration_seconds', SLIM],
];

/** Gone in this version, so that a dashboard that names them shows nothing. */
const absent = [
  'coredns_forward_requests_total',
  'coredns_forward_responses_total',
  'coredns_forward_request_duration_seconds',
  'coredns_dns_request_type_count_total',
  'coredns_dns_response_rcode_count_total',
];

describe('metrics of the default Corefile', () => {
  let server: TestServer;
  let upstream: Responder;
  let page: Page;
  let samples: Samples;

  before(async () => {
    upstream = await openResponder([parseZone(ZONE, 'example.com')]);
    server = await TestServer.start({
      corefile: COREFILE.replace('UPSTREAM', String(upstream.port)),
      manifests: CLUSTER,
    });
    await server.ask(SERVICE);
    await server.ask(SERVICE, 'AAAA');
    await server.ask(SERVICE, 'A', { tcp: true });
    await server.ask(SERVICE, 'CAA');
    await server.ask('nope.production.svc.cluster.local');
    await server.ask('example.com');
    await server.ask('example.com');
    await askWithDo();
    await askOutside();
    const read = await get(server.ports[3], '/metrics');
    assert.ok(read !== null);
    page = read;
    samples = readSamples(page.body);
  });
  after(async () => {
    await server.stop('SIGQUIT');
    await upstream.close();
  });

  async function askWithDo(): Promise<void> {
    const client = await UdpClient.open(server.port);
    await client.settle(packet({ id: 0xffff, name: `${SERVICE}.`, additional: [opt({ size: 1232, flags: 0x8000 })] }));
    client.close();
  }

  /** A listener that has no block for the name, nor the prometheus directive. */
  async function askOutside(): Promise<void> {
    const client = await UdpClient.open(server.ports[4]);
    await client.settle(packet({ id: 0xffff, name: 'elsewhere.test.' }));
    client.close();
  }

  const here = (): string => `dns://:${server.port}`;

  it('are text of the version that scrapers expect', () => {
    assert.equal(page.status, 200);
    assert.equal(page.type, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  });

  for (const [metric, kind, labels] of families)
    it(`${metric}: ${kind}${labels.length > 0 ? ` by ${labels.join(', ')}` : ''}`, () => {
      assert.match(page.body, new RegExp(`^# TYPE ${metric} ${kind}$`, 'm'));
      assert.match(page.body, new RegExp(`^# HELP ${metric} \\S`, 'm'));
      const suffix = kind === 'histogram' ? '_count' : '';
      const found = [...samples.keys()].filter((sample) => sample.split('{')[0] === `${metric}${suffix}`);
      assert.ok(found.length > 0, 'a sample');
      for (const sample of found) assert.deepEqual(labelsOf(sample), labels, sample);
    });

  for (const [metric, bounds] of buckets)
    it(`${metric} has the buckets of the reference, le last`, () => {
      const series = [...samples.keys()].filter((sample) => sample.startsWith(`${metric}_bucket{`));
      const first = series[0].replace(/,?le="[^"]*"}$/, '');
      const les = series
        .filter((sample) => sample.startsWith(first))
        .map((sample) => /,?le="([^"]*)"}$/.exec(sample)?.[1]);
      assert.deepEqual(les.slice(0, bounds.length + 1), [...bounds.map(String), '+Inf']);
    });

  it('requests by type, protocol and family', () => {
    const requests = (labels: Record<string, string>): number =>
      sum(samples, 'coredns_dns_requests_total', { server: here(), zone: '.', view: '', ...labels });
    assert.equal(requests({ type: 'A', proto: 'tcp', family: '1' }), 1);
    assert.equal(requests({ type: 'AAAA', proto: 'udp' }), 1);
    assert.equal(requests({ type: 'other', proto: 'udp' }), 1, 'CAA has no label of its own');
    // Two of the service with and without DO, one that does not exist, two of example.com.
    assert.equal(requests({ type: 'A', proto: 'udp' }), 5);
  });

  it('responses by rcode, with the plugin behind prometheus', () => {
    const responses = (labels: Record<string, string>): number =>
      sum(samples, 'coredns_dns_responses_total', { server: here(), ...labels });
    assert.equal(responses({ rcode: 'NXDOMAIN', plugin: 'errors', zone: '.' }), 1);
    assert.ok(responses({ rcode: 'NOERROR', plugin: 'errors', zone: '.' }) >= 7);
  });

  it('queries outside of all zones are dropped ones, counted also without the directive', () => {
    const labels = { server: `dns://:${server.ports[4]}`, zone: 'dropped' };
    assert.equal(sum(samples, 'coredns_dns_requests_total', labels), 1);
    assert.equal(sum(samples, 'coredns_dns_responses_total', { ...labels, rcode: 'REFUSED', plugin: '' }), 1);
  });

  it('queries with DO', () => {
    assert.equal(sum(samples, 'coredns_dns_do_requests_total', { server: here(), zone: '.' }), 1);
  });

  it('hits and misses of the cache', () => {
    const labels = { server: here(), zones: '.', view: '' };
    assert.ok(sum(samples, 'coredns_cache_hits_total', { ...labels, type: 'success' }) >= 1);
    assert.ok(sum(samples, 'coredns_cache_misses_total', labels) >= 1);
    assert.ok(sum(samples, 'coredns_cache_entries', { ...labels, type: 'success' }) >= 1);
    const { hits, misses, requests } = cacheTotals(samples);
    assert.deepEqual([hits, misses], [1, 1]);
    assert.equal(
      requests,
      hits + misses + CLUSTER_QUERIES,
      'names of the cluster pass the cache, neither hit nor missed',
    );
  });

  it('what the upstream took', () => {
    const labels = { proxy_name: 'forward', to: `127.0.0.1:${upstream.port}` };
    assert.equal(sum(samples, 'coredns_proxy_request_duration_seconds_count', { ...labels, rcode: 'NOERROR' }), 1);
    assert.equal(sum(samples, 'coredns_proxy_conn_cache_misses_total', { ...labels, proto: 'udp' }), 1);
  });

  it('plugins that take part in answering, in the chain of each block that has the directive', () => {
    const enabled = [...samples.keys()].filter((sample) => sample.startsWith('coredns_plugin_enabled{'));
    const names = enabled.map((sample) => /name="([^"]*)"/.exec(sample)?.[1]).sort();
    assert.deepEqual(names, ['cache', 'errors', 'forward', 'kubernetes', 'loadbalance', 'prometheus']);
    assert.ok(enabled.every((sample) => sample.includes(`server="${here()}"`) && samples.get(sample) === 1));
  });

  it('nothing that this version of the reference has given up', () => {
    for (const metric of absent) assert.doesNotMatch(page.body, new RegExp(`^${metric}\\b`, 'm'));
  });

  it('every sample belongs to a described family and is a number', () => {
    const described = new Set([...page.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const [sample, value] of samples) {
      const name = sample.split('{')[0];
      assert.ok(described.has(name) || described.has(name.replace(/_(bucket|sum|count)$/, '')), sample);
      assert.ok(Number.isFinite(value) || sample.includes('+Inf'), `${sample} ${value}`);
    }
  });

  it('other paths are not there', async () => {
    assert.deepEqual(
      [(await get(server.ports[3], '/'))?.status, (await get(server.ports[3], '/'))?.body],
      [404, '404 page not found\n'],
    );
  });
});

/** Names of the labels, in the order in which they stand. */
function labelsOf(sample: string): string[] {
  return [...sample.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label);
}

function cacheTotals(samples: Samples): { hits: number; misses: number; requests: number } {
  return {
    hits: sum(samples, 'coredns_cache_hits_total'),
    misses: sum(samples, 'coredns_cache_misses_total'),
    requests: sum(samples, 'coredns_cache_requests_total'),
  };
}
