// The records of a multicluster zone: imports, and nothing of this cluster's services (spec C9, C10).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageOptions } from '../compile/options.ts';
import { type Plain, plainImport, plainImportSlice, plainNamespace, plainService } from '../testing/objects.ts';
import { TransferRig } from '../testing/transfer.ts';

const namespace = plainNamespace('default');
const soa = 'z 5 SOA ns.dns.z hostmaster.z 1000 7200 1800 86400 5';

const ROWS: readonly {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  readonly records: readonly string[];
}[] = [
  {
    name: 'ClusterSetIP: like a service with addresses',
    objects: [plainImport('web', { ip: '10.96.0.1', ports: ['http 80'] })],
    records: [
      'web.default.svc.z 5 A 10.96.0.1',
      'web.default.svc.z 5 SRV 0 100 80 web.default.svc.z',
      '_http._tcp.web.default.svc.z 5 SRV 0 100 80 web.default.svc.z',
    ],
  },
  {
    name: 'ClusterSetIP without ports: no SRV',
    objects: [plainImport('web', { ip: '10.96.0.1' })],
    records: ['web.default.svc.z 5 A 10.96.0.1'],
  },
  {
    name: 'Headless: endpoints have their cluster in front of the import',
    objects: [
      plainImport('db', { ip: 'Headless' }),
      plainImportSlice('db', 'east', ['10.1.0.1', '10.1.0.2'], { ports: ['sql 5432'] }),
      plainImportSlice('db', 'west', [{ ip: '10.2.0.1', hostname: 'one' }]),
    ],
    records: [
      'db.default.svc.z 5 A 10.1.0.1',
      '10-1-0-1.east.db.default.svc.z 5 A 10.1.0.1',
      '_sql._tcp.db.default.svc.z 5 SRV 0 50 5432 10-1-0-1.east.db.default.svc.z',
      'db.default.svc.z 5 A 10.1.0.2',
      '10-1-0-2.east.db.default.svc.z 5 A 10.1.0.2',
      '_sql._tcp.db.default.svc.z 5 SRV 0 50 5432 10-1-0-2.east.db.default.svc.z',
      'db.default.svc.z 5 A 10.2.0.1',
      'one.west.db.default.svc.z 5 A 10.2.0.1',
    ],
  },
  {
    name: 'Headless: a cluster of several labels gives no names of endpoints',
    objects: [plainImport('db', { ip: 'Headless' }), plainImportSlice('db', 'a.b', ['10.1.0.1'])],
    records: ['db.default.svc.z 5 A 10.1.0.1'],
  },
  {
    name: 'services of this cluster are not told',
    objects: [plainService('web', { ip: '10.96.0.9', ports: [80] })],
    records: [],
  },
  {
    name: 'imports are selected like namespaces',
    objects: [plainImport('a', { ip: '10.96.0.1', labels: { team: 'x' } }), plainImport('b', { ip: '10.96.0.2' })],
    options: { namespaceLabels: [{ key: 'team', operator: 'exists', values: [] }] },
    records: ['a.default.svc.z 5 A 10.96.0.1'],
  },
];

describe('a multicluster zone is told as', () => {
  for (const { name, objects, options, records } of ROWS)
    it(name, () => {
      const home = plainNamespace('default', { team: 'x' });
      const lines = new TransferRig([home, ...objects], { naming: 'imports', ...options }).zone('z.');
      assert.deepEqual(lines, [soa, 'z 5 NS ns.dns.z', 'ns.dns.z 0 A 192.0.2.53', ...records, soa]);
    });
});

it('an import that changes while it is transferred is told as it was', () => {
  const imports = Array.from({ length: 2500 }, (_, i) =>
    plainImport(`import-${String(i).padStart(5, '0')}`, { ip: '10.96.0.1', ports: ['http 80'] }),
  );
  const rig = new TransferRig([namespace, ...imports], { naming: 'imports' });
  const before = rig.zone('z.');
  rig.open(1, 'z.');
  rig.change([plainImport('import-02499', { ip: '10.96.0.2' })], [plainImport('import-02400')]);
  assert.deepEqual(rig.drain(1, 'z.'), before);
});

it('a server without an address of its own has no name server to tell of', () => {
  const lines = new TransferRig([namespace], { naming: 'imports', localAddresses: [] }).zone('z.');
  assert.deepEqual(lines, [soa, soa]);
});
