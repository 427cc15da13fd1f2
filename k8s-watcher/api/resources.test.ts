// What is asked of an API server for every kind (spec C2).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KINDS, type Kind } from '../objects/object.ts';
import {
  plainImport,
  plainImportSlice,
  plainNamespace,
  plainPod,
  plainService,
  plainSlice,
} from '../testing/objects.ts';
import type { ApiPlan } from './plan.ts';
import { pathOf, RESOURCES, type Resource } from './resources.ts';

const plan: ApiPlan = {
  kind: 'api',
  key: 'k',
  connection: { kind: 'kubeconfig', file: '/k', context: '' },
  limits: { qps: 0, burst: 0, maxInflight: 0 },
  labels: '',
  namespaceLabels: '',
};
const selecting: ApiPlan = { ...plan, labels: 'app=a', namespaceLabels: 'team in (x)' };

const slices = '/apis/discovery.k8s.io/v1/endpointslices';
const imports = '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports';
const living = 'fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed%2Cstatus.phase%21%3DUnknown';
const imported = 'labelSelector=multicluster.kubernetes.io%2Fservice-name';

function resourceOf(kind: Kind): Resource {
  const found = RESOURCES.find((resource) => resource.kind === kind);
  assert.ok(found, kind);
  return found;
}

describe('paths', () => {
  const rows: readonly { kind: Kind; all: string; selected: string }[] = [
    {
      kind: 'Namespace',
      all: '/api/v1/namespaces',
      selected: '/api/v1/namespaces?labelSelector=team+in+%28x%29',
    },
    { kind: 'Service', all: '/api/v1/services', selected: '/api/v1/services?labelSelector=app%3Da' },
    { kind: 'EndpointSlice', all: slices, selected: `${slices}?labelSelector=app%3Da` },
    { kind: 'Pod', all: `/api/v1/pods?${living}`, selected: `/api/v1/pods?labelSelector=app%3Da&${living}` },
    { kind: 'ServiceImport', all: imports, selected: `${imports}?labelSelector=team+in+%28x%29` },
    {
      kind: 'ImportSlice',
      all: `${slices}?${imported}`,
      selected: `${slices}?labelSelector=app%3Da%2Cmulticluster.kubernetes.io%2Fservice-name`,
    },
  ];
  for (const { kind, all, selected } of rows)
    it(kind, () => {
      assert.equal(pathOf(resourceOf(kind), plan, {}), all);
      assert.equal(pathOf(resourceOf(kind), selecting, {}), selected);
    });

  it('there is one for every kind', () => {
    assert.deepEqual(RESOURCES.map(({ kind }) => kind).sort(), [...KINDS].sort());
  });
});

describe('kinds that are needed', () => {
  const rows: readonly { needs: readonly string[]; kinds: readonly Kind[] }[] = [
    { needs: [], kinds: ['Namespace', 'Service'] },
    { needs: ['slices'], kinds: ['EndpointSlice', 'Namespace', 'Service'] },
    { needs: ['pods'], kinds: ['Namespace', 'Pod', 'Service'] },
    { needs: ['imports'], kinds: ['ImportSlice', 'Namespace', 'Service', 'ServiceImport'] },
  ];
  for (const { needs, kinds } of rows)
    it(needs.join() || 'nothing else', () => {
      const all = {
        slices: needs.includes('slices'),
        pods: needs.includes('pods'),
        imports: needs.includes('imports'),
      };
      const needed = RESOURCES.filter((resource) => resource.needed(all)).map(({ kind }) => kind);
      assert.deepEqual(needed.sort(), kinds);
    });
});

describe('decoding', () => {
  const both = plainImportSlice('db', 'east', ['10.0.0.1']);
  const rows = [
    { kind: 'Namespace', plain: plainNamespace('a'), want: 'Namespace' },
    { kind: 'Service', plain: plainService('a'), want: 'Service' },
    { kind: 'EndpointSlice', plain: both, want: 'EndpointSlice' },
    { kind: 'ImportSlice', plain: both, want: 'ImportSlice' },
    { kind: 'ImportSlice', plain: plainSlice('db', []), want: undefined },
    { kind: 'ServiceImport', plain: plainImport('a'), want: 'ServiceImport' },
    { kind: 'Pod', plain: plainPod('a', '10.0.0.1'), want: 'Pod' },
  ] as const;
  for (const { kind, plain, want } of rows)
    it(`${String(plain['kind'])} as ${kind}: ${want ?? 'nothing'}`, () => {
      assert.equal(resourceOf(kind).decode(plain)?.kind, want);
    });
});

describe('what an audit expects to be stored', () => {
  const label = (name: string, value: string): object => ({ labels: { [name]: value } });
  const rows: readonly { kind: Kind; metadata: object; want: string }[] = [
    { kind: 'EndpointSlice', metadata: label('kubernetes.io/service-name', 'a'), want: 'yes' },
    { kind: 'EndpointSlice', metadata: label('kubernetes.io/service-name', ''), want: 'no' },
    { kind: 'EndpointSlice', metadata: label('multicluster.kubernetes.io/service-name', 'a'), want: 'no' },
    { kind: 'ImportSlice', metadata: label('multicluster.kubernetes.io/service-name', 'a'), want: 'yes' },
    { kind: 'ImportSlice', metadata: label('kubernetes.io/service-name', 'a'), want: 'no' },
    { kind: 'ServiceImport', metadata: {}, want: 'yes' },
    { kind: 'Pod', metadata: {}, want: 'yes' },
    { kind: 'Pod', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, want: 'either' },
  ];
  for (const { kind, metadata, want } of rows)
    it(`${kind} ${JSON.stringify(metadata)}: ${want}`, () => assert.equal(resourceOf(kind).stored(metadata), want));
});
