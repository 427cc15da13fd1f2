// Names of services as they are seen from outside of the cluster: what there is, what follows events, what the serial tells of.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '../testing/image.ts';
import { type Plain, plainNamespace, plainService, plainSlice, type ServiceWords } from '../testing/objects.ts';
import { ImageCompiler } from './image.ts';
import type { ImageOptions } from './options.ts';

const namespace = plainNamespace('default');
const OPTIONS: Partial<ImageOptions> = {
  naming: 'external',
  ttl: 33,
  external: { ttl: 77, headless: false, apex: 'dns' },
};
const HEADLESS: Partial<ImageOptions> = { ...OPTIONS, external: { ttl: 77, headless: true, apex: 'dns' } };
const open = (objects: readonly Plain[], options: Partial<ImageOptions> = {}): TestImage =>
  new TestImage({ ...OPTIONS, ...options }, [namespace, ...objects]);
const IP = '203.0.113.1';
const web = (words: ServiceWords = {}): Plain =>
  plainService('web', { ip: '10.96.0.1', ports: ['http 80'], exposed: [IP], ...words });

describe('a service', () => {
  const rows: { name: string; objects: readonly Plain[]; options?: Partial<ImageOptions>; want: object }[] = [
    {
      name: 'with external addresses: itself and its ports, not its endpoints',
      objects: [
        web({ exposed: [IP, '2001:db8::1'], ports: ['http 80', 'dns 53/UDP'] }),
        plainSlice('web', ['10.1.0.1']),
      ],
      want: {
        'web.default': ['flags 8', `A ${IP}`, 'AAAA 2001:db8::1', `SRV weight 25 skip 0: 80,53 [] ${IP} 2001:db8::1`],
        '_dns._udp.web.default': [
          'flags 8',
          `A ${IP}`,
          'AAAA 2001:db8::1',
          `SRV weight 50 skip 2: 53 [] ${IP} 2001:db8::1`,
        ],
        '10-1-0-1.web.default': undefined,
        default: ['flags 1'],
        [IP]: ['PTR web.default'],
        '2001:db8::1': ['PTR web.default'],
        '10.96.0.1': undefined,
        '': undefined,
      },
    },
    {
      name: 'with a load balancer of addresses and host names',
      objects: [web({ exposed: [], balancer: [IP, 'b.test', 'a.test'] })],
      want: {
        'web.default': ['flags 10', `A ${IP}`, `SRV weight 33 skip 0: 80 [] ${IP}`, 'CNAME b.test. a.test.'],
        [IP]: ['PTR web.default'],
      },
    },
    {
      name: 'with host names only: a group that is no target itself',
      objects: [web({ exposed: [], balancer: ['a.test'] })],
      want: { 'web.default': ['flags 10', 'SRV weight 100 skip 0: 80 []', 'CNAME a.test.'] },
    },
    {
      name: 'with an address twice: weights count it twice',
      objects: [web({ balancer: [IP] })],
      want: { 'web.default': ['flags 8', `A ${IP}`, `SRV weight 50 skip 0: 80 [] ${IP}`] },
    },
    {
      name: 'without ports',
      objects: [web({ ports: [] })],
      want: { 'web.default': ['flags 8', `A ${IP}`] },
    },
    {
      name: 'that is an ExternalName, with addresses and without',
      objects: [
        plainService('web', { externalName: 'a.test', exposed: [IP] }),
        plainService('no', { externalName: 'a.test' }),
      ],
      want: { 'web.default': ['flags 8', `A ${IP}`], 'no.default': undefined },
    },
    {
      name: 'without external addresses',
      objects: [web({ exposed: [] }), plainSlice('web', ['10.1.0.1'])],
      want: { 'web.default': undefined, '_http._tcp.web.default': undefined },
    },
    {
      name: 'in a namespace that does not exist: its address still has a name',
      objects: [web({ namespace: 'gone' })],
      want: { 'web.gone': undefined, gone: undefined, [IP]: ['PTR web.gone'] },
    },
    {
      name: 'in a namespace that is not listed',
      options: { namespaces: ['other'] },
      objects: [web()],
      want: { 'web.default': undefined, default: undefined, [IP]: undefined },
    },
    {
      name: 'that is not selected',
      options: { labels: [{ key: 'app', operator: 'exists', values: [] }] },
      objects: [web()],
      want: { 'web.default': undefined, default: ['flags 1'], [IP]: undefined },
    },
    {
      name: 'and another one with the same address: both have it',
      objects: [web(), plainService('also', { ip: '10.96.0.2', exposed: [IP] })],
      want: { [IP]: ['PTR web.default also.default'] },
    },
    {
      name: 'that is headless: nothing',
      objects: [web({ ip: 'None', exposed: [] }), plainSlice('web', ['10.1.0.1'], { ports: ['http 80'] })],
      want: { 'web.default': undefined, '10-1-0-1.web.default': undefined, '10.1.0.1': undefined },
    },
    {
      name: 'that is headless, with `headless`: itself, its ports and endpoints; no reverse names',
      options: HEADLESS,
      objects: [
        web({ ip: 'None', exposed: [] }),
        plainSlice('web', [{ ip: '10.1.0.1', hostname: 'a' }, '10.1.0.2'], { ports: ['http 80'] }),
      ],
      want: {
        'web.default': ['A 10.1.0.1 10.1.0.2', 'SRV weight 50 skip 0: 80 [a] 10.1.0.1 | 80 [10-1-0-2] 10.1.0.2'],
        '_http._tcp.web.default': [
          'A 10.1.0.1 10.1.0.2',
          'SRV weight 50 skip 2: 80 [a] 10.1.0.1 | 80 [10-1-0-2] 10.1.0.2',
        ],
        'a.web.default': ['A 10.1.0.1', 'SRV weight 100 skip 1: 80 [a] 10.1.0.1'],
        '10.1.0.1': undefined,
      },
    },
    {
      name: 'that is headless and has external addresses, with `headless`: these',
      options: HEADLESS,
      objects: [web({ ip: 'None' }), plainSlice('web', ['10.1.0.1'], { ports: ['http 80'] })],
      want: {
        'web.default': ['flags 8', `A ${IP}`, `SRV weight 100 skip 0: 80 [] ${IP}`],
        '10-1-0-1.web.default': undefined,
      },
    },
    {
      name: 'with a cluster address only, with `headless`: its endpoints',
      options: HEADLESS,
      objects: [web({ exposed: [] }), plainSlice('web', ['10.1.0.1'], { ports: ['http 80'] })],
      want: {
        'web.default': undefined,
        '_http._tcp.web.default': undefined,
        '10-1-0-1.web.default': ['A 10.1.0.1', 'SRV weight 100 skip 1: 80 [10-1-0-1] 10.1.0.1'],
      },
    },
  ];
  for (const { name, objects, options, want } of rows)
    it(name, () => {
      const image = open(objects, options);
      const got = Object.fromEntries(Object.keys(want).map((key) => [key, image.lines(key)]));
      assert.deepEqual(got, want);
    });

  it('has addresses and PTR with the TTL of k8s_external, SRV and CNAME with that of kubernetes', () => {
    const image = open([web({ balancer: ['a.test'] })]);
    const ttls = (name: string): string[] => (image.entry(name)?.rrsets ?? []).map(({ type, ttl }) => `${type} ${ttl}`);
    assert.deepEqual(ttls('web.default'), ['1 77', '33 33', '5 33']);
    assert.deepEqual(ttls(IP), ['12 77']);
  });
});

describe('the name server of the zone', () => {
  const localAddresses = ['10.1.0.53', 'fe80::1%eth0'];
  const slice = plainSlice('dns', ['10.1.0.53', '10.1.0.54']);
  const rows: { name: string; objects: readonly Plain[]; options?: Partial<ImageOptions>; want?: string[] }[] = [
    { name: 'no service has the address of this server', objects: [plainService('dns', { exposed: [IP] })] },
    {
      name: 'the service has external addresses',
      objects: [plainService('dns', { ip: '10.96.0.10', exposed: [IP] }), slice],
      want: [`A ${IP}`],
    },
    { name: 'the service has none', objects: [plainService('dns', { ip: '10.96.0.10' }), slice], want: [] },
    { name: 'a headless service', objects: [plainService('dns', { ip: 'None' }), slice], want: [] },
    {
      name: 'a headless service, with `headless`',
      options: HEADLESS,
      objects: [plainService('dns', { ip: 'None' }), slice],
      want: ['A 10.1.0.53 10.1.0.54'],
    },
    { name: 'a slice without its service', objects: [slice], want: [] },
  ];
  for (const { name, objects, options, want } of rows)
    it(name, () => assert.deepEqual(open(objects, { ...options, localAddresses }).lines(''), want));
});

describe('an image follows', () => {
  it('addresses that come, move and go', () => {
    const image = open([web({ exposed: [] })]);
    assert.equal(image.lines('web.default'), undefined);
    image.put(web());
    assert.deepEqual(image.lines(IP), ['PTR web.default']);
    image.put(web({ exposed: ['203.0.113.2'] }), plainService('also', { exposed: [IP] }));
    assert.deepEqual(image.lines(IP), ['PTR also.default']);
    assert.deepEqual(image.lines('203.0.113.2'), ['PTR web.default']);
    image.remove(web(), plainService('also'));
    assert.equal(image.compiler.names, 1);
  });

  it('a namespace that comes and goes', () => {
    const image = new TestImage(OPTIONS, [web()]);
    assert.equal(image.lines('web.default'), undefined);
    image.put(namespace);
    assert.notEqual(image.lines('web.default'), undefined);
    image.remove(namespace);
    assert.deepEqual([image.lines('web.default'), image.lines('default')], [undefined, undefined]);
  });
});

describe('the serial', () => {
  const rows: { name: string; put?: Plain; remove?: Plain; moves: boolean }[] = [
    { name: 'a service comes', put: plainService('more', { exposed: ['203.0.113.9'] }), moves: false },
    { name: 'a service goes', remove: web(), moves: false },
    { name: 'other addresses', put: web({ exposed: ['203.0.113.2'] }), moves: true },
    { name: 'a host name', put: web({ balancer: ['a.test'] }), moves: true },
    { name: 'other ports', put: web({ ports: ['http 81'] }), moves: true },
    {
      name: 'other ports of a service that nobody sees outside',
      put: plainService('inner', { ip: '10.96.0.3', ports: ['http 81'] }),
      moves: true,
    },
    { name: 'other cluster addresses', put: web({ ip: '10.96.0.9' }), moves: false },
    { name: 'labels', put: web({ labels: { a: 'b' } }), moves: false },
    { name: 'an ExternalName', put: plainService('alias', { externalName: 'b.test' }), moves: false },
    { name: 'endpoints', put: plainSlice('web', ['10.1.0.1']), moves: false },
    { name: 'a namespace', put: plainNamespace('more'), moves: false },
  ];
  const start = [
    web(),
    plainService('inner', { ip: '10.96.0.3', ports: ['http 80'] }),
    plainService('alias', { externalName: 'a.test' }),
  ];
  for (const { name, put, remove, moves } of rows)
    it(`${moves ? 'moves' : 'stays 0'}: ${name}`, () => {
      const image = open(start);
      assert.equal(image.image.serial(), 0);
      if (put !== undefined) image.put(put);
      if (remove !== undefined) image.remove(remove);
      assert.equal(image.image.serial(), moves ? image.now : 0);
    });

  it('a successor that finds something changed moves it', () => {
    const image = open(start);
    image.store.apply({ action: 'delete', id: { kind: 'Service', namespace: 'default', name: 'web' } });
    new ImageCompiler(image.compiler.options, image.writer, image.store, 0).publishAll(5000);
    assert.equal(image.image.serial(), 5000);
  });
});
