// What clients are answered of services, endpoints and negative names: rows of questions over a small cluster (spec C4–C6, H).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plain, plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import type { DnsCase } from '#workers/testing/case.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { checkRow, KubernetesRig } from './testing.ts';

const SERIAL = 1000;
const SOA = `cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. ${SERIAL} 7200 1800 86400 5`;

const CLUSTER: readonly Plain[] = [
  plainNamespace('default'),
  plainNamespace('empty'),
  plainService('web', { ip: '10.96.0.20', ports: ['http 80', 'https 443', 'dns 53/UDP'] }),
  plainSlice('web', ['10.244.0.5'], { ports: ['http 8080'] }),
  plainService('dual', { ip: ['10.96.0.21', 'fd00::21'], ports: ['http 80'] }),
  plainService('portless', { ip: '10.96.0.22' }),
  plainService('headless', { ip: 'None' }),
  plainSlice(
    'headless',
    [
      { ip: '10.244.1.1', hostname: 'pod-0' },
      { ip: '10.244.1.2', hostname: 'pod-1' },
      { ip: '10.244.1.3' },
      { ip: '10.244.1.4', hostname: 'notready', ready: false },
      { ip: '10.244.1.6', hostname: 'unk', ready: null },
    ],
    { ports: ['http 80'] },
  ),
  plainService('nobody', { ip: 'None' }),
];

const DIRECTIVE =
  'kubernetes cluster.local in-addr.arpa ip6.arpa {\npods insecure\nfallthrough in-addr.arpa ip6.arpa\n}';
const rig = new KubernetesRig(DIRECTIVE, CLUSTER);

const ask = (row: DnsCase, from = rig): void => checkRow(from, row);

const nodata = { rcode: 'NOERROR', qr: 'qr,aa,rd', authority: [SOA], additional: [] };
const nxdomain = { ...nodata, rcode: 'NXDOMAIN' };
const found = { qr: 'qr,aa,rd', authority: [], additional: [] };
const A = 'A';

describe('services', () => {
  const web = 'web.default.svc.cluster.local.';
  const glue = [`${web} 5 IN A 10.96.0.20`];
  const rows: DnsCase[] = [
    { name: web, type: A, ...found, answer: [`${web} 5 IN A 10.96.0.20`] },
    ...['AAAA', 'MX', 'TXT', 'CNAME', 'SOA', 'NS', 'HTTPS', 'PTR', 'ANY', 'DS', 'TYPE65534'].map((type) => ({
      name: web,
      type,
      ...nodata,
    })),
    {
      name: web,
      type: 'SRV',
      ...found,
      answer: [80, 443, 53].map((port) => `${web} 5 IN SRV 0 33 ${port} ${web}`),
      additional: glue,
    },
    {
      name: `_http._tcp.${web}`,
      type: 'SRV',
      ...found,
      answer: [`_http._tcp.${web} 5 IN SRV 0 100 80 ${web}`],
      additional: glue,
    },
    { name: `_http._tcp.${web}`, type: A, ...found, answer: [`_http._tcp.${web} 5 IN A 10.96.0.20`] },
    { name: `_http._udp.${web}`, type: 'SRV', ...nxdomain },
    { name: `_nope._tcp.${web}`, type: A, ...nxdomain },
    { name: `_tcp.${web}`, type: 'SRV', ...nxdomain, title: 'one label is an endpoint’s name' },
    ...['http.tcp', '_http.tcp', 'http._tcp'].map((front) => ({
      title: `${front}: underscores are optional`,
      name: `${front}.${web}`,
      type: 'SRV',
      ...found,
      answer: [`${front}.${web} 5 IN SRV 0 100 80 ${web}`],
      additional: glue,
    })),
    { name: `nope.tcp.${web}`, type: 'SRV', ...nxdomain },
    { name: `${'p'.repeat(63)}.tcp.${web}`, type: 'SRV', ...nxdomain, title: 'a port without room for an underscore' },
    {
      title: 'the owner is spelled as asked, a target as it is stored, the zone as asked',
      name: '_HTTP._Tcp.WeB.Default.sVc.Cluster.LOCAL.',
      type: 'SRV',
      ...found,
      answer: ['_HTTP._Tcp.WeB.Default.sVc.Cluster.LOCAL. 5 IN SRV 0 100 80 web.default.svc.Cluster.LOCAL.'],
      additional: ['web.default.svc.Cluster.LOCAL. 5 IN A 10.96.0.20'],
    },
    {
      name: 'WeB.Default.svc.Cluster.Local.',
      type: A,
      ...found,
      answer: ['WeB.Default.svc.Cluster.Local. 5 IN A 10.96.0.20'],
    },
    {
      name: 'dual.default.svc.cluster.local.',
      type: 'SRV',
      ...found,
      answer: ['dual.default.svc.cluster.local. 5 IN SRV 0 50 80 dual.default.svc.cluster.local.'],
      additional: [
        'dual.default.svc.cluster.local. 5 IN A 10.96.0.21',
        'dual.default.svc.cluster.local. 5 IN AAAA fd00::21',
      ],
    },
    {
      name: 'dual.default.svc.cluster.local.',
      type: 'AAAA',
      ...found,
      answer: ['dual.default.svc.cluster.local. 5 IN AAAA fd00::21'],
    },
    { name: 'portless.default.svc.cluster.local.', type: 'SRV', ...nodata },
    {
      name: 'portless.default.svc.cluster.local.',
      type: A,
      ...found,
      answer: ['portless.default.svc.cluster.local. 5 IN A 10.96.0.22'],
    },
    { title: 'a class other than IN', name: web, type: A, klass: 'CH', ...found, answer: [`${web} 5 IN A 10.96.0.20`] },
    {
      title: 'NOTIFY is answered like a query',
      name: web,
      type: A,
      opcode: 4,
      ...found,
      qr: 'qr,aa',
      answer: [`${web} 5 IN A 10.96.0.20`],
    },
    {
      title: 'CD comes back',
      name: web,
      type: A,
      flags: 0x110,
      ...found,
      qr: 'qr,aa,rd,cd',
      answer: [`${web} 5 IN A 10.96.0.20`],
    },
  ];
  for (const row of rows) it(row.title ?? `${row.name} ${row.type}`, () => ask(row));
});

describe('headless services and endpoints', () => {
  const headless = 'headless.default.svc.cluster.local.';
  const pods = ['pod-0', 'pod-1', '10-244-1-3', 'unk'];
  const addresses = ['10.244.1.1', '10.244.1.2', '10.244.1.3', '10.244.1.6'];
  const rows: DnsCase[] = [
    { name: headless, type: A, ...found, answer: addresses.map((address) => `${headless} 5 IN A ${address}`) },
    { name: headless, type: 'AAAA', ...nodata },
    { name: headless, type: 'TXT', ...nodata },
    {
      name: headless,
      type: 'SRV',
      ...found,
      answer: pods.map((pod) => `${headless} 5 IN SRV 0 25 80 ${pod}.${headless}`),
      additional: pods.map((pod, i) => `${pod}.${headless} 5 IN A ${addresses[i]}`),
    },
    {
      name: `_http._tcp.${headless.toUpperCase()}`,
      type: 'SRV',
      ...found,
      answer: pods.map(
        (pod) => `_http._tcp.${headless.toUpperCase()} 5 IN SRV 0 25 80 ${pod}.headless.default.svc.CLUSTER.LOCAL.`,
      ),
      additional: pods.map((pod, i) => `${pod}.headless.default.svc.CLUSTER.LOCAL. 5 IN A ${addresses[i]}`),
    },
    { name: `pod-0.${headless}`, type: A, ...found, answer: [`pod-0.${headless} 5 IN A 10.244.1.1`] },
    {
      name: `POD-0.${headless}`,
      type: 'SRV',
      ...found,
      answer: [`POD-0.${headless} 5 IN SRV 0 100 80 pod-0.${headless}`],
      additional: [`pod-0.${headless} 5 IN A 10.244.1.1`],
    },
    { name: `10-244-1-3.${headless}`, type: A, ...found, answer: [`10-244-1-3.${headless} 5 IN A 10.244.1.3`] },
    { name: `10-244-1-1.${headless}`, type: A, ...nxdomain, title: 'an endpoint has one name' },
    { name: `notready.${headless}`, type: A, ...nxdomain },
    { name: `_http._tcp.pod-0.${headless}`, type: 'SRV', ...nxdomain },
    { name: 'nobody.default.svc.cluster.local.', type: A, ...nxdomain },
    {
      name: 'nobody.default.svc.cluster.local.',
      type: 'SOA',
      ...nodata,
      title: 'no SOA below the apex, whether the name exists or not',
    },
    {
      name: '10-244-0-5.web.default.svc.cluster.local.',
      type: A,
      ...found,
      answer: ['10-244-0-5.web.default.svc.cluster.local. 5 IN A 10.244.0.5'],
    },
  ];
  for (const row of rows) it(row.title ?? `${row.name} ${row.type}`, () => ask(row));
});

describe('names without data', () => {
  const exists = [
    'cluster.local.',
    'svc.cluster.local.',
    'pod.cluster.local.',
    'default.svc.cluster.local.',
    'empty.svc.cluster.local.',
    'empty.pod.cluster.local.',
  ];
  const missing = [
    'nope.cluster.local.',
    'dns.cluster.local.',
    'apex.dns.cluster.local.',
    'nope.svc.cluster.local.',
    'nope.pod.cluster.local.',
    'nope.default.svc.cluster.local.',
    'nope.nope.svc.cluster.local.',
    '*.cluster.local.',
    'any.any.svc.cluster.local.',
    '*.*.svc.cluster.local.',
    'a.b.c.web.default.svc.cluster.local.',
    'a.b.c.d.e.web.default.svc.cluster.local.',
    'default.svc.svc.cluster.local.',
  ];
  for (const name of exists)
    for (const type of ['A', 'AAAA', 'SRV', 'MX', 'CNAME', 'PTR', 'HTTPS', 'ANY'])
      it(`${name} ${type}`, () => ask({ name, type, ...nodata }));
  for (const name of exists) it(`${name} TXT is NXDOMAIN`, () => ask({ name, type: 'TXT', ...nxdomain }));
  for (const name of missing)
    for (const type of ['A', 'TXT', 'NS', 'DS']) it(`${name} ${type}`, () => ask({ name, type, ...nxdomain }));

  for (const type of ['AXFR', 'IXFR'])
    it(`${type} without the transfer plugin`, () =>
      ask({ name: 'cluster.local.', type, rcode: 'REFUSED', qr: 'qr,rd', authority: [] }));

  it('the zone in a negative answer is spelled as asked', () => {
    ask({
      name: 'nope.Cluster.LOCAL.',
      type: A,
      rcode: 'NXDOMAIN',
      authority: [SOA.replaceAll('cluster.local', 'Cluster.LOCAL')],
    });
  });

  it('a TTL above 300 s holds for the minimum, not for the SOA itself', () => {
    const long = new KubernetesRig('kubernetes cluster.local {\nttl 3600\n}', []);
    const soa = 'cluster.local. 300 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 3600';
    ask({ name: 'nope.cluster.local.', type: A, rcode: 'NXDOMAIN', authority: [soa] }, long);
  });

  it('a zone of many labels and the root itself', () => {
    const deep = new KubernetesRig('kubernetes k8s.eu.example.org', CLUSTER);
    ask(
      {
        name: 'web.default.svc.k8s.eu.example.org.',
        type: A,
        answer: ['web.default.svc.k8s.eu.example.org. 5 IN A 10.96.0.20'],
      },
      deep,
    );
    const root = new KubernetesRig('kubernetes .', CLUSTER);
    ask({ name: 'web.default.svc.', type: A, answer: ['web.default.svc. 5 IN A 10.96.0.20'] }, root);
    ask(
      {
        name: 'nope.',
        type: A,
        rcode: 'NXDOMAIN',
        authority: [`. 5 IN SOA ns.dns. hostmaster. ${SERIAL} 7200 1800 86400 5`],
      },
      root,
    );
  });
});

describe('lengths (spec H: with an OPT of 11 octets)', () => {
  const rows: [name: string, type: string, length: number][] = [
    ['web.default.svc.cluster.local.', 'A', 103],
    ['web.default.svc.cluster.local.', 'AAAA', 151],
    ['web.default.svc.cluster.local.', 'SRV', 337],
    ['_http._tcp.web.default.svc.cluster.local.', 'SRV', 203],
    ['nx.default.svc.cluster.local.', 'A', 150],
  ];
  for (const [name, type, length] of rows)
    it(`${name} ${type}: ${length} without compression`, () => {
      const sizes: number[] = [];
      const sizing = new KubernetesRig(DIRECTIVE, CLUSTER);
      const query = sizing.core.thread.pool.acquire();
      assert.ok(query !== undefined);
      query.release();
      sizing.core.ask({ name, type, edns: { size: 4096 } });
      sizes.push(query.answer.plainSize + 11);
      assert.deepEqual(sizes, [length]);
    });
});

describe('answers that do not fit', () => {
  const many = Array.from({ length: 250 }, (_, i) => `10.245.${i >> 8}.${i & 255}`);
  const slices = [0, 1, 2].map((i) =>
    plainSlice('wide', many.slice(i * 100, i * 100 + 100), { name: `wide-${i}`, ports: ['http 80'] }),
  );
  const wide = new KubernetesRig('kubernetes cluster.local', [
    plainNamespace('data'),
    plainNamespace('default'),
    plainService('wide', { ip: 'None' }),
    ...slices,
  ]);
  const name = 'wide.default.svc.cluster.local.';

  it('are cut between records and say so', () => {
    const { flags, answer, length } = wide.core.ask({ name, type: A });
    assert.equal(flags, 'qr,aa,tc,rd');
    assert.ok(length <= 512 && length > 496);
    assert.ok(answer.length >= 28);
  });

  it('leave out other addresses the next time', () => {
    const first = () => wide.core.ask({ name, type: A }).answer[0];
    assert.notEqual(first(), first());
  });

  it('also when only glue is left out', () => {
    const { flags, answer, additional } = wide.core.ask({ name, type: 'SRV', edns: { size: 65_535 } });
    assert.equal(flags, 'qr,aa,rd');
    assert.deepEqual([answer.length, additional.length], [250, 250]);
    const size = wide.core.ask({ name, type: 'SRV', edns: { size: 17_000 } });
    assert.equal(size.flags, 'qr,aa,tc,rd');
    assert.equal(size.answer.length, 250);
    assert.ok(size.additional.length > 0 && size.additional.length < 250);
  });

  it('come whole over TCP', () => {
    const { flags, answer } = wide.core.ask({ name, type: A, proto: 'tcp' });
    assert.deepEqual([flags, answer.length], ['qr,aa,rd', 250]);
  });
});

describe('fallthrough and readiness', () => {
  const next = (): ScriptHandler => new ScriptHandler({ answer: ['x. 5 IN A 192.0.2.9'] });
  const rows: { name: string; directive: string; question: string; type?: string; passed: boolean }[] = [
    {
      name: 'a missing name, everything falls through',
      directive: 'fallthrough',
      question: 'nope.cluster.local.',
      passed: true,
    },
    {
      name: 'a missing name in a zone that is listed',
      directive: 'fallthrough local',
      question: 'nope.cluster.local.',
      passed: true,
    },
    {
      name: 'a missing name in a zone that is not',
      directive: 'fallthrough svc.cluster.local',
      question: 'nope.cluster.local.',
      passed: false,
    },
    {
      name: 'a missing name below a zone that is',
      directive: 'fallthrough svc.cluster.local',
      question: 'nope.svc.cluster.local.',
      passed: true,
    },
    { name: 'never NODATA', directive: 'fallthrough', question: 'default.svc.cluster.local.', passed: false },
    { name: 'TXT at the apex', directive: 'fallthrough', question: 'cluster.local.', type: 'TXT', passed: true },
    { name: 'no SOA', directive: 'fallthrough', question: 'nope.cluster.local.', type: 'SOA', passed: false },
    { name: 'nothing without it', directive: '', question: 'nope.cluster.local.', passed: false },
  ];
  for (const { name, directive, question, type = A, passed } of rows)
    it(name, () => {
      const script = next();
      const falling = new KubernetesRig(`kubernetes cluster.local {\n${directive}\n}`, CLUSTER, [script]);
      falling.core.ask({ name: question, type });
      assert.equal(script.asked.length, passed ? 1 : 0);
    });

  it('other zones are the next plugin’s', () => {
    const script = next();
    new KubernetesRig('kubernetes cluster.local', CLUSTER, [script]).core.ask({ name: 'example.org.', type: A });
    assert.deepEqual(script.asked, ['example.org. 1']);
  });

  it('while nothing is known, missing names are SERVFAIL with AA and SOA; fixed names are answered (spec C3)', () => {
    const empty = new KubernetesRig(
      'kubernetes cluster.local in-addr.arpa {\nfallthrough in-addr.arpa\n}',
      [],
      [next()],
    );
    empty.image.zoneWriter.drop(empty.options.image.key);
    const soa = SOA.replace(`${SERIAL}`, '0');
    ask(
      { name: 'web.default.svc.cluster.local.', type: A, rcode: 'SERVFAIL', qr: 'qr,aa,rd', authority: [soa] },
      empty,
    );
    ask({ name: 'cluster.local.', type: 'TXT', rcode: 'SERVFAIL', authority: [soa] }, empty);
    ask({ name: 'svc.cluster.local.', type: A, authority: [soa] }, empty);
    ask({ name: 'cluster.local.', type: 'SOA', answer: [soa] }, empty);
    ask(
      { name: 'dns-version.cluster.local.', type: 'TXT', answer: ['dns-version.cluster.local. 28800 IN TXT "1.1.0"'] },
      empty,
    );
    ask({ name: '1.0.0.10.in-addr.arpa.', type: 'PTR', answer: ['x. 5 IN A 192.0.2.9'] }, empty);
  });

  it('answers of its own are marked as such, and so are denials', () => {
    const { pool } = rig.core.thread;
    const query = pool.acquire();
    query?.release();
    for (const name of ['web.default.svc.cluster.local.', 'nope.cluster.local.', 'svc.cluster.local.']) {
      rig.core.ask({ name, type: A });
      assert.equal(query?.answer.local, true, name);
    }
  });
});

describe('services, namespaces and pods have no names in reverse zones (spec C7)', () => {
  const from = new KubernetesRig('kubernetes cluster.local in-addr.arpa 10.in-addr.arpa {\npods insecure\n}', CLUSTER);
  const zone = 'in-addr.arpa.';
  const authority = [SOA.replaceAll('cluster.local.', zone)];
  const rows: readonly { name: string; types: readonly string[]; rcode: string }[] = [
    { name: 'web.default.svc', types: ['A', 'SRV', 'HTTPS', 'PTR', 'TXT'], rcode: 'NXDOMAIN' },
    { name: '_http._tcp.web.default.svc', types: ['SRV'], rcode: 'NXDOMAIN' },
    { name: 'pod-0.headless.default.svc', types: ['A'], rcode: 'NXDOMAIN' },
    { name: 'default.svc', types: ['A', 'TXT'], rcode: 'NXDOMAIN' },
    { name: '1-2-3-4.default.pod', types: ['A'], rcode: 'NXDOMAIN' },
    { name: 'svc', types: ['A', 'PTR'], rcode: 'NOERROR' },
    { name: 'svc', types: ['TXT'], rcode: 'NXDOMAIN' },
  ];
  for (const { name, types, rcode } of rows)
    for (const type of types)
      it(`${name} ${type}: ${rcode}`, () => ask({ name: `${name}.${zone}`, type, ...nodata, rcode, authority }, from));

  it('what belongs to the zone itself is there', () => {
    ask({ name: `dns-version.${zone}`, type: 'TXT', answer: [`dns-version.${zone} 28800 IN TXT "1.1.0"`] }, from);
    ask({ name: `ns.dns.${zone}`, type: A, answer: [`ns.dns.${zone} 5 IN A 192.0.2.2`] }, from);
  });
});
