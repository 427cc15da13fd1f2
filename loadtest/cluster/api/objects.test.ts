import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  allOf,
  collectionOf,
  type KubeObject,
  namespaceObject,
  pathOf,
  podObject,
  serviceObject,
  sliceObject,
} from './objects.ts';

const PLACE = { name: 'x', namespace: 'a' };

describe('paths', () => {
  const rows: { object: KubeObject; collection: string; all: string }[] = [
    { object: namespaceObject('x'), collection: '/api/v1/namespaces', all: '/api/v1/namespaces' },
    { object: serviceObject(PLACE, true), collection: '/api/v1/namespaces/a/services', all: '/api/v1/services' },
    { object: podObject(PLACE, 'n'), collection: '/api/v1/namespaces/a/pods', all: '/api/v1/pods' },
    {
      object: sliceObject({ ...PLACE, name: 'svc' }, [], false),
      collection: '/apis/discovery.k8s.io/v1/namespaces/a/endpointslices',
      all: '/apis/discovery.k8s.io/v1/endpointslices',
    },
  ];
  for (const { object, collection, all } of rows)
    it(`of a ${object.kind}`, () => {
      assert.deepEqual([collectionOf(object), allOf(object)], [collection, all]);
      assert.equal(pathOf(object), `${collection}/${object.metadata.name}`);
    });
});

describe('objects', () => {
  it('a service has the address that the API server gives, unless it is headless', () => {
    const address = (headless: boolean): unknown =>
      (serviceObject(PLACE, headless)['spec'] as { clusterIP?: string }).clusterIP;
    assert.deepEqual([address(false), address(true)], [undefined, 'None']);
  });

  it('a slice belongs to its service, and names endpoints and nodes when told to', () => {
    const plain = sliceObject(PLACE, ['10.0.0.1'], false);
    const [endpoint] = plain['endpoints'] as Record<string, unknown>[];
    assert.equal(plain.metadata.labels?.['kubernetes.io/service-name'], 'x');
    assert.deepEqual(
      [endpoint['addresses'], endpoint['hostname'], endpoint['nodeName']],
      [['10.0.0.1'], undefined, undefined],
    );
    const [, second] = sliceObject(PLACE, ['10.0.0.1', '10.0.0.2'], true, ['n'])['endpoints'] as (typeof endpoint)[];
    assert.deepEqual([second['hostname'], second['nodeName'], second['zone']], ['x-1', 'n', 'zone-1']);
  });
});
