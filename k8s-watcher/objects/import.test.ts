// ServiceImports and slices of imports: what is kept of them, and what is said of those that are none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decoded, decodedImportSlice, plainImport, plainImportSlice, plainSlice } from '../testing/objects.ts';
import { decodeObject } from './decode.ts';
import { importSliceOf, withImportSlice } from './import.ts';

type Plain = Readonly<Record<string, unknown>>;
const withSpec = (spec: Plain): Plain => ({ ...plainImport('web'), spec });

describe('a ServiceImport', () => {
  it('keeps type, addresses and ports', () => {
    const words = { ip: ['10.50.0.1', 'fd50::1'], ports: ['http 80', 'dns 53/UDP', 90], labels: { a: 'b' } };
    assert.deepEqual(decoded(plainImport('web', words)), {
      kind: 'ServiceImport',
      namespace: 'default',
      name: 'web',
      labels: { a: 'b' },
      mode: 'cluster',
      addresses: [0x0a320001, `\xfd\x50${'\0'.repeat(13)}\x01`],
      ports: [
        { name: 'http', protocol: 'tcp', port: 80 },
        { name: 'dns', protocol: 'udp', port: 53 },
        { name: '', protocol: 'tcp', port: 90 },
      ],
    });
  });

  const modes: readonly { name: string; spec: Plain; mode: string; addresses: number }[] = [
    { name: 'nothing is said', spec: {}, mode: 'cluster', addresses: 0 },
    { name: 'an address without a type', spec: { ips: ['10.0.0.1'] }, mode: 'cluster', addresses: 1 },
    { name: 'headless', spec: { type: 'Headless' }, mode: 'headless', addresses: 0 },
    { name: 'headless with an address', spec: { type: 'Headless', ips: ['10.0.0.1'] }, mode: 'headless', addresses: 0 },
  ];
  for (const { name, spec, mode, addresses } of modes)
    it(name, () => {
      const object = decodeObject(withSpec(spec));
      assert.ok(object?.kind === 'ServiceImport');
      assert.deepEqual([object.mode, object.addresses.length], [mode, addresses]);
    });

  const mistakes: readonly { plain: Plain; message: string }[] = [
    {
      plain: withSpec({ type: 'ExternalName' }),
      message: 'ServiceImport default/web: spec.type: "ExternalName" is not ClusterSetIP or Headless',
    },
    {
      plain: withSpec({ ips: ['10.0.0.1', 'x'] }),
      message: 'ServiceImport default/web: spec.ips[1]: "x" is not an IP address',
    },
    {
      plain: withSpec({ ports: [{ name: 'A B', port: 1 }] }),
      message: 'ServiceImport default/web: spec.ports[0].name: "A B" is not a DNS label',
    },
    { plain: plainImport('a.b'), message: 'ServiceImport default/a.b: metadata.name: "a.b" is not a DNS label' },
  ];
  for (const { plain, message } of mistakes)
    it(message, () => {
      assert.throws(() => decodeObject(plain), { name: 'ObjectError', message });
    });

  it('of another version is somebody else’s', () => {
    assert.equal(decodeObject({ ...plainImport('web'), apiVersion: 'multicluster.x-k8s.io/v9' }), undefined);
  });
});

describe('a slice of an import', () => {
  it('has the endpoints of the slice, and a cluster', () => {
    const plain = plainImportSlice('db', 'East', [{ ip: '10.60.0.1', hostname: 'a' }], { ports: ['pg 5432'] });
    const slice = decoded(plain);
    const imported = decodedImportSlice(plain);
    assert.ok(slice.kind === 'EndpointSlice');
    const { kind, service, cluster, endpoints, ports, labels } = imported;
    assert.deepEqual({ kind, service, cluster }, { kind: 'ImportSlice', service: 'db', cluster: 'East' });
    assert.deepEqual(
      { endpoints, ports, labels },
      { endpoints: slice.endpoints, ports: slice.ports, labels: slice.labels },
    );
  });

  const IMPORT = 'multicluster.kubernetes.io/service-name';
  const rows: readonly {
    name: string;
    labels: Readonly<Record<string, string>>;
    kinds: readonly string[];
    service?: string;
  }[] = [
    { name: 'of a service alone', labels: {}, kinds: ['EndpointSlice'] },
    { name: 'of both', labels: { [IMPORT]: 'db' }, kinds: ['EndpointSlice', 'ImportSlice'], service: 'db' },
    {
      name: 'of an import that cannot be',
      labels: { [IMPORT]: 'A.b' },
      kinds: ['EndpointSlice', 'ImportSlice'],
      service: '',
    },
  ];
  for (const { name, labels, kinds, service } of rows)
    it(name, () => {
      const slice = decoded(plainSlice('web', ['10.0.0.1'], { labels }));
      assert.deepEqual(
        withImportSlice(slice).map(({ kind }) => kind),
        kinds,
      );
      assert.equal(slice.kind === 'EndpointSlice' ? importSliceOf(slice)?.service : '?', service);
    });

  it('other kinds stay what they are', () => {
    const object = decoded(plainImport('web'));
    assert.deepEqual(withImportSlice(object), [object]);
  });
});
