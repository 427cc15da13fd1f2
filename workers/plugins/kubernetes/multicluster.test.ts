// What clients are answered in multicluster zones (spec C9): rows of questions over imports, beside a zone of the cluster itself.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Plain,
  plainImport,
  plainImportSlice,
  plainNamespace,
  plainPod,
  plainService,
  plainSlice,
} from '#watcher/testing/objects.ts';
import type { DnsCase } from '#workers/testing/case.ts';
import { ScriptHandler } from '#workers/testing/script.ts';
import { checkRow, KubernetesRig } from './testing.ts';

const ZONE = 'clusterset.local.';
const soa = (zone: string, serial: number): string =>
  `${zone} 5 IN SOA ns.dns.${zone} hostmaster.${zone} ${serial} 7200 1800 86400 5`;

const CLUSTER: readonly Plain[] = [
  plainNamespace('default'),
  plainService('own', { ip: '10.96.0.20', ports: ['http 80'] }),
  plainService('kube-dns', { ip: '10.96.0.10', ports: ['dns 53/UDP'] }),
  plainSlice('kube-dns', ['192.0.2.2']),
  plainPod('p', '10.244.9.9'),
  plainImport('web', { ip: ['10.50.0.1', 'fd50::1'], ports: ['http 80', 'dns 53/UDP'] }),
  plainImportSlice('web', 'east', ['10.60.1.1'], { ports: ['http 8080'] }),
  plainImport('bare', { ip: '10.50.0.2' }),
  plainImportSlice('bare', 'east', ['10.60.2.1']),
  plainImport('lonely', { ip: '10.50.0.3', ports: ['http 80'] }),
  plainImport('db', { ip: 'Headless', ports: ['ignored 1'] }),
  plainImportSlice('db', 'East', [{ ip: '10.60.0.1', hostname: 'db-0' }, '10.60.0.2'], { ports: ['pg 5432'] }),
  plainImportSlice(
    'db',
    'west',
    [
      { ip: '10.61.0.1', hostname: 'db-0' },
      { ip: '10.61.0.9', ready: false },
    ],
    {
      ports: ['pg 5433'],
    },
  ),
  plainImport('nobody', { ip: 'Headless' }),
  plainImport('away', { ip: 'Headless' }),
  plainImportSlice('away', 'east', ['target.example.org']),
  plainImport('home', { ip: 'Headless' }),
  plainImportSlice('home', 'east', ['web.default.svc.clusterset.local']),
];

const TEXT = `kubernetes cluster.local clusterset.local in-addr.arpa {
  pods verified
  zonal
  multicluster clusterset.local
}`;
const rig = new KubernetesRig(TEXT, CLUSTER);

const found = { qr: 'qr,aa,rd', authority: [], additional: [] };
const nodata = { rcode: 'NOERROR', qr: 'qr,aa,rd', authority: [soa(ZONE, 0)], additional: [] };
const nxdomain = { ...nodata, rcode: 'NXDOMAIN' };
const at = (front: string): string => `${front}.default.svc.${ZONE}`;

function check(name: string, rows: readonly DnsCase[], from: KubernetesRig = rig): void {
  describe(name, () => {
    for (const row of rows) it(row.title ?? `${row.name} ${row.type}`, () => checkRow(from, row));
  });
}

const web = at('web');
const glue = [`${web} 5 IN A 10.50.0.1`, `${web} 5 IN AAAA fd50::1`];
check('imports with addresses of the cluster set', [
  { name: web, type: 'A', ...found, answer: [`${web} 5 IN A 10.50.0.1`] },
  { name: web, type: 'AAAA', ...found, answer: [`${web} 5 IN AAAA fd50::1`] },
  ...['MX', 'TXT', 'CNAME', 'NS', 'HTTPS'].map((type) => ({ name: web, type, ...nodata })),
  {
    name: web,
    type: 'SRV',
    ...found,
    answer: [80, 53].map((port) => `${web} 5 IN SRV 0 25 ${port} ${web}`),
    additional: glue,
  },
  { name: at('_http._tcp.web'), type: 'A', ...found, answer: [`${at('_http._tcp.web')} 5 IN A 10.50.0.1`] },
  {
    name: at('_dns._udp.web'),
    type: 'SRV',
    ...found,
    answer: [`${at('_dns._udp.web')} 5 IN SRV 0 50 53 ${web}`],
    additional: glue,
  },
  ...['_http.tcp', 'http._tcp'].map((front) => ({
    title: `${front}: one underscore says that it is a port`,
    name: at(`${front}.web`),
    type: 'A',
    ...found,
    answer: [`${at(`${front}.web`)} 5 IN A 10.50.0.1`],
  })),
  { title: 'http.tcp: an endpoint and its cluster', name: at('http.tcp.web'), type: 'A', ...nxdomain },
  { name: at('_http._udp.web'), type: 'A', ...nxdomain },
  { name: at('10-60-1-1.east.web'), type: 'A', ...found, answer: [`${at('10-60-1-1.east.web')} 5 IN A 10.60.1.1`] },
  { title: 'the form without a cluster', name: at('10-60-1-1.web'), type: 'A', ...nxdomain },
  { name: at('lonely'), type: 'A', ...found, answer: [`${at('lonely')} 5 IN A 10.50.0.3`] },
  { title: 'without ports there is no such name', name: at('bare'), type: 'A', ...nxdomain },
  { name: at('10-60-2-1.east.bare'), type: 'A', ...found, answer: [`${at('10-60-2-1.east.bare')} 5 IN A 10.60.2.1`] },
  { title: 'a service of the cluster is not here', name: at('own'), type: 'A', ...nxdomain },
]);

const db = at('db');
check('headless imports', [
  {
    name: db,
    type: 'A',
    ...found,
    answer: ['10.60.0.1', '10.60.0.2', '10.61.0.1'].map((ip) => `${db} 5 IN A ${ip}`),
  },
  { name: db, type: 'AAAA', ...nodata },
  {
    title: 'targets with their clusters, as they are spelt',
    name: db,
    type: 'SRV',
    ...found,
    answer: [
      `${db} 5 IN SRV 0 33 5432 ${at('db-0.East.db')}`,
      `${db} 5 IN SRV 0 33 5432 ${at('10-60-0-2.East.db')}`,
      `${db} 5 IN SRV 0 33 5433 ${at('db-0.west.db')}`,
    ],
    additional: [
      `${at('db-0.East.db')} 5 IN A 10.60.0.1`,
      `${at('10-60-0-2.East.db')} 5 IN A 10.60.0.2`,
      `${at('db-0.west.db')} 5 IN A 10.61.0.1`,
    ],
  },
  {
    name: at('_pg._tcp.db'),
    type: 'SRV',
    ...found,
    answer: [
      `${at('_pg._tcp.db')} 5 IN SRV 0 33 5432 ${at('db-0.East.db')}`,
      `${at('_pg._tcp.db')} 5 IN SRV 0 33 5432 ${at('10-60-0-2.East.db')}`,
      `${at('_pg._tcp.db')} 5 IN SRV 0 33 5433 ${at('db-0.west.db')}`,
    ],
    additional: [
      `${at('db-0.East.db')} 5 IN A 10.60.0.1`,
      `${at('10-60-0-2.East.db')} 5 IN A 10.60.0.2`,
      `${at('db-0.west.db')} 5 IN A 10.61.0.1`,
    ],
  },
  { name: at('db-0.east.db'), type: 'A', ...found, answer: [`${at('db-0.east.db')} 5 IN A 10.60.0.1`] },
  {
    name: at('db-0.west.db'),
    type: 'SRV',
    ...found,
    answer: [`${at('db-0.west.db')} 5 IN SRV 0 100 5433 ${at('db-0.west.db')}`],
    additional: [`${at('db-0.west.db')} 5 IN A 10.61.0.1`],
  },
  ...['db-0', 'db-0.north', '10-61-0-9.west', 'x.db-0.west', '_pg._udp', '_ignored._tcp'].map((front) => ({
    name: at(`${front}.db`),
    type: 'A',
    ...nxdomain,
  })),
  { name: at('a.pin._zone.db'), type: 'A', ...nxdomain, title: 'no zonal names (spec C8)' },
  { name: at('a.prefer._zone.db'), type: 'A', ...nxdomain, title: 'no zonal names that prefer' },
  { name: at('nobody'), type: 'A', ...nxdomain },
  { name: at('away'), type: 'CNAME', ...found, answer: [`${at('away')} 5 IN CNAME target.example.org.`] },
  {
    title: 'a target within the zone is another import',
    name: at('home'),
    type: 'A',
    ...found,
    answer: [`${at('home')} 5 IN CNAME ${web}`, `${web} 5 IN A 10.50.0.1`],
  },
]);

check('the rest of the zone', [
  { name: ZONE, type: 'SOA', ...found, answer: [soa(ZONE, 0)] },
  { name: ZONE, type: 'A', ...nodata },
  { name: ZONE, type: 'TXT', ...nxdomain },
  { name: `svc.${ZONE}`, type: 'A', ...nodata },
  { name: `default.svc.${ZONE}`, type: 'A', ...nodata },
  { name: `default.svc.${ZONE}`, type: 'TXT', ...nxdomain },
  { name: `nowhere.svc.${ZONE}`, type: 'A', ...nxdomain },
  { name: web, type: 'SOA', ...nodata },
  {
    title: 'name servers are those of the cluster',
    name: ZONE,
    type: 'NS',
    qr: 'qr,aa,rd',
    authority: [],
    answer: [`${ZONE} 5 IN NS kube-dns.default.svc.${ZONE}`],
    additional: [`kube-dns.default.svc.${ZONE} 5 IN A 10.96.0.10`],
  },
  { name: `ns.dns.${ZONE}`, type: 'A', ...found, answer: [`ns.dns.${ZONE} 5 IN A 10.96.0.10`] },
  { name: `dns-version.${ZONE}`, type: 'TXT', ...found, answer: [`dns-version.${ZONE} 28800 IN TXT "1.1.0"`] },
  {
    title: 'pods of the cluster',
    name: `10-244-9-9.default.pod.${ZONE}`,
    type: 'A',
    ...found,
    answer: [`10-244-9-9.default.pod.${ZONE} 5 IN A 10.244.9.9`],
  },
  {
    title: 'imports are not in the cluster’s zone',
    name: 'web.default.svc.cluster.local.',
    type: 'A',
    rcode: 'NXDOMAIN',
  },
  { title: 'nor have they reverse names', name: '1.0.50.10.in-addr.arpa.', type: 'PTR', rcode: 'NXDOMAIN' },
  {
    name: '20.0.96.10.in-addr.arpa.',
    type: 'PTR',
    ...found,
    answer: ['20.0.96.10.in-addr.arpa. 5 IN PTR own.default.svc.cluster.local.'],
  },
]);

const strict = new KubernetesRig(
  'kubernetes clusterset.local {\nmulticluster clusterset.local\nignore empty_service\n}',
  CLUSTER,
);
check(
  'ignore empty_service',
  [
    { name: web, type: 'A', ...found, answer: [`${web} 5 IN A 10.50.0.1`] },
    { title: 'an import without endpoints is not there', name: at('lonely'), type: 'A', ...nxdomain },
    { name: db, type: 'AAAA', ...nodata },
  ],
  strict,
);

const bare = new KubernetesRig('kubernetes clusterset.local {\nmulticluster clusterset.local\nnoendpoints\n}', CLUSTER);
check(
  'noendpoints does not concern imports',
  [
    { name: at('db-0.east.db'), type: 'A', ...found, answer: [`${at('db-0.east.db')} 5 IN A 10.60.0.1`] },
    { title: 'no name servers without endpoints', name: ZONE, type: 'NS', answer: [`${ZONE} 5 IN NS ns.dns.${ZONE}`] },
  ],
  bare,
);

const reversed = new KubernetesRig(
  'kubernetes cluster.local 96.10.in-addr.arpa {\nmulticluster 96.10.in-addr.arpa\n}',
  CLUSTER,
);
check(
  'a reverse zone as a multicluster zone',
  [
    {
      name: '20.0.96.10.in-addr.arpa.',
      type: 'PTR',
      ...found,
      answer: ['20.0.96.10.in-addr.arpa. 5 IN PTR own.default.svc.cluster.local.'],
    },
  ],
  reversed,
);

describe('changes of imports', () => {
  const fresh = (): KubernetesRig => new KubernetesRig(TEXT, CLUSTER);
  const ask = (from: KubernetesRig, row: DnsCase): void => checkRow(from, row);

  it('come and go without moving the serial of either zone', () => {
    const from = fresh();
    from.image.put(plainImport('new', { ip: '10.50.0.9', ports: ['http 80'] }));
    ask(from, { name: at('new'), type: 'A', ...found, answer: [`${at('new')} 5 IN A 10.50.0.9`] });
    from.image.remove(plainImport('new'));
    ask(from, { name: at('new'), type: 'A', ...nxdomain });
    ask(from, { name: 'cluster.local.', type: 'SOA', answer: [soa('cluster.local.', 1000)] });
  });

  it('an update moves the serial of the zone', () => {
    const from = fresh();
    from.image.put(plainImport('lonely', { ip: '10.50.0.3', ports: ['https 443'] }));
    ask(from, { name: ZONE, type: 'SOA', answer: [soa(ZONE, 1001)] });
    ask(from, { name: at('_http._tcp.lonely'), type: 'A', rcode: 'NXDOMAIN', authority: [soa(ZONE, 1001)] });
    ask(from, { name: at('_https._tcp.lonely'), type: 'A', answer: [`${at('_https._tcp.lonely')} 5 IN A 10.50.0.3`] });
  });

  it('endpoints move to another cluster', () => {
    const from = fresh();
    from.image.put(
      plainImportSlice('web', 'south', ['10.60.1.1'], { name: 'imported-web-east', ports: ['http 8080'] }),
    );
    ask(from, { name: at('10-60-1-1.east.web'), type: 'A', rcode: 'NXDOMAIN', authority: [soa(ZONE, 1001)] });
    ask(from, {
      name: at('10-60-1-1.south.web'),
      type: 'A',
      answer: [`${at('10-60-1-1.south.web')} 5 IN A 10.60.1.1`],
    });
  });

  it('a missing name is passed on where it falls through', () => {
    const text = 'kubernetes clusterset.local {\nmulticluster clusterset.local\nfallthrough\n}';
    const next = new ScriptHandler({ rcode: 'REFUSED' });
    const from = new KubernetesRig(text, CLUSTER, [next]);
    from.core.ask({ name: at('own'), type: 'A' });
    from.core.ask({ name: web, type: 'TXT' });
    assert.deepEqual(next.asked, [`${at('own')} 1`]);
  });
});
