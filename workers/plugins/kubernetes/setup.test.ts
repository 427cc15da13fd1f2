// The kubernetes directive: every property, every mistake (spec C1).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageOptions } from '#watcher/compile/options.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { localAddresses } from './image-key.ts';
import { type KubernetesOptions, kubernetesImages } from './options.ts';
import { boundTo, plugin } from './setup.ts';

function setup(properties: string, zones = 'cluster.local', warnings: string[] = []): KubernetesOptions {
  const directive = new TextDirective('kubernetes', `kubernetes ${zones} {\n${properties}\n}`);
  const options = plugin.setup(directive, testScope(['block.local.'], [], '/etc/shoal'));
  assert.equal(directive.nextOccurrence(), false);
  warnings.push(...directive.warnings);
  return options;
}

describe('a bare directive', () => {
  it('has the defaults of the reference', () => {
    const { image, ...options } = plugin.setup(
      new TextDirective('kubernetes', 'kubernetes'),
      testScope(['block.local.', '10.in-addr.arpa.']),
    );
    const { key, localAddresses: own, ...content } = image;
    assert.deepEqual(options, {
      zones: ['block.local.', '10.in-addr.arpa.'],
      primaryZone: 'block.local.',
      fallthrough: null,
      multicluster: [],
      api: { endpoint: '', tls: null, kubeconfig: null, qps: 0, burst: 0, maxInflight: 0 },
      startupTimeout: 5000,
    });
    assert.deepEqual(content, {
      naming: 'cluster',
      source: '',
      ttl: 5,
      pods: 'disabled',
      clients: 'none',
      namespaces: [],
      namespaceLabels: [],
      labels: [],
      endpoints: true,
      endpointPodNames: false,
      ignoreEmptyService: false,
      zonal: false,
    });
    assert.match(key, /^kubernetes:[0-9a-f]{32}$/);
    assert.deepEqual(own, localAddresses());
  });

  it('is plain data, and its image what the watcher takes', () => {
    const options = setup('labels app in (a)\nfallthrough');
    assert.deepEqual(structuredClone(options), options);
    const image: ImageOptions = options.image;
    assert.equal(image.labels[0].key, 'app');
  });
});

describe('properties', () => {
  const rows: { text: string; zones?: string; pick: (options: KubernetesOptions) => unknown; want: unknown }[] = [
    { text: '', zones: 'Cluster.Local', pick: ({ zones }) => zones, want: ['cluster.local.'] },
    { text: '', zones: '10.in-addr.arpa a.local b.local', pick: ({ primaryZone }) => primaryZone, want: 'a.local.' },
    { text: '', zones: 'in-addr.arpa cluster.local', pick: ({ primaryZone }) => primaryZone, want: 'in-addr.arpa.' },
    { text: 'ttl 0', pick: ({ image }) => image.ttl, want: 0 },
    { text: 'ttl 3600 and more', pick: ({ image }) => image.ttl, want: 3600 },
    { text: 'pods insecure', pick: ({ image }) => image.pods, want: 'insecure' },
    { text: 'pods verified', pick: ({ image }) => image.pods, want: 'verified' },
    { text: 'namespaces b a\nnamespaces c a', pick: ({ image }) => image.namespaces, want: ['a', 'b', 'c'] },
    {
      text: 'namespace_labels env = prod',
      pick: ({ image }) => image.namespaceLabels,
      want: [{ key: 'env', operator: 'in', values: ['prod'] }],
    },
    {
      text: 'labels app in (a, b)',
      pick: ({ image }) => image.labels,
      want: [{ key: 'app', operator: 'in', values: ['a', 'b'] }],
    },
    { text: 'endpoint_pod_names', pick: ({ image }) => image.endpointPodNames, want: true },
    { text: 'noendpoints', pick: ({ image }) => image.endpoints, want: false },
    { text: 'zonal', pick: ({ image }) => image.zonal, want: true },
    { text: 'ignore empty_service', pick: ({ image }) => image.ignoreEmptyService, want: true },
    { text: 'ignore', pick: ({ image }) => image.ignoreEmptyService, want: false },
    { text: 'fallthrough', pick: (options) => options.fallthrough, want: ['.'] },
    {
      text: 'fallthrough in-addr.arpa ip6.arpa',
      pick: (options) => options.fallthrough,
      want: ['in-addr.arpa.', 'ip6.arpa.'],
    },
    { text: 'endpoint http://127.0.0.1:8080', pick: ({ api }) => api.endpoint, want: 'http://127.0.0.1:8080' },
    { text: 'tls a b c', pick: ({ api }) => api.tls, want: { cert: 'a', key: 'b', ca: 'c' } },
    {
      text: 'kubeconfig kube/config',
      pick: ({ api }) => api.kubeconfig,
      want: { file: '/etc/shoal/kube/config', context: '' },
    },
    { text: 'kubeconfig /k ctx', pick: ({ api }) => api.kubeconfig, want: { file: '/k', context: 'ctx' } },
    { text: 'apiserver_qps 1.5', pick: ({ api }) => api.qps, want: 1.5 },
    { text: 'apiserver_burst 20', pick: ({ api }) => api.burst, want: 20 },
    { text: 'apiserver_max_inflight 3', pick: ({ api }) => api.maxInflight, want: 3 },
    { text: 'startup_timeout 1m30s', pick: (options) => options.startupTimeout, want: 90_000 },
    { text: 'multicluster', pick: (options) => options.multicluster, want: [] },
    {
      text: 'multicluster b.local',
      zones: 'a.local b.local',
      pick: (options) => options.multicluster,
      want: ['b.local.'],
    },
    {
      text: 'multicluster local',
      zones: 'local a.local b.locals',
      pick: (options) => options.multicluster,
      want: ['local.', 'a.local.'],
    },
    {
      text: '',
      pick: (options) => kubernetesImages(options).map(({ naming }) => naming),
      want: ['cluster'],
    },
    {
      text: 'multicluster b.local',
      zones: 'a.local b.local',
      pick: (options) => kubernetesImages(options).map(({ naming, key }) => [naming, key === options.image.key]),
      want: [
        ['cluster', true],
        ['imports', false],
      ],
    },
    {
      text: 'pods insecure\nttl 30\nfallthrough in-addr.arpa',
      pick: ({ image, fallthrough }) => [image.pods, image.ttl, fallthrough],
      want: ['insecure', 30, ['in-addr.arpa.']],
    },
  ];
  for (const { text, zones, pick, want } of rows)
    it(`${text || 'zones'} ${zones ?? ''}`.trim(), () => {
      const warnings: string[] = [];
      assert.deepEqual(pick(setup(text, zones, warnings)), want);
      assert.deepEqual(warnings, []);
    });
});

describe('mistakes', () => {
  const rows: { text: string; zones?: string; message: string; line?: number }[] = [
    {
      text: '',
      zones: '10.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa',
      message: 'non-reverse zone name must be used',
      line: 3,
    },
    { text: 'pods foo', message: 'wrong value for pods: foo,  must be one of: disabled, verified, insecure' },
    { text: 'ttl 3601', message: 'ttl must be in range [0, 3600]: 3601' },
    { text: 'ttl -1', message: 'ttl must be in range [0, 3600]: -1' },
    { text: 'ttl soon', message: 'strconv.Atoi: parsing "soon": invalid syntax' },
    { text: 'labels =', message: "unable to parse label selector value: '=': '=' is not a label key" },
    { text: 'labels app in a', message: "unable to parse label selector value: 'app in a': found 'a', expected: '('" },
    {
      text: 'namespace_labels !',
      message: "unable to parse namespace_label selector value: '!': found '', expected: identifier",
    },
    {
      text: 'namespaces a\nnamespace_labels b',
      message: 'namespaces and namespace_labels cannot both be set',
      line: 4,
    },
    {
      text: 'multicluster foo.local',
      message: 'is not authoritative for the multicluster zone foo.local. (authoritative zones: [cluster.local.])',
      line: 3,
    },
    { text: 'zonal\nnoendpoints', message: 'zonal requires the endpoint cache; remove noendpoints', line: 4 },
    { text: 'startup_timeout x', message: 'failed to parse startup_timeout: x, time: invalid duration "x"' },
    { text: 'ignore x', message: "unable to parse ignore value: 'x'" },
    { text: 'apiserver_qps x', message: 'invalid apiserver_qps "x": strconv.ParseFloat: parsing "x": invalid syntax' },
    { text: 'apiserver_qps -1', message: 'apiserver_qps must be >= 0' },
    {
      text: 'apiserver_burst 1.5',
      message: 'invalid apiserver_burst "1.5": strconv.Atoi: parsing "1.5": invalid syntax',
    },
    { text: 'apiserver_max_inflight -2', message: 'apiserver_max_inflight must be >= 0' },
    { text: 'unknown', message: "unknown property 'unknown'" },
    ...[
      'pods',
      'ttl',
      'labels',
      'namespaces',
      'namespace_labels',
      'endpoint',
      'kubeconfig',
      'startup_timeout',
      'apiserver_qps',
    ].map((text) => ({
      text,
      message: `Wrong argument count or unexpected line ending after '${text}'`,
    })),
    { text: 'tls a b', message: "Wrong argument count or unexpected line ending after 'b'" },
    { text: 'kubeconfig a b c', message: "Wrong argument count or unexpected line ending after 'c'" },
    { text: 'pods insecure verified', message: "Wrong argument count or unexpected line ending after 'verified'" },
    { text: 'noendpoints x', message: "Wrong argument count or unexpected line ending after 'x'" },
    { text: 'zonal x', message: "Wrong argument count or unexpected line ending after 'x'" },
    { text: 'endpoint_pod_names x', message: "Wrong argument count or unexpected line ending after 'x'" },
  ];
  for (const { text, zones, message, line = 2 } of rows)
    it(text || 'zones', () => {
      assert.throws(() => setup(text, zones), {
        code: 'ERR_CONFIG',
        message: `Corefile:${line} - Error during parsing: ${message}`,
      });
    });
});

describe('tolerated', () => {
  const rows: { text: string; warning: string }[] = [
    {
      text: 'endpoint http://a http://b',
      warning: "Multiple endpoints have been deprecated, only the first specified endpoint 'http://a' is used",
    },
    ...['upstream', 'upstream 8.8.8.8', 'resyncperiod 5m', 'transfer to *', 'federation prod example.org', 'watch'].map(
      (text) => ({
        text,
        warning: `property '${text.split(' ')[0]}' has no effect any more and is ignored`,
      }),
    ),
  ];
  for (const { text, warning } of rows)
    it(text, () => {
      const warnings: string[] = [];
      assert.equal(setup(`${text}\nttl 7`, 'cluster.local', warnings).image.ttl, 7);
      assert.deepEqual(warnings, [warning]);
    });
});

describe('the key of the image', () => {
  const key = (text: string, zones?: string): string => setup(text, zones).image.key;

  it('is the same for what shows the same names', () => {
    const same = key('');
    for (const text of ['ttl 5', 'fallthrough', 'pods disabled', 'startup_timeout 1s', 'apiserver_qps 9', 'ignore'])
      assert.equal(key(text), same, text);
    assert.equal(key('', 'other.local'), same);
    assert.equal(key('namespaces a b'), key('namespaces b\nnamespaces a'));
  });

  it('is another for everything that shows other names', () => {
    const texts = [
      '',
      'ttl 6',
      'pods insecure',
      'pods verified',
      'namespaces a',
      'namespace_labels a',
      'labels a',
      'labels a=b',
      'noendpoints',
      'endpoint_pod_names',
      'ignore empty_service',
      'zonal',
      'endpoint http://a',
      'kubeconfig /k',
      'kubeconfig /k other',
    ];
    assert.equal(new Set(texts.map((text) => key(text))).size, texts.length);
  });

  it('follows the addresses that the block is bound to', () => {
    const { image } = setup('ttl 30');
    const bound = boundTo(image, ['192.0.2.53']);
    assert.deepEqual([bound.ttl, bound.localAddresses], [30, ['192.0.2.53']]);
    assert.notEqual(bound.key, image.key);
    assert.equal(boundTo(bound, image.localAddresses).key, image.key);
    assert.deepEqual(boundTo(image, ['127.0.0.1', '::1', '127.9.9.9', 'fd00::53']).localAddresses, ['fd00::53']);
  });
});
