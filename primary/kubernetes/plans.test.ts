// Which API server a directive means, and when two mean the same.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plugin } from '#plugins/kubernetes/setup.ts';
import type { ApiConnection } from '#watcher/api/plan.ts';
import type { SourcePlan } from '#watcher/messages.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type SourceScope, sourcePlanOf } from './plans.ts';

const INSIDE = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

function planOf(properties: string, scope: Partial<SourceScope> = {}): SourcePlan {
  const directive = new TextDirective('kubernetes', `kubernetes cluster.local {\n${properties}\n}`);
  const options = plugin.setup(directive, testScope(['.'], [], '/etc/shoal'));
  return sourcePlanOf(options, { env: INSIDE, manifests: undefined, ...scope });
}

function connectionOf(properties: string): ApiConnection {
  const plan = planOf(properties);
  assert.ok(plan.kind === 'api');
  return plan.connection;
}

describe('the API server of a directive', () => {
  const rows: Record<string, { properties: string; want: ApiConnection }> = {
    'nothing said: that of the pod’s service account': {
      properties: '',
      want: {
        kind: 'cluster',
        host: '10.96.0.1',
        port: '443',
        tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
        caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      },
    },
    'an endpoint': {
      properties: 'endpoint http://127.0.0.1:8080',
      want: { kind: 'endpoint', url: 'http://127.0.0.1:8080', tls: null },
    },
    'an endpoint with certificates': {
      properties: 'endpoint https://127.0.0.1:6443\ntls a.crt a.key ca.crt',
      want: { kind: 'endpoint', url: 'https://127.0.0.1:6443', tls: { cert: 'a.crt', key: 'a.key', ca: 'ca.crt' } },
    },
    'a kubeconfig, relative to the root': {
      properties: 'kubeconfig admin.conf',
      want: { kind: 'kubeconfig', file: '/etc/shoal/admin.conf', context: '' },
    },
    'a context of a kubeconfig': {
      properties: 'kubeconfig /a/b east',
      want: { kind: 'kubeconfig', file: '/a/b', context: 'east' },
    },
    'a kubeconfig goes before an endpoint': {
      properties: 'endpoint http://127.0.0.1:8080\nkubeconfig /a/b',
      want: { kind: 'kubeconfig', file: '/a/b', context: '' },
    },
  };
  for (const [name, { properties, want }] of Object.entries(rows))
    it(name, () => assert.deepEqual(connectionOf(properties), want));

  it('limits and selectors as written', () => {
    const plan = planOf('apiserver_qps 20\napiserver_burst 40\napiserver_max_inflight 3\nlabels app in (a, b),!c');
    assert.ok(plan.kind === 'api');
    assert.deepEqual(plan.limits, { qps: 20, burst: 40, maxInflight: 3 });
    assert.equal(plan.labels, 'app in (a,b),!c');
    assert.equal(plan.namespaceLabels, '');
  });

  it('manifests take the place of every one', () => {
    const want = { kind: 'manifests', key: 'manifests', path: 'cluster/' };
    assert.deepEqual(planOf('kubeconfig /a/b', { manifests: 'cluster/' }), want);
  });

  for (const [name, env] of Object.entries({
    'no variables': {},
    'no port': { KUBERNETES_SERVICE_HOST: '10.96.0.1' },
    'an empty host': { ...INSIDE, KUBERNETES_SERVICE_HOST: '' },
  }))
    it(`outside of a cluster, ${name}: says what can be done`, () =>
      assert.throws(() => planOf('', { env }), {
        code: 'ERR_CONFIG',
        message:
          /^plugin\/kubernetes: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined; .*kubeconfig.*endpoint.*-manifests PATH$/,
      }));
});

describe('two directives share a source', () => {
  const rows: [name: string, a: string, b: string, same: boolean][] = [
    ['that only show other names of it', 'ttl 30\npods verified', 'noendpoints\nnamespaces a b', true],
    ['with the same selector in other words', 'labels app = web', 'labels app==web', true],
    ['not with another selector', 'labels app=web', 'labels app=db', false],
    ['not with another selector of namespaces', 'namespace_labels a', 'namespace_labels b', false],
    ['not with another context', 'kubeconfig /a east', 'kubeconfig /a west', false],
    ['not with other limits', 'apiserver_qps 5', 'apiserver_qps 6', false],
  ];
  for (const [name, a, b, same] of rows) it(name, () => assert.equal(planOf(a).key === planOf(b).key, same));
});
