// The records of a cluster zone and their order (spec C10).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageOptions } from '../compile/options.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import { TransferRig } from '../testing/transfer.ts';

const namespace = plainNamespace('default');
const HEAD = ['z 5 NS ns.dns.z', 'ns.dns.z 0 A 192.0.2.53'];

interface Row {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  /** Between the name servers and the last SOA. */
  readonly records: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'addresses, then for every port an SRV at the service and one at the port',
    objects: [namespace, plainService('web', { ip: ['10.96.0.1', 'fd00::1'], ports: ['http 80', 'dns 53/UDP'] })],
    records: [
      'web.default.svc.z 5 A 10.96.0.1',
      'web.default.svc.z 5 AAAA fd00::1',
      'web.default.svc.z 5 SRV 0 100 80 web.default.svc.z',
      '_http._tcp.web.default.svc.z 5 SRV 0 100 80 web.default.svc.z',
      'web.default.svc.z 5 SRV 0 100 53 web.default.svc.z',
      '_dns._udp.web.default.svc.z 5 SRV 0 100 53 web.default.svc.z',
    ],
  },
  {
    name: 'a port without a name has no name of its own',
    objects: [namespace, plainService('web', { ip: '10.96.0.1', ports: [80] })],
    records: ['web.default.svc.z 5 A 10.96.0.1', 'web.default.svc.z 5 SRV 0 100 80 web.default.svc.z'],
  },
  {
    name: 'a service without ports has port 65535',
    objects: [namespace, plainService('web', { ip: '10.96.0.1' })],
    records: ['web.default.svc.z 5 A 10.96.0.1', 'web.default.svc.z 5 SRV 0 100 65535 web.default.svc.z'],
  },
  {
    name: 'endpoints of a service with addresses of its own are not told',
    objects: [namespace, plainService('web', { ip: '10.96.0.1', ports: [80] }), plainSlice('web', ['10.1.0.1'])],
    records: ['web.default.svc.z 5 A 10.96.0.1', 'web.default.svc.z 5 SRV 0 100 80 web.default.svc.z'],
  },
  {
    name: 'headless: for every address the service, the endpoint, its ports; weights by slice',
    objects: [
      namespace,
      plainService('db', { ip: 'None' }),
      plainSlice('db', ['10.1.0.1', { ip: '10.1.0.2', hostname: 'db-1' }], { name: 'a', ports: ['sql 5432', 9000] }),
      plainSlice('db', ['10.1.0.3'], { name: 'b', ports: ['sql 5432'] }),
    ],
    records: [
      'db.default.svc.z 5 A 10.1.0.1',
      '10-1-0-1.db.default.svc.z 5 A 10.1.0.1',
      '_sql._tcp.db.default.svc.z 5 SRV 0 50 5432 10-1-0-1.db.default.svc.z',
      'db.default.svc.z 5 A 10.1.0.2',
      'db-1.db.default.svc.z 5 A 10.1.0.2',
      '_sql._tcp.db.default.svc.z 5 SRV 0 50 5432 db-1.db.default.svc.z',
      'db.default.svc.z 5 A 10.1.0.3',
      '10-1-0-3.db.default.svc.z 5 A 10.1.0.3',
      '_sql._tcp.db.default.svc.z 5 SRV 0 100 5432 10-1-0-3.db.default.svc.z',
    ],
  },
  {
    name: 'headless: an endpoint in two slices is told twice',
    objects: [
      namespace,
      plainService('db', { ip: 'None' }),
      plainSlice('db', ['10.1.0.1'], { name: 'a' }),
      plainSlice('db', ['10.1.0.1'], { name: 'b' }),
    ],
    records: [
      'db.default.svc.z 5 A 10.1.0.1',
      '10-1-0-1.db.default.svc.z 5 A 10.1.0.1',
      'db.default.svc.z 5 A 10.1.0.1',
      '10-1-0-1.db.default.svc.z 5 A 10.1.0.1',
    ],
  },
  {
    name: 'headless: nothing with noendpoints',
    objects: [namespace, plainService('db', { ip: 'None' }), plainSlice('db', ['10.1.0.1'])],
    options: { endpoints: false },
    records: [],
  },
  {
    name: 'ExternalName: a CNAME, but none for an address',
    objects: [
      namespace,
      plainService('out', { externalName: 'api.example.net' }),
      plainService('self', { externalName: 'self.default.svc.z' }),
      plainService('ip', { externalName: '192.0.2.1' }),
    ],
    records: ['out.default.svc.z 5 CNAME api.example.net', 'self.default.svc.z 5 CNAME self.default.svc.z'],
  },
  {
    name: 'services by name, whatever their namespace',
    objects: [
      plainNamespace('x'),
      plainNamespace('y'),
      plainService('b', { namespace: 'x', ip: '10.96.0.2', ports: [1] }),
      plainService('a', { namespace: 'y', ip: '10.96.0.1', ports: [1] }),
      plainService('b', { namespace: 'y', ip: '10.96.0.3', ports: [1] }),
    ],
    records: [
      'a.y.svc.z 5 A 10.96.0.1',
      'a.y.svc.z 5 SRV 0 100 1 a.y.svc.z',
      'b.x.svc.z 5 A 10.96.0.2',
      'b.x.svc.z 5 SRV 0 100 1 b.x.svc.z',
      'b.y.svc.z 5 A 10.96.0.3',
      'b.y.svc.z 5 SRV 0 100 1 b.y.svc.z',
    ],
  },
  {
    name: 'only namespaces and services that the directive shows',
    objects: [
      plainNamespace('x'),
      plainNamespace('y'),
      plainService('a', { namespace: 'x', ip: '10.96.0.1', ports: [1], labels: { app: 'a' } }),
      plainService('b', { namespace: 'x', ip: '10.96.0.2', ports: [1] }),
      plainService('c', { namespace: 'y', ip: '10.96.0.3', ports: [1], labels: { app: 'a' } }),
      plainService('d', { namespace: 'gone', ip: '10.96.0.4', ports: [1], labels: { app: 'a' } }),
    ],
    options: { namespaces: ['x', 'gone'], labels: [{ key: 'app', operator: 'exists', values: [] }] },
    records: ['a.x.svc.z 5 A 10.96.0.1', 'a.x.svc.z 5 SRV 0 100 1 a.x.svc.z'],
  },
  {
    name: 'services without endpoints are told whatever `ignore empty_service` says, as in the reference',
    objects: [namespace, plainService('web', { ip: '10.96.0.1', ports: [80] })],
    options: { ignoreEmptyService: true },
    records: ['web.default.svc.z 5 A 10.96.0.1', 'web.default.svc.z 5 SRV 0 100 80 web.default.svc.z'],
  },
];

describe('a cluster zone is told as', () => {
  for (const { name, objects, options, records } of ROWS)
    it(name, () => {
      const lines = new TransferRig(objects, options).zone('z.');
      const soa = 'z 5 SOA ns.dns.z hostmaster.z 1000 7200 1800 86400 5';
      assert.deepEqual(lines, [soa, ...HEAD, ...records, soa]);
    });
});

describe('name servers', () => {
  const kubeDns = plainService('kube-dns', { namespace: 'kube-system', ip: ['10.96.0.10', 'fd00::10'], ports: [53] });
  const objects = [
    plainNamespace('kube-system'),
    kubeDns,
    plainSlice('kube-dns', ['192.0.2.53'], { namespace: 'kube-system' }),
  ];

  it('are the services with an address of this server; their addresses have TTL 0', () => {
    const lines = new TransferRig(objects, { ttl: 30 }).zone('z.');
    assert.deepEqual(lines.slice(1, 5), [
      'z 30 NS kube-dns.kube-system.svc.z',
      'kube-dns.kube-system.svc.z 0 A 10.96.0.10',
      'kube-dns.kube-system.svc.z 0 AAAA fd00::10',
      'kube-dns.kube-system.svc.z 30 A 10.96.0.10',
    ]);
  });

  it('are the server itself without such a service, all its addresses under one name', () => {
    const lines = new TransferRig([], { localAddresses: ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'] }).zone('z.');
    assert.deepEqual(lines.slice(1, -1), [
      'z 5 NS ns.dns.z',
      'ns.dns.z 0 A 192.0.2.1',
      'ns.dns.z 0 AAAA 2001:db8::1',
      'ns.dns.z 0 AAAA fe80::1',
    ]);
  });
});

it('a reverse zone has the same records below itself', () => {
  const rig = new TransferRig([namespace, plainService('web', { ip: '10.96.0.1', ports: [80] })]);
  assert.deepEqual(
    rig.zone('10.in-addr.arpa.'),
    rig.zone('z.').map((line) => line.replaceAll(/\bz\b/g, '10.in-addr.arpa')),
  );
});

it('the TTL of the SOA is at most 300, its last number is not', () => {
  const [soa] = new TransferRig([], { ttl: 3600 }).zone('z.');
  assert.equal(soa, 'z 300 SOA ns.dns.z hostmaster.z 1000 7200 1800 86400 3600');
});
