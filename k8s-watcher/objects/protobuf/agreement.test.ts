// Whatever the API has is the same object, or the same complaint, read from JSON and from protobuf.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { WatchEvent } from '../../api/events.ts';
import { readEvent } from '../../api/json.ts';
import { RESOURCES, type Resource } from '../../api/resources.ts';
import { managed, podWithSpec } from '../../testing/large.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../../testing/objects.ts';
import { protobufFrame } from '../../testing/protobuf.ts';
import { ProtobufWatch } from './watch.ts';

const CLUSTER = new URL('../../../primary/e2e/conformance/data/cluster.json', import.meta.url);
const KINDS: readonly string[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod'];

function resourceOf(plain: Plain): Resource {
  const found = RESOURCES.find(({ plainKind }) => plainKind === plain['kind']);
  assert.ok(found !== undefined, `${String(plain['kind'])} has no resource`);
  return found;
}

function fromProtobuf(type: string, plain: Plain, labelled = true): WatchEvent {
  const events: WatchEvent[] = [];
  new ProtobufWatch(resourceOf(plain).kind, labelled).push(protobufFrame(type, plain), (event) => events.push(event));
  assert.equal(events.length, 1);
  return events[0];
}

/** Without what is undefined: one format leaves it out, the other does not. */
function defined(event: WatchEvent): unknown {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined));
}

function agree(plain: Plain, type = 'ADDED'): WatchEvent {
  const event = fromProtobuf(type, plain);
  assert.deepEqual(defined(event), defined(readEvent(resourceOf(plain), JSON.stringify({ type, object: plain }))));
  return event;
}

const withPart = (plain: Plain, part: string, fields: Plain): Plain => ({
  ...plain,
  [part]: { ...(plain[part] as Plain), ...fields },
});
const web = plainService('web', { ip: '10.96.0.20' });
const slice = plainSlice('web', []);
const withEndpoints = (...endpoints: Plain[]): Plain => ({ ...slice, endpoints });

describe('the same object from JSON and protobuf', () => {
  it('the time that a slice notes, among other annotations', () => {
    const noted = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-02T03:04:05.678Z' };
    const object = agree(withPart(slice, 'metadata', { annotations: { a: 'b', ...noted, z: 'y' } })).object;
    assert.equal(object?.kind === 'EndpointSlice' && object.changedAt, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  });

  const { items } = JSON.parse(readFileSync(CLUSTER, 'utf8')) as { items: Plain[] };
  for (const plain of items.filter(({ kind }) => KINDS.includes(String(kind)))) {
    const { namespace = '', name } = plain['metadata'] as Plain;
    it(`${String(plain['kind'])} ${String(namespace)}/${String(name)} of the conformance cluster`, () => {
      const event = agree(plain);
      assert.equal(event.problem, undefined);
      assert.deepEqual(agree(managed(plain)).object, event.object);
      assert.equal(agree(managed(plain), 'DELETED').object, undefined);
    });
  }

  const rows: Record<string, Plain> = {
    'labels of a namespace': plainNamespace('prod', { team: 'core', env: '', 'a/b': 'ü' }),
    'a service of both families': plainService('web', {
      ip: ['10.0.0.1', 'fd00::1'],
      ports: ['http 80', 'dns 53/UDP', 'x 9/SCTP', 9090],
    }),
    'the older clusterIP': withPart(plainService('web'), 'spec', { clusterIPs: null, clusterIP: '10.0.0.9' }),
    'no address yet': plainService('web', { ports: [80] }),
    'a headless service': plainService('db', { ip: 'None', namespace: 'data' }),
    'an alias': plainService('ext', { externalName: 'API.example.org.', ports: ['pg 5432'] }),
    'a balanced service': {
      ...withPart(web, 'spec', { externalIPs: ['203.0.113.1', '2001:db8::1'] }),
      status: { loadBalancer: { ingress: [{ ip: '203.0.113.2' }, { hostname: 'lb.example.net' }, { ipMode: 'VIP' }] } },
    },
    'all fields of endpoints': plainSlice(
      'web',
      [
        { ip: '10.1.0.1', hostname: 'h', pod: 'p', zone: 'z' },
        { ip: '10.1.0.2', ready: false },
        { ip: 'fd00::2', ready: null },
      ],
      { ports: ['http 80', 'dns 53/UDP'] },
    ),
    'several addresses, unusual spellings, a domain name': withEndpoints({
      addresses: ['10.1.0.1', 'FD00:0:0::1', 'db.Example.com', '::ffff:192.0.2.1', '01.2.3.4', '1.2.3.4'],
    }),
    'conditions that do not count': withEndpoints(
      { addresses: ['10.1.0.1'], conditions: { ready: false, serving: true, terminating: true } },
      { addresses: ['10.1.0.2'], conditions: { ready: true, serving: false } },
      { addresses: ['10.1.0.3'], conditions: {} },
    ),
    'a port of a slice without a number': { ...slice, ports: [{ name: 'any', port: null }, { name: '' }] },
    'a slice of nobody': { ...slice, metadata: { name: 'stray', namespace: 'default', resourceVersion: '7' } },
    'a pod': plainPod('web-0', '10.244.0.1', { labels: { app: 'web' } }),
    'a pod without an address yet': plainPod('web-0', '', { phase: 'Pending' }),
    'a pod of the other family': plainPod('web-0', 'FD00::1'),
    'a pod that is being deleted': plainPod('web-0', '10.244.0.1', { terminating: true }),
    'a pod that has succeeded': plainPod('job', '10.244.0.9', { phase: 'Succeeded' }),
    'a pod of unknown fate': plainPod('job', '10.244.0.9', { phase: 'Unknown' }),
  };
  for (const [name, plain] of Object.entries(rows)) it(name, () => assert.equal(agree(plain).problem, undefined));

  const labels = { a: 'b', 'kubernetes.io/service-name': 'web', z: 'y' };
  const unlabelled: Record<string, [plain: Plain, labels: Plain]> = {
    service: [withPart(web, 'metadata', { labels }), {}],
    slice: [withPart(slice, 'metadata', { labels }), { 'kubernetes.io/service-name': 'web' }],
    pod: [plainPod('web-0', '10.244.0.1', { labels }), labels],
    namespace: [plainNamespace('prod', labels), labels],
  };
  for (const [name, [plain, kept]] of Object.entries(unlabelled))
    it(`a ${name} whose labels nobody looks at has those that it is read by`, () => {
      const { object } = fromProtobuf('ADDED', plain, false);
      assert.deepEqual(object?.labels, kept);
      assert.deepEqual({ ...object, labels }, { ...agree(plain).object, labels });
    });

  it('a large pod is read as the small object that it is here', () => {
    const pod = managed(podWithSpec('web-0', '10.244.0.1', { labels: { app: 'web' } }));
    assert.ok(protobufFrame('ADDED', pod).length > 2500);
    assert.deepEqual(agree(pod).object, {
      kind: 'Pod',
      namespace: 'default',
      name: 'web-0',
      labels: { app: 'web' },
      address: '10.244.0.1',
      terminating: false,
    });
    assert.equal(agree(pod).resourceVersion, '4711');
  });
});

describe('the same complaint from JSON and protobuf', () => {
  const rows: Record<string, Plain> = {
    'a cluster address': plainService('web', { ip: 'x' }),
    'the second cluster address': plainService('web', { ip: ['10.0.0.1', 'fe80::1%eth0'] }),
    'the older clusterIP': withPart(plainService('web'), 'spec', { clusterIPs: null, clusterIP: '1.2.3' }),
    'an external address': withPart(web, 'spec', { externalIPs: ['10.0.0.1', 'no'] }),
    'an address of a balancer': { ...web, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { ip: 'lb' }] } } },
    'a name of a balancer': { ...web, status: { loadBalancer: { ingress: [{ hostname: 'a..b' }] } } },
    'a port that is too large': withPart(web, 'spec', { ports: [{ port: 65536 }] }),
    'a negative port': withPart(web, 'spec', { ports: [{ port: 80 }, { port: -1 }] }),
    'a protocol': withPart(web, 'spec', { ports: [{ port: 80, protocol: 'ICMP' }] }),
    'a protocol that is something else to JavaScript': withPart(web, 'spec', {
      ports: [{ port: 80, protocol: 'constructor' }],
    }),
    'the name of a port': withPart(web, 'spec', { ports: [{ port: 80, name: 'Web_1' }] }),
    'the name of a service': withPart(web, 'metadata', { name: 'a.b' }),
    'a name': withPart(web, 'metadata', { name: 'Web' }),
    'no name': { ...web, metadata: { namespace: 'default' } },
    'a namespace': withPart(web, 'metadata', { namespace: 'a.b' }),
    'the name of a namespace': plainNamespace('a.b'),
    'no external name': withPart(web, 'spec', { type: 'ExternalName' }),
    'an external name': plainService('ext', { externalName: 'a..b' }),
    'an address of an endpoint': withEndpoints({ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2', 'a..b'] }),
    'no address of an endpoint': withEndpoints({ addresses: [''] }),
    'a hostname': withEndpoints({ addresses: ['10.0.0.1'], hostname: 'a.b' }),
    'the address of a pod': plainPod('web-0', 'somewhere'),
    'a long value': withPart(web, 'spec', { clusterIPs: ['n'.repeat(200)] }),
  };
  for (const [name, plain] of Object.entries(rows))
    it(name, () => {
      const { object, problem } = agree(plain);
      assert.equal(object, undefined);
      assert.ok(problem !== undefined && !problem.includes('\n'));
    });
});
