// Names of services in an image, row by row (spec C5).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '../testing/image.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import type { ImageOptions } from './options.ts';

interface Row {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  /** Lines of each name; undefined: there is no such name. */
  readonly want: Readonly<Record<string, readonly string[] | undefined>>;
}

const app = { app: 'web' };
const onlyApp: Partial<ImageOptions> = { labels: [{ key: 'app', operator: 'in', values: ['web'] }] };
const none = plainService('none', { ip: 'None' });

const rows: Row[] = [
  {
    name: 'cluster addresses and named ports; the weight is shared by all items',
    objects: [plainService('web', { ip: '10.96.0.20', ports: ['http 80', 'https 443', 'dns 53/UDP'] })],
    want: {
      'web.default.svc': ['A 10.96.0.20', 'SRV weight 33 skip 0: 80,443,53 [] 10.96.0.20'],
      '_http._tcp.web.default.svc': ['A 10.96.0.20', 'SRV weight 100 skip 2: 80 [] 10.96.0.20'],
      '_dns._udp.web.default.svc': ['A 10.96.0.20', 'SRV weight 100 skip 2: 53 [] 10.96.0.20'],
      '_http._udp.web.default.svc': undefined,
    },
  },
  {
    name: 'dual stack: both families, the weight counts items and not records',
    objects: [plainService('dual', { ip: ['10.96.0.21', 'fd00::21'], ports: ['http 80'] })],
    want: { 'dual.default.svc': ['A 10.96.0.21', 'AAAA fd00::21', 'SRV weight 50 skip 0: 80 [] 10.96.0.21 fd00::21'] },
  },
  {
    name: 'the same number under two names is one record',
    objects: [plainService('sip', { ip: '10.96.0.22', ports: ['sip 5060/UDP', 'sip-tcp 5060'] })],
    want: {
      'sip.default.svc': ['A 10.96.0.22', 'SRV weight 50 skip 0: 5060 [] 10.96.0.22'],
      '_sip-tcp._tcp.sip.default.svc': ['A 10.96.0.22', 'SRV weight 100 skip 2: 5060 [] 10.96.0.22'],
    },
  },
  {
    name: 'a port without a name counts and is shown, but has no name',
    objects: [plainService('bare', { ip: '10.96.0.23', ports: [80] })],
    want: { 'bare.default.svc': ['A 10.96.0.23', 'SRV weight 100 skip 0: 80 [] 10.96.0.23'] },
  },
  {
    name: 'without ports there are addresses and no SRV',
    objects: [plainService('portless', { ip: '10.96.0.24' })],
    want: { 'portless.default.svc': ['A 10.96.0.24'] },
  },
  {
    name: 'without an address the name exists',
    objects: [plainService('pending', { ports: ['http 80'] })],
    want: { 'pending.default.svc': [] },
  },
  {
    name: 'endpoints of a service with cluster addresses have names, with the ports of their slice',
    objects: [
      plainService('web', { ip: '10.96.0.20', ports: ['http 80'] }),
      plainSlice('web', ['10.244.0.5', { ip: '10.244.0.6', ready: false }], { ports: ['http 8080', 'metrics 9090'] }),
    ],
    want: {
      '10-244-0-5.web.default.svc': ['A 10.244.0.5', 'SRV weight 50 skip 0: 8080,9090 [] 10.244.0.5'],
      '10-244-0-6.web.default.svc': undefined,
    },
  },
  {
    name: 'headless: every ready endpoint once, by hostname or address',
    objects: [
      plainService('db', { ip: 'None', ports: ['pg 5432'] }),
      plainSlice(
        'db',
        [
          { ip: '10.244.1.1', hostname: 'db-0' },
          { ip: '10.244.1.3' },
          { ip: '10.244.1.4', hostname: 'no', ready: false },
          { ip: '10.244.1.6', ready: null },
        ],
        { ports: ['pg 5432'] },
      ),
    ],
    want: {
      'db.default.svc': [
        'flags 4',
        'A 10.244.1.1 10.244.1.3 10.244.1.6',
        'SRV weight 33 skip 0: 5432 [db-0] 10.244.1.1 | 5432 [10-244-1-3] 10.244.1.3 | 5432 [10-244-1-6] 10.244.1.6',
      ],
      '_pg._tcp.db.default.svc': [
        'A 10.244.1.1 10.244.1.3 10.244.1.6',
        'SRV weight 33 skip 2: 5432 [db-0] 10.244.1.1 | 5432 [10-244-1-3] 10.244.1.3 | 5432 [10-244-1-6] 10.244.1.6',
      ],
      'db-0.db.default.svc': ['A 10.244.1.1', 'SRV weight 100 skip 0: 5432 [] 10.244.1.1'],
      '10-244-1-1.db.default.svc': undefined,
      'no.db.default.svc': undefined,
    },
  },
  {
    name: 'headless: nine items weigh 11',
    objects: [none, plainSlice('none', ['10.1.0.1', '10.1.0.2', '10.1.0.3'], { ports: ['a 1', 'b 2', 'c 3'] })],
    want: {
      'none.default.svc': [
        'flags 4',
        'A 10.1.0.1 10.1.0.2 10.1.0.3',
        'SRV weight 11 skip 0: 1,2,3 [10-1-0-1] 10.1.0.1 | 1,2,3 [10-1-0-2] 10.1.0.2 | 1,2,3 [10-1-0-3] 10.1.0.3',
      ],
    },
  },
  {
    name: 'headless: without a ready endpoint there is no name',
    objects: [none, plainSlice('none', [{ ip: '10.1.0.1', ready: false }])],
    want: { 'none.default.svc': undefined, '10-1-0-1.none.default.svc': undefined },
  },
  {
    name: 'headless: a slice without ports has addresses; its items count',
    objects: [
      none,
      plainSlice('none', ['10.1.0.1'], { name: 'a', ports: ['http 80'] }),
      plainSlice('none', ['10.1.0.2', '10.1.0.3'], { name: 'b' }),
    ],
    want: {
      'none.default.svc': ['flags 4', 'A 10.1.0.1 10.1.0.2 10.1.0.3', 'SRV weight 33 skip 0: 80 [10-1-0-1] 10.1.0.1'],
      '_http._tcp.none.default.svc': ['A 10.1.0.1', 'SRV weight 100 skip 2: 80 [10-1-0-1] 10.1.0.1'],
      '10-1-0-2.none.default.svc': ['A 10.1.0.2'],
    },
  },
  {
    name: 'twins: one name for several endpoints, an endpoint in two slices; the weight counts all',
    objects: [
      none,
      plainSlice(
        'none',
        [
          { ip: '10.1.0.1', hostname: 'same' },
          { ip: '10.1.0.2', hostname: 'same' },
        ],
        { name: 'a', ports: ['http 80'] },
      ),
      plainSlice('none', [{ ip: '10.1.0.1', hostname: 'same' }], { name: 'b', ports: ['http 80'] }),
    ],
    want: {
      'none.default.svc': ['flags 4', 'A 10.1.0.1 10.1.0.2', 'SRV weight 33 skip 0: 80 [same] 10.1.0.1 10.1.0.2'],
      'same.none.default.svc': ['A 10.1.0.1 10.1.0.2', 'SRV weight 33 skip 0: 80 [] 10.1.0.1 10.1.0.2'],
    },
  },
  {
    name: 'IPv6 endpoints: colons become dashes, a final one gets a zero',
    objects: [none, plainSlice('none', ['fd00:10::', 'fd00:10:244::31'])],
    want: {
      'fd00-10--0.none.default.svc': ['AAAA fd00:10::'],
      'fd00-10-244--31.none.default.svc': ['AAAA fd00:10:244::31'],
      'fd00-10--.none.default.svc': undefined,
    },
  },
  {
    name: 'endpoint_pod_names: names of pods in place of addresses',
    objects: [
      none,
      plainSlice('none', [
        { ip: '10.1.0.1', pod: 'web-abc' },
        { ip: '10.1.0.2', pod: 'web-def', hostname: 'host' },
        { ip: '10.1.0.3', pod: 'static.node' },
        { ip: '10.1.0.4', pod: 'n'.repeat(64) },
      ]),
    ],
    options: { endpointPodNames: true },
    want: {
      'web-abc.none.default.svc': ['A 10.1.0.1'],
      '10-1-0-1.none.default.svc': undefined,
      'host.none.default.svc': ['A 10.1.0.2'],
      '10-1-0-3.none.default.svc': ['A 10.1.0.3'],
      '10-1-0-4.none.default.svc': ['A 10.1.0.4'],
    },
  },
  {
    name: 'an ExternalName is an alias and nothing else',
    objects: [
      plainService('ext', { externalName: 'www.Example.org.', ports: ['pg 5432'] }),
      plainService('literal', { externalName: '192.0.2.33' }),
      plainService('literal6', { externalName: 'web' }),
    ],
    want: {
      'ext.default.svc': ['flags 2', 'CNAME www.Example.org.'],
      '_pg._tcp.ext.default.svc': undefined,
      'literal.default.svc': undefined,
      'literal6.default.svc': ['flags 2', 'CNAME web.'],
    },
  },
  {
    name: 'endpoints that are domain names: CNAME beside addresses, none in SRV, but they count',
    objects: [none, plainSlice('none', ['10.1.0.1', 'db.example.org'], { ports: ['pg 5432'] })],
    want: {
      'none.default.svc': [
        'flags 6',
        'A 10.1.0.1',
        'SRV weight 50 skip 0: 5432 [10-1-0-1] 10.1.0.1',
        'CNAME db.example.org.',
      ],
      'db-example-org.none.default.svc': ['flags 2', 'CNAME db.example.org.'],
    },
  },
  {
    name: 'noendpoints: no headless names, no endpoint names',
    objects: [
      none,
      plainSlice('none', ['10.1.0.1']),
      plainService('web', { ip: '10.96.0.20' }),
      plainSlice('web', ['10.244.0.5']),
    ],
    options: { endpoints: false },
    want: {
      'none.default.svc': undefined,
      'web.default.svc': ['A 10.96.0.20'],
      '10-244-0-5.web.default.svc': undefined,
    },
  },
  {
    name: 'ignore empty_service: cluster addresses need a ready endpoint, aliases do not',
    objects: [
      plainService('web', { ip: '10.96.0.20' }),
      plainService('full', { ip: '10.96.0.21' }),
      plainSlice('full', ['10.1.0.1']),
      plainService('unready', { ip: '10.96.0.22' }),
      plainSlice('unready', [{ ip: '10.1.0.2', ready: false }]),
      plainService('ext', { externalName: 'example.org' }),
    ],
    options: { ignoreEmptyService: true },
    want: {
      'web.default.svc': undefined,
      'full.default.svc': ['A 10.96.0.21'],
      'unready.default.svc': undefined,
      'ext.default.svc': ['flags 2', 'CNAME example.org.'],
    },
  },
  {
    name: 'labels select services and slices, each by its own',
    objects: [
      plainService('web', { ip: 'None', labels: app }),
      plainSlice('web', ['10.1.0.1'], { name: 'a', labels: app }),
      plainSlice('web', ['10.1.0.2'], { name: 'b' }),
      plainService('other', { ip: '10.96.0.20' }),
    ],
    options: onlyApp,
    want: { 'web.default.svc': ['flags 4', 'A 10.1.0.1'], 'other.default.svc': undefined },
  },
  {
    name: 'zonal names of headless services',
    objects: [
      none,
      plainSlice(
        'none',
        [
          { ip: '10.1.0.1', zone: 'EU-1.a' },
          { ip: '10.1.0.2', zone: 'eu-1.b' },
          { ip: '10.1.0.3' },
          { ip: '10.1.0.4', zone: 'no..name' },
        ],
        { ports: ['pg 5432'] },
      ),
      plainService('web', { ip: '10.96.0.20' }),
      plainSlice('web', [{ ip: '10.1.0.9', zone: 'eu-1.a' }]),
    ],
    options: { zonal: true },
    want: {
      'eu-1.a.pin._zone.none.default.svc': ['A 10.1.0.1', 'SRV weight 100 skip 4: 5432 [10-1-0-1] 10.1.0.1'],
      'eu-1.b.prefer._zone.none.default.svc': ['A 10.1.0.2', 'SRV weight 100 skip 4: 5432 [10-1-0-2] 10.1.0.2'],
      'eu-1.c.pin._zone.none.default.svc': undefined,
      'eu-1.a.pin._zone.web.default.svc': undefined,
    },
  },
  {
    name: 'zonal names only where they are wanted',
    objects: [none, plainSlice('none', [{ ip: '10.1.0.1', zone: 'a' }])],
    want: { 'a.pin._zone.none.default.svc': undefined },
  },
  {
    name: 'a port whose name leaves no room for the underscore has no name',
    objects: [plainService('long', { ip: '10.96.0.20', ports: [`${'p'.repeat(63)} 80`, `${'q'.repeat(62)} 81`] })],
    want: { [`_${'q'.repeat(62)}._tcp.long.default.svc`]: ['A 10.96.0.20', 'SRV weight 100 skip 2: 81 [] 10.96.0.20'] },
  },
];

describe('names of services', () => {
  for (const { name, objects, options, want } of rows) {
    it(name, () => {
      const image = new TestImage(options, [plainNamespace('default'), ...objects]);
      const got = Object.fromEntries(Object.keys(want).map((key) => [key, image.lines(key)]));
      assert.deepEqual(got, want);
    });
  }

  it('a service with more endpoints than any message can hold keeps the image going', () => {
    const endpoints = Array.from({ length: 9000 }, (_, i) => `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`);
    const slices = Array.from({ length: 9 }, (_, i) =>
      plainSlice('none', endpoints.slice(i * 1000, i * 1000 + 1000), { name: `s${i}`, ports: ['http 80'] }),
    );
    const image = new TestImage({}, [plainNamespace('default'), none, ...slices]);
    const [, a, srv] = image.lines('none.default.svc') as string[];
    assert.equal(a.split(' ').length, 1 + 8192);
    assert.ok(srv.startsWith('SRV weight 1 '));
    assert.notEqual(image.lines('10-1-35-39.none.default.svc'), undefined);
  });
});
