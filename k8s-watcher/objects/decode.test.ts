// Plain Kubernetes JSON → trimmed objects, and what is said of JSON that is none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ObjectError } from '../errors.ts';
import { encodeLine } from '../state/line.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { decodeObject } from './decode.ts';
import type { ClusterObject } from './object.ts';

/** Addresses as text, so that rows can be read. */
function shown(object: ClusterObject | undefined): unknown {
  return object === undefined ? null : JSON.parse(encodeLine(object));
}

/** `plain` with `spec`, `metadata` or `status` completed. */
function withPart(plain: Plain, part: string, fields: Plain): Plain {
  return { ...plain, [part]: { ...(plain[part] as Plain), ...fields } };
}

const web = plainService('web', { ip: '10.96.0.20' });
const slice = plainSlice('web', []);
const withEndpoints = (...endpoints: Plain[]): Plain => ({ ...slice, endpoints });
const withPorts = (plain: Plain, ...ports: unknown[]): Plain => withPart(plain, 'spec', { ports });

const nothing = { externalAddresses: [], externalHosts: [], externalName: '' };

describe('decodeObject', () => {
  const rows: { name: string; plain: Plain; want: unknown }[] = [
    {
      name: 'a namespace',
      plain: plainNamespace('prod', { team: 'core' }),
      want: { kind: 'Namespace', name: 'prod', labels: { team: 'core' } },
    },
    {
      name: 'a service with cluster addresses of both families',
      plain: plainService('web', {
        ip: ['10.96.0.20', 'fd00::20'],
        ports: ['http 80', 'dns 53/UDP', 9090],
        labels: { a: 'b' },
      }),
      want: {
        kind: 'Service',
        namespace: 'default',
        name: 'web',
        labels: { a: 'b' },
        mode: 'cluster',
        addresses: ['10.96.0.20', 'fd00::20'],
        ports: [
          { name: 'http', protocol: 'tcp', port: 80 },
          { name: 'dns', protocol: 'udp', port: 53 },
          { name: '', protocol: 'tcp', port: 9090 },
        ],
        ...nothing,
      },
    },
    {
      name: 'a service that only has the older clusterIP',
      plain: withPart(plainService('web'), 'spec', { clusterIPs: null, clusterIP: '10.96.0.21' }),
      want: {
        kind: 'Service',
        namespace: 'default',
        name: 'web',
        labels: {},
        mode: 'cluster',
        addresses: ['10.96.0.21'],
        ports: [],
        ...nothing,
      },
    },
    {
      name: 'a service without an address yet',
      plain: plainService('web'),
      want: {
        kind: 'Service',
        namespace: 'default',
        name: 'web',
        labels: {},
        mode: 'cluster',
        addresses: [],
        ports: [],
        ...nothing,
      },
    },
    {
      name: 'a headless service',
      plain: plainService('db', { ip: 'None', namespace: 'data' }),
      want: {
        kind: 'Service',
        namespace: 'data',
        name: 'db',
        labels: {},
        mode: 'headless',
        addresses: [],
        ports: [],
        ...nothing,
      },
    },
    {
      name: 'an ExternalName, its final dot off',
      plain: plainService('ext', { externalName: 'api.example.org.', ports: ['pg 5432'] }),
      want: {
        kind: 'Service',
        namespace: 'default',
        name: 'ext',
        labels: {},
        mode: 'external',
        addresses: [],
        ports: [{ name: 'pg', protocol: 'tcp', port: 5432 }],
        ...nothing,
        externalName: 'api.example.org',
      },
    },
    {
      name: 'external addresses and those of the load balancer',
      plain: {
        ...withPart(plainService('lb', { ip: '10.96.0.22' }), 'spec', { externalIPs: ['203.0.113.1'] }),
        status: { loadBalancer: { ingress: [{ ip: '203.0.113.2' }, { hostname: 'lb.example.net' }] } },
      },
      want: {
        kind: 'Service',
        namespace: 'default',
        name: 'lb',
        labels: {},
        mode: 'cluster',
        addresses: ['10.96.0.22'],
        ports: [],
        externalName: '',
        externalAddresses: ['203.0.113.1', '203.0.113.2'],
        externalHosts: ['lb.example.net'],
      },
    },
    {
      name: 'a slice: ready endpoints and those that do not say (nil means ready)',
      plain: plainSlice(
        'web',
        [
          { ip: '10.244.0.1', hostname: 'web-0', pod: 'web-0', zone: 'eu-1a' },
          { ip: '10.244.0.2', ready: false },
          { ip: '10.244.0.3', ready: null },
        ],
        { ports: ['http 8080'] },
      ),
      want: {
        kind: 'EndpointSlice',
        namespace: 'default',
        name: 'web-abcde',
        labels: { 'kubernetes.io/service-name': 'web' },
        service: 'web',
        endpoints: [
          { address: '10.244.0.1', spelling: '', hostname: 'web-0', podName: 'web-0', zone: 'eu-1a' },
          { address: '10.244.0.3', spelling: '', hostname: '', podName: '', zone: '' },
        ],
        ports: [{ name: 'http', protocol: 'tcp', port: 8080 }],
      },
    },
    {
      name: 'serving and terminating do not count, only ready does',
      plain: withEndpoints(
        { addresses: ['10.244.0.1'], conditions: { ready: false, serving: true, terminating: true } },
        { addresses: ['10.244.0.2'], conditions: { ready: true, serving: false } },
      ),
      want: {
        ...(shown(decodeObject(slice)) as object),
        endpoints: [{ address: '10.244.0.2', spelling: '', hostname: '', podName: '', zone: '' }],
      },
    },
    {
      name: 'several addresses of one endpoint, an unusual spelling, a domain name',
      plain: withEndpoints({ addresses: ['10.244.0.1', 'FD00:0:0::1', 'db.example.com'], hostname: 'db' }),
      want: {
        ...(shown(decodeObject(slice)) as object),
        endpoints: [
          { address: '10.244.0.1', spelling: '', hostname: 'db', podName: '', zone: '' },
          { address: 'fd00::1', spelling: 'fd00:0:0::1', hostname: 'db', podName: '', zone: '' },
          { address: '', spelling: 'db.example.com', hostname: 'db', podName: '', zone: '' },
        ],
      },
    },
    {
      name: 'a port of a slice without a number stands for all',
      plain: { ...slice, ports: [{ name: 'any', port: null }] },
      want: { ...(shown(decodeObject(slice)) as object), ports: [{ name: 'any', protocol: 'tcp', port: 0 }] },
    },
    {
      name: 'a slice that says when what it tells of happened',
      plain: withPart(slice, 'metadata', {
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-02T03:04:05.678901234Z' },
      }),
      want: {
        ...(shown(decodeObject(slice)) as object),
        changedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      },
    },
    {
      name: 'a slice that says so in a way that nobody understands',
      plain: withPart(slice, 'metadata', {
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'lately' },
      }),
      want: shown(decodeObject(slice)),
    },
    {
      name: 'a slice of nobody',
      plain: { ...slice, metadata: { name: 'stray' } },
      want: {
        kind: 'EndpointSlice',
        namespace: 'default',
        name: 'stray',
        labels: {},
        service: '',
        endpoints: [],
        ports: [],
      },
    },
    {
      name: 'a pod',
      plain: plainPod('web-0', '10.244.0.1', { labels: { app: 'web' } }),
      want: {
        kind: 'Pod',
        namespace: 'default',
        name: 'web-0',
        labels: { app: 'web' },
        address: '10.244.0.1',
        terminating: false,
      },
    },
    {
      name: 'a pod without an address yet',
      plain: plainPod('web-0', '', { phase: 'Pending' }),
      want: { kind: 'Pod', namespace: 'default', name: 'web-0', labels: {}, address: '', terminating: false },
    },
    {
      name: 'a pod that is being deleted',
      plain: plainPod('web-0', '10.244.0.1', { terminating: true }),
      want: { kind: 'Pod', namespace: 'default', name: 'web-0', labels: {}, address: '10.244.0.1', terminating: true },
    },
    {
      name: 'a pod that has succeeded is none',
      plain: plainPod('job', '10.244.0.9', { phase: 'Succeeded' }),
      want: null,
    },
    { name: 'a pod that has failed is none', plain: plainPod('job', '10.244.0.9', { phase: 'Failed' }), want: null },
    { name: 'a pod of unknown fate is none', plain: plainPod('job', '10.244.0.9', { phase: 'Unknown' }), want: null },
    { name: 'another kind is none', plain: { apiVersion: 'apps/v1', kind: 'Deployment' }, want: null },
    { name: 'a Service of somebody else is none', plain: { ...web, apiVersion: 'serving.knative.dev/v1' }, want: null },
    {
      name: 'a slice of a former version is none',
      plain: { ...slice, apiVersion: 'discovery.k8s.io/v1beta1' },
      want: null,
    },
  ];
  for (const { name, plain, want } of rows) it(name, () => assert.deepEqual(shown(decodeObject(plain)), want));

  it('what is no object is none', () => {
    for (const value of [null, undefined, 'text', 7, [web]]) assert.equal(decodeObject(value), undefined);
  });
});

describe('decodeObject says what is wrong', () => {
  const rows: { name: string; plain: Plain; message: string }[] = [
    {
      name: 'a cluster address',
      plain: plainService('web', { ip: 'x' }),
      message: 'Service default/web: spec.clusterIPs[0]: "x" is not an IP address',
    },
    {
      name: 'a cluster address with an interface',
      plain: plainService('web', { ip: 'fe80::1%eth0' }),
      message: 'Service default/web: spec.clusterIPs[0]: "fe80::1%eth0" is not an IP address',
    },
    {
      name: 'a list that is none',
      plain: withPart(web, 'spec', { ports: 'nine' }),
      message: 'Service default/web: spec.ports: "nine" is not a list',
    },
    {
      name: 'a port that is too large',
      plain: withPorts(web, { port: 65536 }),
      message: 'Service default/web: spec.ports[0].port: 65536 is not an integer within 1…65535',
    },
    {
      name: 'a port that is no integer',
      plain: withPorts(web, { port: 80.5 }),
      message: 'Service default/web: spec.ports[0].port: 80.5 is not an integer within 1…65535',
    },
    {
      name: 'a port as text',
      plain: withPorts(web, { port: 80 }, { port: 'http' }),
      message: 'Service default/web: spec.ports[1].port: "http" is not an integer within 1…65535',
    },
    {
      name: 'a protocol',
      plain: withPorts(web, { port: 80, protocol: 'ICMP' }),
      message: 'Service default/web: spec.ports[0].protocol: "ICMP" is not TCP, UDP or SCTP',
    },
    {
      name: 'a protocol that is something else to JavaScript',
      plain: withPorts(web, { port: 80, protocol: 'constructor' }),
      message: 'Service default/web: spec.ports[0].protocol: "constructor" is not TCP, UDP or SCTP',
    },
    {
      name: 'the name of a port',
      plain: withPorts(web, { port: 80, name: 'Web_1' }),
      message: 'Service default/web: spec.ports[0].name: "Web_1" is not a DNS label',
    },
    {
      name: 'a name',
      plain: withPart(web, 'metadata', { name: 'Web' }),
      message: 'Service: metadata.name: "Web" is not a name of lower-case letters, digits, "-" and "."',
    },
    {
      name: 'a service with a dot',
      plain: withPart(web, 'metadata', { name: 'a.b' }),
      message: 'Service default/a.b: metadata.name: "a.b" is not a DNS label',
    },
    { name: 'no name', plain: { ...web, metadata: {} }, message: 'Service: metadata.name: is missing' },
    {
      name: 'a namespace',
      plain: withPart(web, 'metadata', { namespace: 'a.b' }),
      message: 'Service: metadata.namespace: "a.b" is not a DNS label',
    },
    {
      name: 'a namespace with a dot',
      plain: plainNamespace('a.b'),
      message: 'Namespace a.b: metadata.name: "a.b" is not a DNS label',
    },
    {
      name: 'a label that is a number',
      plain: withPart(web, 'metadata', { labels: { version: 1.1 } }),
      message: 'Service default/web: metadata.labels["version"]: 1.1 is not a text',
    },
    {
      name: 'an ExternalName without a name',
      plain: withPart(web, 'spec', { type: 'ExternalName' }),
      message: 'Service default/web: spec.externalName: is missing',
    },
    {
      name: 'an ExternalName that is none',
      plain: plainService('ext', { externalName: 'a..b' }),
      message: 'Service default/ext: spec.externalName: "a..b" is not a domain name',
    },
    {
      name: 'an endpoint’s address',
      plain: withEndpoints({ addresses: ['10.0.0.1', 'a..b'] }),
      message:
        'EndpointSlice default/web-abcde: endpoints[0].addresses[1]: "a..b" is neither an IP address nor a domain name',
    },
    {
      name: 'a hostname',
      plain: withEndpoints({ addresses: ['10.0.0.1'], hostname: 'a.b' }),
      message: 'EndpointSlice default/web-abcde: endpoints[0].hostname: "a.b" is not a DNS label',
    },
    {
      name: 'readiness',
      plain: withEndpoints({ addresses: ['10.0.0.1'], conditions: { ready: 'yes' } }),
      message: 'EndpointSlice default/web-abcde: endpoints[0].conditions.ready: "yes" is not true or false',
    },
    {
      name: 'the address of a pod',
      plain: plainPod('web-0', 'somewhere'),
      message: 'Pod default/web-0: status.podIP: "somewhere" is not an IP address',
    },
    { name: 'metadata', plain: { ...web, metadata: 'web' }, message: 'Service: metadata: "web" is not an object' },
    {
      name: 'a long value is cut',
      plain: withPart(web, 'spec', { ports: 'n'.repeat(200) }),
      message: `Service default/web: spec.ports: "${'n'.repeat(76)}… is not a list`,
    },
  ];
  for (const { name, plain, message } of rows) {
    it(name, () => {
      assert.throws(
        () => decodeObject(plain),
        (error: unknown) => {
          assert.ok(error instanceof ObjectError);
          assert.equal(error.code, 'ERR_OBJECT');
          assert.equal(error.message, message);
          return true;
        },
      );
    });
  }
});
