// The records of a zone of k8s_external: those that queries are answered with, each once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageOptions } from '../compile/options.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '../testing/objects.ts';
import { TransferRig } from '../testing/transfer.ts';

const namespace = plainNamespace('default');
const OPTIONS: Partial<ImageOptions> = {
  naming: 'external',
  ttl: 33,
  external: { ttl: 77, headless: true, apex: 'dns' },
};
const HEAD = ['z 77 NS ns1.dns.z', 'ns1.dns.z 77 A 192.0.2.53'];
const IP = '203.0.113.1';

interface Row {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  readonly head?: readonly string[];
  readonly records: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'a service and its ports',
    objects: [plainService('web', { ip: '10.96.0.1', ports: ['http 80', 443], exposed: [IP, '2001:db8::1'] })],
    records: [
      `web.default.z 77 A ${IP}`,
      'web.default.z 77 AAAA 2001:db8::1',
      'web.default.z 33 SRV 0 25 80 web.default.z',
      'web.default.z 33 SRV 0 25 443 web.default.z',
      `_http._tcp.web.default.z 77 A ${IP}`,
      '_http._tcp.web.default.z 77 AAAA 2001:db8::1',
      '_http._tcp.web.default.z 33 SRV 0 50 80 web.default.z',
    ],
  },
  {
    name: 'host names: CNAME and targets',
    objects: [plainService('web', { ports: [80], exposed: [IP], balancer: ['a.test', 'b.test'] })],
    records: [
      `web.default.z 77 A ${IP}`,
      'web.default.z 33 SRV 0 33 80 web.default.z',
      'web.default.z 33 SRV 0 33 80 a.test',
      'web.default.z 33 SRV 0 33 80 b.test',
      'web.default.z 33 CNAME a.test',
      'web.default.z 33 CNAME b.test',
    ],
  },
  {
    name: 'host names without addresses: the service is no target',
    objects: [plainService('web', { ports: [80], balancer: ['a.test'] })],
    records: ['web.default.z 33 SRV 0 100 80 a.test', 'web.default.z 33 CNAME a.test'],
  },
  {
    name: 'endpoints, some of which are domain names',
    objects: [
      plainService('db', { ip: 'None' }),
      plainSlice('db', [{ ip: '10.1.0.1', hostname: 'a' }, 'x.test'], { ports: [5432] }),
    ],
    records: [
      'db.default.z 77 A 10.1.0.1',
      'db.default.z 33 SRV 0 50 5432 a.db.default.z',
      'db.default.z 33 CNAME x.test',
      'a.db.default.z 77 A 10.1.0.1',
      'a.db.default.z 33 SRV 0 100 5432 a.db.default.z',
      'x-test.db.default.z 33 CNAME x.test',
    ],
  },
  {
    name: 'a service without addresses outside, and one that is not in the cluster image',
    objects: [plainService('web', { ip: '10.96.0.1' }), plainService('far', { namespace: 'other', exposed: [IP] })],
    records: [],
  },
  {
    name: 'names below the apex name are the own names of the zone',
    objects: [plainNamespace('dns'), plainService('ns1', { namespace: 'dns', exposed: [IP] })],
    records: [],
  },
  {
    name: 'a name server that is a service',
    options: { localAddresses: ['10.1.0.53'] },
    objects: [plainService('dns', { ip: '10.96.0.9', exposed: [IP] }), plainSlice('dns', ['10.1.0.53'])],
    head: [HEAD[0], `ns1.dns.z 77 A ${IP}`],
    records: [`dns.default.z 77 A ${IP}`],
  },
];

describe('a zone of k8s_external', () => {
  for (const { name, objects, options, head = HEAD, records } of ROWS)
    it(name, () => {
      const rig = new TransferRig([namespace, ...objects], { ...OPTIONS, ...options });
      const soa = 'z 77 SOA ns1.dns.z hostmaster.dns.z 1000 7200 1800 86400 77';
      assert.deepEqual(rig.zone('z.'), [soa, ...head, ...records, soa]);
    });
});
