// The zone's own names: SOA, NS with glue, ns.dns, the version (spec C6).

import { describe, it } from 'node:test';
import { type Plain, plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import type { DnsCase } from '#workers/testing/case.ts';
import { checkRow, KubernetesRig } from './testing.ts';

const system = { namespace: 'kube-system' };
const slice = plainSlice('kube-dns', ['192.0.2.2', '192.0.2.3'], { ...system, ports: ['dns 53/UDP'] });
const DIRECTIVE = 'kubernetes cluster.local in-addr.arpa';

const rigs = {
  alone: new KubernetesRig(DIRECTIVE, [plainNamespace('default')]),
  service: new KubernetesRig(DIRECTIVE, [
    plainService('kube-dns', { ...system, ip: ['10.96.0.10', 'fd00::10'] }),
    slice,
  ]),
  headless: new KubernetesRig(DIRECTIVE, [plainService('kube-dns', { ...system, ip: 'None' }), slice]),
  two: new KubernetesRig(DIRECTIVE, [
    plainService('a', { ip: '10.96.0.1' }),
    plainSlice('a', ['192.0.2.2']),
    plainService('b', { ip: '10.96.0.2' }),
    plainSlice('b', ['fe80::2']),
  ] as Plain[]),
  both: new KubernetesRig(DIRECTIVE, [
    plainService('a', { ip: '10.96.0.1' }),
    plainSlice('a', ['192.0.2.2', '192.0.2.3']),
    plainService('b', { ip: 'None' }),
    plainSlice('b', [{ ip: '192.0.2.2', hostname: 'one' }, { ip: '192.0.2.3' }, { ip: '192.0.2.4', ready: false }]),
  ] as Plain[]),
  /** The block is bound to an address of a service; the machine has others. */
  bound: new KubernetesRig(
    DIRECTIVE,
    [
      plainService('a', { ip: '10.96.0.1' }),
      plainSlice('a', ['192.0.2.2']),
      plainService('b', { ip: '10.96.0.2' }),
      plainSlice('b', ['198.51.100.7']),
    ] as Plain[],
    [],
    ['198.51.100.7'],
  ),
  gone: new KubernetesRig(DIRECTIVE, [plainSlice('a', ['192.0.2.2'])] as Plain[]),
};

const soa = (serial: number, zone = 'cluster.local.'): string =>
  `${zone} 5 IN SOA ns.dns.${zone} hostmaster.${zone} ${serial} 7200 1800 86400 5`;
const none = { authority: [], additional: [] };
const own = ['5 IN A 192.0.2.2', '5 IN AAAA fd00::2', '5 IN AAAA fe80::2'];
const dns = 'kube-dns.kube-system.svc';

const rows: (DnsCase & { readonly rig: keyof typeof rigs })[] = [
  { rig: 'alone', name: 'cluster.local.', type: 'SOA', answer: [soa(0)], ...none },
  { rig: 'service', name: 'Cluster.Local.', type: 'SOA', answer: [soa(1000, 'Cluster.Local.')], ...none },
  { rig: 'alone', name: 'in-addr.arpa.', type: 'SOA', answer: [soa(0, 'in-addr.arpa.')], ...none },
  {
    rig: 'alone',
    title: 'NS: no service has our address: ns.dns with our addresses',
    name: 'cluster.local.',
    type: 'NS',
    qr: 'qr,aa,rd',
    answer: ['cluster.local. 5 IN NS ns.dns.cluster.local.'],
    additional: own.map((record) => `ns.dns.cluster.local. ${record}`),
  },
  {
    rig: 'service',
    title: 'NS: the service with its cluster addresses',
    name: 'cluster.local.',
    type: 'NS',
    answer: [`cluster.local. 5 IN NS ${dns}.cluster.local.`],
    additional: [`${dns}.cluster.local. 5 IN A 10.96.0.10`, `${dns}.cluster.local. 5 IN AAAA fd00::10`],
  },
  {
    rig: 'service',
    title: 'NS of a reverse zone',
    name: 'in-addr.arpa.',
    type: 'NS',
    answer: [`in-addr.arpa. 5 IN NS ${dns}.in-addr.arpa.`],
    additional: [`${dns}.in-addr.arpa. 5 IN A 10.96.0.10`, `${dns}.in-addr.arpa. 5 IN AAAA fd00::10`],
  },
  {
    rig: 'headless',
    title: 'NS: endpoints of a headless service',
    name: 'CLUSTER.local.',
    type: 'NS',
    answer: [
      `CLUSTER.local. 5 IN NS 192-0-2-2.${dns}.CLUSTER.local.`,
      `CLUSTER.local. 5 IN NS 192-0-2-3.${dns}.CLUSTER.local.`,
    ],
    additional: [
      `192-0-2-2.${dns}.CLUSTER.local. 5 IN A 192.0.2.2`,
      `192-0-2-3.${dns}.CLUSTER.local. 5 IN A 192.0.2.3`,
    ],
  },
  {
    rig: 'two',
    title: 'NS: several services, one by a link-local address',
    name: 'cluster.local.',
    type: 'NS',
    answer: [
      'cluster.local. 5 IN NS a.default.svc.cluster.local.',
      'cluster.local. 5 IN NS b.default.svc.cluster.local.',
    ],
    additional: ['a.default.svc.cluster.local. 5 IN A 10.96.0.1', 'b.default.svc.cluster.local. 5 IN A 10.96.0.2'],
  },
  {
    rig: 'both',
    title: 'NS: a service with cluster addresses and a headless one',
    name: 'cluster.local.',
    type: 'NS',
    answer: ['a', 'one.b', '192-0-2-3.b'].map((front) => `cluster.local. 5 IN NS ${front}.default.svc.cluster.local.`),
    additional: [
      'a.default.svc.cluster.local. 5 IN A 10.96.0.1',
      'one.b.default.svc.cluster.local. 5 IN A 192.0.2.2',
      '192-0-2-3.b.default.svc.cluster.local. 5 IN A 192.0.2.3',
    ],
  },
  {
    rig: 'both',
    title: 'ns.dns: addresses of all of them',
    name: 'ns.dns.in-addr.arpa.',
    type: 'A',
    answer: ['10.96.0.1', '192.0.2.2', '192.0.2.3'].map((ip) => `ns.dns.in-addr.arpa. 5 IN A ${ip}`),
  },
  {
    rig: 'bound',
    title: 'NS: only addresses that the block is bound to count',
    name: 'cluster.local.',
    type: 'NS',
    answer: ['cluster.local. 5 IN NS b.default.svc.cluster.local.'],
    additional: ['b.default.svc.cluster.local. 5 IN A 10.96.0.2'],
  },
  {
    rig: 'gone',
    title: 'NS: endpoints whose service is gone make no name server',
    name: 'cluster.local.',
    type: 'NS',
    answer: ['cluster.local. 5 IN NS ns.dns.cluster.local.'],
    additional: own.map((record) => `ns.dns.cluster.local. ${record}`),
  },
  {
    rig: 'alone',
    name: 'ns.dns.cluster.local.',
    type: 'A',
    answer: ['ns.dns.cluster.local. 5 IN A 192.0.2.2'],
    ...none,
  },
  {
    rig: 'alone',
    name: 'ns.dns.cluster.local.',
    type: 'AAAA',
    answer: ['ns.dns.cluster.local. 5 IN AAAA fd00::2', 'ns.dns.cluster.local. 5 IN AAAA fe80::2'],
    ...none,
  },
  {
    rig: 'service',
    name: 'NS.dns.Cluster.local.',
    type: 'A',
    answer: ['NS.dns.Cluster.local. 5 IN A 10.96.0.10'],
    ...none,
  },
  { rig: 'headless', name: 'ns.dns.cluster.local.', type: 'AAAA', authority: [soa(1000)] },
  {
    rig: 'headless',
    name: 'ns.dns.cluster.local.',
    type: 'A',
    answer: ['ns.dns.cluster.local. 5 IN A 192.0.2.2', 'ns.dns.cluster.local. 5 IN A 192.0.2.3'],
  },
  ...['SOA', 'SRV', 'MX', 'NS', 'CNAME', 'HTTPS', 'ANY'].map((type) => ({
    rig: 'alone' as const,
    name: 'ns.dns.cluster.local.',
    type,
    authority: [soa(0)],
  })),
  ...['TXT', 'PTR'].map((type) => ({
    rig: 'alone' as const,
    name: 'ns.dns.cluster.local.',
    type,
    rcode: 'NXDOMAIN',
    authority: [soa(0)],
  })),
  { rig: 'alone', name: 'x.ns.dns.cluster.local.', type: 'A', rcode: 'NXDOMAIN' },
  {
    rig: 'alone',
    name: 'dns-version.cluster.local.',
    type: 'TXT',
    answer: ['dns-version.cluster.local. 28800 IN TXT "1.1.0"'],
    ...none,
  },
  {
    rig: 'alone',
    name: 'DNS-Version.cluster.local.',
    type: 'TXT',
    answer: ['DNS-Version.cluster.local. 28800 IN TXT "1.1.0"'],
  },
  { rig: 'alone', name: 'dns-version.cluster.local.', type: 'A', rcode: 'NXDOMAIN', authority: [soa(0)] },
  { rig: 'alone', name: 'dns-version.cluster.local.', type: 'SOA', authority: [soa(0)] },
  { rig: 'alone', name: 'x.dns-version.cluster.local.', type: 'TXT', rcode: 'NXDOMAIN' },
];

describe('the zone’s own names', () => {
  for (const row of rows) it(row.title ?? `${row.rig}: ${row.name} ${row.type}`, () => checkRow(rigs[row.rig], row));
});
