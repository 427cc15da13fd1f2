// Names of endpoints, weights, ports: the small rules that services are made of.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RrsetData } from '#zone/entry.ts';
import { Form } from '#zone/layout.ts';
import type { EndpointSlice } from '../objects/object.ts';
import { decoded, type EndpointWords, plainSlice } from '../testing/objects.ts';
import { backendEntry, backendsOf, byLabel, endpointLabel, portsOf, withPort } from './backends.ts';
import { ownLabels, relativeName } from './name.ts';
import { namedPorts } from './ports.ts';
import { MAX_RECORDS, weightOf } from './records.ts';

const sliceOf = (endpoints: EndpointWords[], ports: string[] = []): EndpointSlice =>
  decoded(plainSlice('web', endpoints, { ports })) as EndpointSlice;

function recordsOf(rrset: RrsetData): [type: number, records: number] {
  if (rrset.form === Form.PACKED) return [rrset.type, rrset.addresses.length];
  return [rrset.type, rrset.form === Form.TARGETS ? rrset.groups.flatMap(({ ports }) => ports).length : 0];
}

describe('endpointLabel', () => {
  const rows: [name: string, endpoint: EndpointWords, podNames: boolean, want: string][] = [
    ['an IPv4 address', { ip: '10.0.0.1' }, false, '10-0-0-1'],
    ['an IPv6 address', { ip: 'fd00::1' }, false, 'fd00--1'],
    ['one that ends with colons', { ip: 'fd00:10::' }, false, 'fd00-10--0'],
    ['one in another spelling', { ip: 'FD00:0::1' }, false, 'fd00-0--1'],
    ['a hostname', { ip: '10.0.0.1', hostname: 'h' }, false, 'h'],
    ['a pod, not wanted', { ip: '10.0.0.1', pod: 'p' }, false, '10-0-0-1'],
    ['a pod, wanted', { ip: '10.0.0.1', pod: 'p' }, true, 'p'],
    ['a hostname before a pod', { ip: '10.0.0.1', hostname: 'h', pod: 'p' }, true, 'h'],
    ['a pod with 63 letters', { ip: '10.0.0.1', pod: 'p'.repeat(63) }, true, 'p'.repeat(63)],
    ['a pod with 64 letters', { ip: '10.0.0.1', pod: 'p'.repeat(64) }, true, '10-0-0-1'],
    ['a pod with a dot', { ip: '10.0.0.1', pod: 'kube-proxy-node.internal' }, true, '10-0-0-1'],
    ['a domain name', { ip: 'DB.example.org.' }, false, 'db-example-org'],
    ['a domain name that is too long for a label', { ip: `${'d'.repeat(40)}.${'e'.repeat(40)}.org` }, false, ''],
  ];
  for (const [name, words, podNames, want] of rows)
    it(name, () => assert.equal(endpointLabel(sliceOf([words]).endpoints[0], podNames), want));
});

describe('weightOf', () => {
  const rows: [items: number, weight: number][] = [
    [0, 100],
    [1, 100],
    [2, 50],
    [3, 33],
    [9, 11],
    [40, 2],
    [100, 1],
    [101, 1],
    [100_000, 1],
  ];
  for (const [items, weight] of rows) it(`${items} items`, () => assert.equal(weightOf(items), weight));
});

describe('backends', () => {
  const backends = backendsOf(
    [sliceOf([{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ['http 80', 'dns 53/UDP', 'alt 80'])],
    false,
  );

  it('of a port have nothing but that port', () => {
    const [, dns] = namedPorts(portsOf(backends));
    assert.deepEqual(
      withPort(backends, dns).map(({ ports }) => ports),
      [[{ name: 'dns', protocol: 'udp', port: 53 }], [{ name: 'dns', protocol: 'udp', port: 53 }]],
    );
    assert.deepEqual(withPort(backends, { ...dns, protocol: 'tcp' }), []);
  });

  it('have every list of ports once', () => {
    const [other] = backendsOf([sliceOf([{ ip: '10.0.0.3' }], ['sip 5060'])], false);
    assert.equal(portsOf(backends), backends[0].ports);
    assert.deepEqual(portsOf([...backends, other, other]), [...backends[0].ports, ...other.ports]);
    assert.deepEqual(portsOf([]), []);
  });

  for (const count of [3, 300])
    it(`of the same name stand together in their order, of ${count}`, () => {
      const named = (hostname: string, from: number): EndpointWords[] =>
        Array.from({ length: count }, (_, i) => ({
          ip: `10.${from}.${i >> 8}.${i & 255}`,
          hostname: `${hostname}${i}`,
        }));
      const some = backendsOf([sliceOf([...named('a', 1), ...named('b', 2), ...named('a', 3)])], false);
      const groups = byLabel([{ ...some[0], label: '' }, ...some]);
      assert.deepEqual(
        groups.map((group) => group[0].label),
        [...named('a', 0), ...named('b', 0)].map(({ hostname }) => hostname),
      );
      assert.ok(groups.every((group) => group.length === (group[0].label.startsWith('a') ? 2 : 1)));
      assert.equal(groups[0][1], some[2 * count]);
    });

  it('without a label have addresses and no target', () => {
    const entry = backendEntry([{ ...backends[0], label: '' }], 5, { skip: 0, own: true });
    assert.deepEqual(entry.rrsets.map(recordsOf), [[1, 1]]);
  });

  it('beyond what a message can hold are left out', () => {
    const many = Array.from({ length: MAX_RECORDS + 5 }, (_, i) => ({
      ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    }));
    const entry = backendEntry(backendsOf([sliceOf(many, ['http 80'])], false), 5, { skip: 0, own: true });
    assert.deepEqual(entry.rrsets.map(recordsOf), [
      [1, MAX_RECORDS],
      [33, MAX_RECORDS],
    ]);
  });
});

describe('relativeName', () => {
  const rows: [labels: string[], octets: number[]][] = [
    [[], []],
    [['a'], [1, 97]],
    [
      ['Web', 'svc'],
      [3, 119, 101, 98, 3, 115, 118, 99],
    ],
  ];
  for (const [labels, octets] of rows)
    it(labels.join('.') || 'the apex', () =>
      assert.deepEqual([...Buffer.from(relativeName(...labels), 'latin1')], octets),
    );
});

describe('ownLabels', () => {
  const rows: [text: string, want: string][] = [
    ['web-0', '\u0005web-0'],
    ['Web-0', '\u0005Web-0'],
    ['web-0.East', '\u0005web-0\u0004East'],
  ];
  for (const [text, want] of rows) it(text, () => assert.equal(ownLabels(text), want));
});
