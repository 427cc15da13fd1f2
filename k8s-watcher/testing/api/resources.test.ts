import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { apiVersionOf, RESOURCES, readTarget, resourceNamed, resourceOfObject } from './resources.ts';

const PATHS: readonly [path: string, target: string | undefined][] = [
  ['/api/v1/services', 'services - - -'],
  ['/api/v1/services/', 'services - - -'],
  ['/api/v1/namespaces', 'namespaces - - -'],
  ['/api/v1/namespaces/default', 'namespaces - default -'],
  ['/api/v1/namespaces/default/services', 'services default - -'],
  ['/api/v1/namespaces/default/services/web', 'services default web -'],
  ['/api/v1/namespaces/default/pods/a/status', 'pods default a status'],
  ['/api/v1/namespaces/default/status', 'namespaces - default status'],
  ['/apis/discovery.k8s.io/v1/endpointslices', 'endpointslices - - -'],
  ['/apis/multicluster.x-k8s.io/v1alpha1/namespaces/a/serviceimports/b', 'serviceimports a b -'],
  ['/api/v1/secrets', undefined],
  ['/api/v1/namespaces/default/services/web/proxy', undefined],
  ['/apis/discovery.k8s.io/v1beta1/endpointslices', undefined],
  ['/readyz', undefined],
];

suite('a path points at', () => {
  for (const [path, expected] of PATHS)
    test(path, () => {
      const target = readTarget(path);
      const words = target && [target.resource.plural, target.namespace, target.name, target.subresource];
      assert.equal(words?.map((word) => word || '-').join(' '), expected);
    });
});

test('an object belongs to the resource of its apiVersion and kind', () => {
  for (const resource of RESOURCES) assert.equal(resourceOfObject(apiVersionOf(resource), resource.kind), resource);
  assert.equal(resourceOfObject('serving.knative.dev/v1', 'Service'), undefined);
});

test('a resource goes by its kind and its plural', () => {
  assert.equal(resourceNamed('Pod'), resourceNamed('pods'));
  assert.throws(() => resourceNamed('Secret'), /Secret is not served: Namespace, Service/);
});
