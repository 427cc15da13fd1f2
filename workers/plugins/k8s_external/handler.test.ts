// Answers of k8s_external: services, ports, endpoints, reverse names, the zone's own names, what falls through.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import { checkCase, type DnsCase } from '#workers/testing/case.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { ExternalRig } from './testing.ts';

const ZONE = 'a.test.';
const SOA = 'a.test. 77 IN SOA ns1.dns.a.test. hostmaster.dns.a.test. 0 7200 1800 86400 77';
const NODATA = { authority: [SOA] };
const NXDOMAIN = { rcode: 'NXDOMAIN', authority: [SOA] };

const CLUSTER = [
  plainNamespace('default'),
  plainNamespace('dns'),
  plainService('web', {
    ip: '10.96.0.1',
    ports: ['http 80', 'dns 53/UDP'],
    exposed: ['203.0.113.1', '203.0.113.2', '2001:db8::1'],
  }),
  plainService('also', { ip: '10.96.0.2', ports: ['http 80'], exposed: ['203.0.113.2'] }),
  plainService('bare', { ip: '10.96.0.3', exposed: ['203.0.113.3'] }),
  plainService('inner', { ip: '10.96.0.4', ports: ['http 80'] }),
  plainSlice('inner', ['10.1.0.4'], { ports: ['http 8080'] }),
  plainService('db', { ip: 'None' }),
  plainSlice('db', [{ ip: '10.1.0.1', hostname: 'a' }, '10.1.0.2'], { ports: ['pg 5432'] }),
  plainService('ns1', { namespace: 'dns', ip: '10.96.0.5', exposed: ['203.0.113.5'] }),
];

function rows(title: string, rig: ExternalRig, cases: readonly DnsCase[]): void {
  describe(title, () => {
    for (const row of cases)
      it(row.title ?? `${row.name} ${row.type}`, () => {
        const decoded = rig.core.ask(row);
        const question = row.type === 'HTTPS' ? { question: `${row.name} IN UNKNOWN_65` } : {};
        const asked = { outcome: -1, decoded, message: new Uint8Array(0), plainSize: 0, failure: '', local: true };
        checkCase(asked, { ...row, ...question });
      });
  });
}

const DIRECTIVE = `k8s_external ${ZONE} 203.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa {\nttl 77\n}`;
const plain = new ExternalRig(DIRECTIVE, CLUSTER);

rows('services', plain, [
  {
    name: 'web.default.a.test.',
    type: 'A',
    answer: ['web.default.a.test. 77 IN A 203.0.113.1', 'web.default.a.test. 77 IN A 203.0.113.2'],
    authority: [],
  },
  { name: 'web.default.a.test.', type: 'AAAA', answer: ['web.default.a.test. 77 IN AAAA 2001:db8::1'] },
  {
    name: 'also.default.a.test.',
    type: 'SRV',
    answer: ['also.default.a.test. 33 IN SRV 0 100 80 also.default.a.test.'],
    additional: ['also.default.a.test. 77 IN A 203.0.113.2'],
  },
  {
    name: '_dns._udp.web.default.a.test.',
    type: 'SRV',
    answer: ['_dns._udp.web.default.a.test. 33 IN SRV 0 33 53 web.default.a.test.'],
    additional: [
      'web.default.a.test. 77 IN A 203.0.113.1',
      'web.default.a.test. 77 IN A 203.0.113.2',
      'web.default.a.test. 77 IN AAAA 2001:db8::1',
    ],
  },
  { name: 'dns.udp.web.default.a.test.', type: 'AAAA', answer: ['dns.udp.web.default.a.test. 77 IN AAAA 2001:db8::1'] },
  {
    title: 'the client spells owners, targets are in lower case',
    name: 'ALSO.Default.A.Test.',
    type: 'SRV',
    answer: ['ALSO.Default.A.Test. 33 IN SRV 0 100 80 also.default.a.test.'],
    additional: ['also.default.a.test. 77 IN A 203.0.113.2'],
  },
  { name: 'also.default.a.test.', type: 'AAAA', ...NODATA },
  { name: 'bare.default.a.test.', type: 'A', answer: ['bare.default.a.test. 77 IN A 203.0.113.3'] },
  { name: 'bare.default.a.test.', type: 'SRV', ...NODATA },
  ...['TXT', 'MX', 'NS', 'SOA', 'CNAME', 'PTR', 'HTTPS', 'ANY'].map((type) => ({
    name: 'web.default.a.test.',
    type,
    ...NODATA,
  })),
  ...[
    '_http._udp.web',
    '_nope._tcp.web',
    'a.b.c.web',
    '_http._tcp.bare',
    'inner',
    '_http._tcp.inner',
    'nope',
    '*',
    'db',
  ].map((name) => ({ name: `${name}.default.a.test.`, type: 'A', ...NXDOMAIN })),
  { name: 'web.nope.a.test.', type: 'A', ...NXDOMAIN },
  { name: 'nope.a.test.', type: 'A', ...NXDOMAIN },
  { name: 'default.a.test.', type: 'A', ...NODATA },
  { name: 'default.a.test.', type: 'TXT', ...NODATA },
]);

rows('any label in front of a service that is seen outside', plain, [
  { name: 'x.also.default.a.test.', type: 'A', answer: ['x.also.default.a.test. 77 IN A 203.0.113.2'] },
  {
    name: '_tcp.also.default.a.test.',
    type: 'SRV',
    answer: ['_tcp.also.default.a.test. 33 IN SRV 0 100 80 also.default.a.test.'],
    additional: ['also.default.a.test. 77 IN A 203.0.113.2'],
  },
  { name: '_.also.default.a.test.', type: 'A', answer: ['_.also.default.a.test. 77 IN A 203.0.113.2'] },
  { name: 'x.also.default.a.test.', type: 'TXT', ...NODATA },
  { name: 'x.inner.default.a.test.', type: 'A', ...NXDOMAIN },
]);

rows('reverse names', plain, [
  {
    name: '1.113.0.203.in-addr.arpa.',
    type: 'PTR',
    answer: ['1.113.0.203.in-addr.arpa. 77 IN PTR web.default.a.test.'],
  },
  {
    name: '2.113.0.203.in-addr.arpa.',
    type: 'PTR',
    answer: [
      '2.113.0.203.in-addr.arpa. 77 IN PTR also.default.a.test.',
      '2.113.0.203.in-addr.arpa. 77 IN PTR web.default.a.test.',
    ],
    anyOrder: true,
  },
  {
    name: `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`,
    type: 'PTR',
    answer: [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa. 77 IN PTR web.default.a.test.`],
  },
  { name: '9.113.0.203.in-addr.arpa.', type: 'PTR', rcode: 'NXDOMAIN' },
  { name: '1.113.0.203.in-addr.arpa.', type: 'A', rcode: 'NXDOMAIN' },
  { name: '113.0.203.in-addr.arpa.', type: 'PTR', rcode: 'NXDOMAIN' },
  { name: 'also.default.203.in-addr.arpa.', type: 'A', answer: ['also.default.203.in-addr.arpa. 77 IN A 203.0.113.2'] },
]);

rows("the zone's own names", plain, [
  { name: ZONE, type: 'SOA', answer: [SOA], authority: [] },
  {
    name: ZONE,
    type: 'NS',
    answer: ['a.test. 77 IN NS ns1.dns.a.test.'],
    additional: [
      'ns1.dns.a.test. 77 IN A 192.0.2.2',
      'ns1.dns.a.test. 77 IN AAAA fd00::2',
      'ns1.dns.a.test. 77 IN AAAA fe80::2',
    ],
  },
  ...['A', 'TXT', 'PTR', 'ANY', 'AXFR', 'IXFR'].map((type) => ({ name: ZONE, type, ...NODATA })),
  { name: 'dns.a.test.', type: 'A', ...NODATA },
  {
    title: 'the name server wins over a service of that name',
    name: 'ns1.dns.a.test.',
    type: 'A',
    answer: ['ns1.dns.a.test. 77 IN A 192.0.2.2'],
  },
  {
    name: 'NS1.DNS.A.TEST.',
    type: 'AAAA',
    answer: ['NS1.DNS.A.TEST. 77 IN AAAA fd00::2', 'NS1.DNS.A.TEST. 77 IN AAAA fe80::2'],
  },
  { name: 'ns1.dns.a.test.', type: 'SRV', ...NODATA },
  { name: 'ns2.dns.a.test.', type: 'A', ...NXDOMAIN },
  { name: 'x.ns1.dns.a.test.', type: 'A', ...NXDOMAIN },
]);

const HEADLESS = `k8s_external ${ZONE} {\nheadless\nttl 77\n}`;
const aRecord = (name: string, address: string): string => `${name}.default.a.test. 77 IN A ${address}`;
rows('headless', new ExternalRig(HEADLESS, CLUSTER), [
  { name: 'db.default.a.test.', type: 'A', answer: [aRecord('db', '10.1.0.1'), aRecord('db', '10.1.0.2')] },
  {
    name: '_pg._tcp.db.default.a.test.',
    type: 'SRV',
    answer: [
      '_pg._tcp.db.default.a.test. 33 IN SRV 0 50 5432 a.db.default.a.test.',
      '_pg._tcp.db.default.a.test. 33 IN SRV 0 50 5432 10-1-0-2.db.default.a.test.',
    ],
    additional: [aRecord('a.db', '10.1.0.1'), aRecord('10-1-0-2.db', '10.1.0.2')],
  },
  { name: 'a.db.default.a.test.', type: 'A', answer: [aRecord('a.db', '10.1.0.1')] },
  {
    title: 'an underscore in front of an endpoint, which its target does not have',
    name: '_a.db.default.a.test.',
    type: 'SRV',
    answer: ['_a.db.default.a.test. 33 IN SRV 0 100 5432 a.db.default.a.test.'],
    additional: [aRecord('a.db', '10.1.0.1')],
  },
  { name: '_.db.default.a.test.', type: 'A', answer: [aRecord('_.db', '10.1.0.1'), aRecord('_.db', '10.1.0.2')] },
  { name: 'x.db.default.a.test.', type: 'A', ...NXDOMAIN },
  { name: '_x.db.default.a.test.', type: 'A', ...NXDOMAIN },
  { name: '10-1-0-4.inner.default.a.test.', type: 'A', answer: [aRecord('10-1-0-4.inner', '10.1.0.4')] },
  { name: '_.inner.default.a.test.', type: 'A', ...NXDOMAIN },
  { name: 'inner.default.a.test.', type: 'A', ...NXDOMAIN },
]);

const own = plainSlice('dns', ['192.0.2.2'], { namespace: 'default' });
const glue = (...objects: ReturnType<typeof plainService>[]): ExternalRig =>
  new ExternalRig(`k8s_external ${ZONE} {\napex top.level\n}`, [plainNamespace('default'), own, ...objects]);
const NS = 'a.test. 5 IN NS ns1.top.level.a.test.';
rows(
  'a name server that is a service with external addresses, below an apex of two labels',
  glue(plainService('dns', { exposed: ['203.0.113.7'] })),
  [
    { name: ZONE, type: 'NS', answer: [NS], additional: ['ns1.top.level.a.test. 5 IN A 203.0.113.7'] },
    { name: 'ns1.top.level.a.test.', type: 'A', answer: ['ns1.top.level.a.test. 5 IN A 203.0.113.7'] },
    { name: 'ns1.top.level.a.test.', type: 'AAAA' },
    { name: 'top.level.a.test.', type: 'A' },
    { name: 'level.a.test.', type: 'A', rcode: 'NXDOMAIN' },
    {
      name: 'x.top.level.a.test.',
      type: 'A',
      rcode: 'NXDOMAIN',
      authority: ['a.test. 5 IN SOA ns1.top.level.a.test. hostmaster.top.level.a.test. 0 7200 1800 86400 5'],
    },
  ],
);
rows('a name server that is a service without external addresses', glue(plainService('dns', { ip: '10.96.0.9' })), [
  { name: ZONE, type: 'NS', answer: [NS], additional: [] },
  { name: 'ns1.top.level.a.test.', type: 'A' },
]);

describe('fallthrough', () => {
  const next = new ScriptHandler({ answer: ['x. 1 IN A 192.0.2.99'] });
  const rig = new ExternalRig(
    `k8s_external ${ZONE} b.test {\nfallthrough nope.a.test default.a.test b.test\n}`,
    CLUSTER,
    [next],
  );
  const names: readonly [name: string, passed: boolean][] = [
    ['x.nope.a.test.', true],
    ['nope.default.a.test.', true],
    ['other.a.test.', false],
    ['also.default.a.test.', false],
    ['default.a.test.', false],
    ['a.test.', false],
    ['nope.b.test.', true],
    ['x.dns.b.test.', false],
    ['elsewhere.test.', true],
  ];
  for (const [name, passed] of names)
    it(`${name} ${passed ? 'is passed on' : 'is not'}`, () => {
      next.asked.length = 0;
      rig.core.ask({ name, type: 'A' });
      assert.deepEqual(next.asked, passed ? [`${name} 1`] : []);
    });
});

describe('before everything is known', () => {
  const rig = new ExternalRig(DIRECTIVE, CLUSTER);
  rig.image.writer.setSynced(false);
  const cases: readonly [name: string, type: string, rcode: string][] = [
    ['nope.default.a.test.', 'A', 'SERVFAIL'],
    ['9.113.0.203.in-addr.arpa.', 'PTR', 'SERVFAIL'],
    ['also.default.a.test.', 'A', 'NOERROR'],
    [ZONE, 'SOA', 'NOERROR'],
    ['x.dns.a.test.', 'A', 'NXDOMAIN'],
  ];
  for (const [name, type, rcode] of cases)
    it(`${name} ${type} is ${rcode}`, () => assert.equal(rig.core.ask({ name, type }).rcode, rcode));
});

describe('the serial', () => {
  it('tells of the first change', () => {
    const rig = new ExternalRig(DIRECTIVE, CLUSTER);
    rig.image.put(plainService('bare', { ip: '10.96.0.3', exposed: ['203.0.113.33'] }));
    assert.deepEqual(rig.core.ask({ name: ZONE, type: 'SOA' }).answer, [
      SOA.replace(' 0 7200', ` ${rig.image.now} 7200`),
    ]);
    assert.deepEqual(rig.core.ask({ name: 'bare.default.a.test.', type: 'A' }).answer, [
      aRecord('bare', '203.0.113.33'),
    ]);
  });
});
