// Pods, addresses and topology zones: rows of questions (spec C5, C7, C8).

import { describe, it } from 'node:test';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '#watcher/testing/objects.ts';
import type { DnsCase } from '#workers/testing/case.ts';
import { checkRow, KubernetesRig } from './testing.ts';

const CLUSTER: readonly Plain[] = [
  plainNamespace('default'),
  plainService('web', { ip: ['10.96.0.20', 'fd00::20'], ports: ['http 80'] }),
  plainSlice('web', ['10.244.0.5', 'fd00:10:244::31'], { ports: ['http 8080'] }),
  plainService('db', { ip: 'None' }),
  plainSlice(
    'db',
    [
      { ip: '10.244.0.5', hostname: 'db-0', zone: 'eu-1.A' },
      { ip: '10.244.0.6', zone: 'eu-1.b' },
      { ip: 'fd00::6', zone: 'eu-1.b' },
    ],
    {
      ports: ['pg 5432'],
    },
  ),
  plainPod('web-0', '10.244.0.5'),
  plainPod('six', 'fd00:10::1'),
];

const rigs = {
  insecure: new KubernetesRig('kubernetes cluster.local in-addr.arpa ip6.arpa {\npods insecure\n}', CLUSTER),
  verified: new KubernetesRig('kubernetes cluster.local {\npods verified\n}', CLUSTER),
  disabled: new KubernetesRig('kubernetes cluster.local {\nzonal\n}', CLUSTER),
  reversed: new KubernetesRig('kubernetes in-addr.arpa cluster.local', CLUSTER),
  narrow: new KubernetesRig('kubernetes rev.local 10.in-addr.arpa {\nttl 30\nnoendpoints\n}', CLUSTER),
};

type Row = DnsCase & { readonly rig: keyof typeof rigs };
const none = { authority: [], additional: [] };
const missing = { rcode: 'NXDOMAIN', additional: [] };
const POD = 'default.pod.cluster.local.';

function run(rows: readonly Row[]): void {
  for (const row of rows) it(row.title ?? `${row.rig}: ${row.name} ${row.type}`, () => checkRow(rigs[row.rig], row));
}

describe('pods', () => {
  run([
    { rig: 'insecure', name: `1-2-3-4.${POD}`, type: 'A', answer: [`1-2-3-4.${POD} 5 IN A 1.2.3.4`], ...none },
    { rig: 'insecure', name: `1-2-3-4.${POD}`, type: 'AAAA' },
    { rig: 'insecure', name: `1-2-3-4.${POD}`, type: 'TXT' },
    { rig: 'insecure', name: `fd00--1.${POD}`, type: 'AAAA', answer: [`fd00--1.${POD} 5 IN AAAA fd00::1`], ...none },
    { rig: 'insecure', name: `FD00--A.${POD}`, type: 'AAAA', answer: [`FD00--A.${POD} 5 IN AAAA fd00::a`], ...none },
    {
      rig: 'insecure',
      name: `fd00--1.${POD}`,
      type: 'SRV',
      answer: [`fd00--1.${POD} 5 IN SRV 0 100 0 fd00--1.${POD}`],
      additional: [`fd00--1.${POD} 5 IN AAAA fd00::1`],
    },
    {
      rig: 'insecure',
      title: 'labels in front of the address are ignored, a target does not have them',
      name: `a.X.1-2-3-4.${POD}`,
      type: 'SRV',
      answer: [`a.X.1-2-3-4.${POD} 5 IN SRV 0 100 0 1-2-3-4.${POD}`],
      additional: [`1-2-3-4.${POD} 5 IN A 1.2.3.4`],
    },
    { rig: 'insecure', name: `x.1-2-3-4.${POD}`, type: 'A', answer: [`x.1-2-3-4.${POD} 5 IN A 1.2.3.4`] },
    { rig: 'insecure', name: `a.b.c.1-2-3-4.${POD}`, type: 'A', ...missing },
    { rig: 'insecure', name: `300-2-3-4.${POD}`, type: 'A', ...missing },
    { rig: 'insecure', name: `web-0.${POD}`, type: 'A', ...missing },
    { rig: 'insecure', name: '1-2-3-4.nope.pod.cluster.local.', type: 'A', ...missing },
    { rig: 'insecure', name: POD, type: 'A' },
    { rig: 'verified', name: `10-244-0-5.${POD}`, type: 'A', answer: [`10-244-0-5.${POD} 5 IN A 10.244.0.5`], ...none },
    { rig: 'verified', name: `10-244-0-5.${POD}`, type: 'AAAA' },
    { rig: 'verified', name: `fd00-10--1.${POD}`, type: 'AAAA', answer: [`fd00-10--1.${POD} 5 IN AAAA fd00:10::1`] },
    {
      rig: 'verified',
      name: `10-244-0-5.${POD}`,
      type: 'SRV',
      answer: [`10-244-0-5.${POD} 5 IN SRV 0 100 0 10-244-0-5.${POD}`],
      additional: [`10-244-0-5.${POD} 5 IN A 10.244.0.5`],
    },
    {
      rig: 'verified',
      title: 'labels in front of a verified pod are ignored too',
      name: `x.10-244-0-5.${POD}`,
      type: 'SRV',
      answer: [`x.10-244-0-5.${POD} 5 IN SRV 0 100 0 10-244-0-5.${POD}`],
      additional: [`10-244-0-5.${POD} 5 IN A 10.244.0.5`],
    },
    { rig: 'verified', name: `1-2-3-4.${POD}`, type: 'A', ...missing },
    { rig: 'verified', name: POD, type: 'A' },
    { rig: 'disabled', name: 'pod.cluster.local.', type: 'A' },
    { rig: 'disabled', name: POD, type: 'A', ...missing },
    { rig: 'disabled', name: `10-244-0-5.${POD}`, type: 'A', ...missing },
  ]);
});

describe('addresses', () => {
  const six = `1.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.4.2.0.0.1.0.0.0.0.d.f.ip6.arpa.`;
  const mapped = `5.0.0.0.4.f.a.0.f.f.f.f.${'0.'.repeat(20)}ip6.arpa.`;
  run([
    {
      rig: 'insecure',
      name: '20.0.96.10.in-addr.arpa.',
      type: 'PTR',
      qr: 'qr,aa,rd',
      answer: ['20.0.96.10.in-addr.arpa. 5 IN PTR web.default.svc.cluster.local.'],
      ...none,
    },
    {
      rig: 'insecure',
      title: 'an endpoint of two services',
      name: '5.0.244.10.IN-ADDR.Arpa.',
      type: 'PTR',
      anyOrder: true,
      answer: [
        '5.0.244.10.IN-ADDR.Arpa. 5 IN PTR 10-244-0-5.web.default.svc.cluster.local.',
        '5.0.244.10.IN-ADDR.Arpa. 5 IN PTR db-0.db.default.svc.cluster.local.',
      ],
    },
    {
      rig: 'insecure',
      name: six,
      type: 'PTR',
      answer: [`${six} 5 IN PTR fd00-10-244--31.web.default.svc.cluster.local.`],
    },
    {
      rig: 'insecure',
      name: six.toUpperCase(),
      type: 'PTR',
      answer: [`${six.toUpperCase()} 5 IN PTR fd00-10-244--31.web.default.svc.cluster.local.`],
    },
    {
      rig: 'insecure',
      title: 'an IPv4 address within an IPv6 one is the former',
      name: mapped,
      type: 'PTR',
      anyOrder: true,
      answer: [
        `${mapped} 5 IN PTR 10-244-0-5.web.default.svc.cluster.local.`,
        `${mapped} 5 IN PTR db-0.db.default.svc.cluster.local.`,
      ],
    },
    { rig: 'insecure', name: '9.9.9.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: '020.0.96.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: '276.0.96.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: 'x.0.96.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: '0.96.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: 'x.20.0.96.10.in-addr.arpa.', type: 'PTR', ...missing },
    { rig: 'insecure', name: six.replace('1.3.', 'g.3.'), type: 'PTR', ...missing },
    { rig: 'insecure', name: six.replace('1.3.', '11.3.'), type: 'PTR', ...missing },
    { rig: 'insecure', name: 'in-addr.arpa.', type: 'PTR' },
    { rig: 'insecure', name: '20.0.96.10.in-addr.arpa.', type: 'A', ...missing },
    { rig: 'insecure', name: '20.0.96.10.in-addr.arpa.', type: 'SOA' },
    {
      rig: 'insecure',
      title: 'names of services below a reverse zone',
      name: 'web.default.svc.in-addr.arpa.',
      type: 'A',
      rcode: 'NXDOMAIN',
    },
    {
      rig: 'reversed',
      title: 'in-addr.arpa in front is the primary zone',
      name: '20.0.96.10.in-addr.arpa.',
      type: 'PTR',
      answer: ['20.0.96.10.in-addr.arpa. 5 IN PTR web.default.svc.in-addr.arpa.'],
    },
    {
      rig: 'narrow',
      title: 'a primary zone elsewhere',
      name: '20.0.96.10.in-addr.arpa.',
      type: 'PTR',
      answer: ['20.0.96.10.in-addr.arpa. 30 IN PTR web.default.svc.rev.local.'],
    },
    {
      rig: 'narrow',
      name: '5.0.244.10.in-addr.arpa.',
      type: 'PTR',
      ...missing,
      title: 'noendpoints: no PTR of endpoints',
    },
  ]);
});

describe('topology zones', () => {
  const db = 'db.default.svc.cluster.local.';
  const all = ['10.244.0.5', '10.244.0.6'];
  run([
    {
      rig: 'disabled',
      name: `eu-1.a.pin._zone.${db}`,
      type: 'A',
      answer: [`eu-1.a.pin._zone.${db} 5 IN A 10.244.0.5`],
      ...none,
    },
    {
      rig: 'disabled',
      name: `EU-1.A.Prefer._Zone.${db}`,
      type: 'A',
      answer: [`EU-1.A.Prefer._Zone.${db} 5 IN A 10.244.0.5`],
    },
    {
      rig: 'disabled',
      name: `eu-1.b.pin._zone.${db}`,
      type: 'SRV',
      answer: [
        `eu-1.b.pin._zone.${db} 5 IN SRV 0 50 5432 10-244-0-6.${db}`,
        `eu-1.b.pin._zone.${db} 5 IN SRV 0 50 5432 fd00--6.${db}`,
      ],
      additional: [`10-244-0-6.${db} 5 IN A 10.244.0.6`, `fd00--6.${db} 5 IN AAAA fd00::6`],
    },
    { rig: 'disabled', title: 'pin: no endpoint there: NODATA', name: `nowhere.pin._zone.${db}`, type: 'A' },
    { rig: 'disabled', title: 'pin: TXT too', name: `nowhere.pin._zone.${db}`, type: 'TXT' },
    {
      rig: 'disabled',
      title: 'prefer: no endpoint there: all',
      name: `now.here.prefer._zone.${db}`,
      type: 'A',
      answer: all.map((address) => `now.here.prefer._zone.${db} 5 IN A ${address}`),
    },
    {
      rig: 'disabled',
      title: 'prefer: targets are the normal names',
      name: `now.here.prefer._zone.${db}`,
      type: 'SRV',
      answer: ['db-0', '10-244-0-6', 'fd00--6'].map(
        (label) => `now.here.prefer._zone.${db} 5 IN SRV 0 33 5432 ${label}.${db}`,
      ),
      additional: [
        `db-0.${db} 5 IN A 10.244.0.5`,
        `10-244-0-6.${db} 5 IN A 10.244.0.6`,
        `fd00--6.${db} 5 IN AAAA fd00::6`,
      ],
    },
    { rig: 'disabled', name: `eu-1.a.prefer._zone.${db}`, type: 'TXT' },
    { rig: 'disabled', name: `eu-1.a.prefer._zone.${db}`, type: 'AAAA' },
    { rig: 'disabled', name: `eu-1.a.other._zone.${db}`, type: 'A', ...missing },
    { rig: 'disabled', name: `eu-1.a.pin.zone.${db}`, type: 'A', ...missing },
    { rig: 'disabled', name: `pin._zone.${db}`, type: 'A', ...missing },
    { rig: 'disabled', name: 'eu-1.a.pin._zone.web.default.svc.cluster.local.', type: 'A', ...missing },
    { rig: 'disabled', name: 'eu-1.a.pin._zone.nope.default.svc.cluster.local.', type: 'A', ...missing },
    { rig: 'insecure', name: `eu-1.a.pin._zone.${db}`, type: 'A', ...missing, title: 'not without the option' },
  ]);
});
