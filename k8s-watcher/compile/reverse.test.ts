// Who has an address (spec C7), which pods have names (C5), who the name servers are (C6).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestImage } from '../testing/image.ts';
import { type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import type { ImageOptions } from './options.ts';

interface Row {
  readonly name: string;
  readonly objects: readonly Plain[];
  readonly options?: Partial<ImageOptions>;
  readonly want: Readonly<Record<string, readonly string[] | undefined>>;
}

const namespace = plainNamespace('default');
const web = plainService('web', { ip: ['10.96.0.20', 'fd00::20'] });
const webSlice = plainSlice('web', [{ ip: '10.244.0.1', hostname: 'web-0' }, '10.244.0.2', 'fd00::5']);
const verified: Partial<ImageOptions> = { pods: 'verified' };
const dnsSlice = plainSlice('kube-dns', ['10.244.1.200', '10.244.1.201'], { namespace: 'kube-system' });

const rows: Row[] = [
  {
    name: 'cluster addresses of both families',
    objects: [namespace, web],
    want: { '10.96.0.20': ['PTR web.default.svc'], 'fd00::20': ['PTR web.default.svc'], '10.96.0.21': undefined },
  },
  {
    name: 'endpoints by the name that they have',
    objects: [namespace, web, webSlice],
    want: {
      '10.244.0.1': ['PTR web-0.web.default.svc'],
      '10.244.0.2': ['PTR 10-244-0-2.web.default.svc'],
      'fd00::5': ['PTR fd00--5.web.default.svc'],
    },
  },
  {
    name: 'several services of one endpoint',
    objects: [
      namespace,
      plainSlice('b', [{ ip: '10.1.0.1', hostname: 'x' }]),
      plainSlice('a', [{ ip: '10.1.0.1' }, { ip: '10.1.0.1' }]),
    ],
    want: { '10.1.0.1': ['PTR x.b.default.svc 10-1-0-1.a.default.svc'] },
  },
  {
    name: 'a cluster address wins over endpoints, the first service by name over others',
    objects: [
      namespace,
      plainSlice('db', ['10.96.0.20']),
      plainService('zeta', { ip: '10.96.0.20' }),
      plainService('alpha', { ip: '10.96.0.20' }),
    ],
    want: { '10.96.0.20': ['PTR alpha.default.svc'] },
  },
  {
    name: 'a namespace that does not exist hides nothing',
    objects: [web, webSlice],
    want: {
      '10.96.0.20': ['PTR web.default.svc'],
      '10.244.0.1': ['PTR web-0.web.default.svc'],
      'web.default.svc': undefined,
    },
  },
  {
    name: 'nor does one that its labels hide',
    objects: [namespace, web],
    options: { namespaceLabels: [{ key: 'env', operator: 'exists', values: [] }] },
    want: { '10.96.0.20': ['PTR web.default.svc'], 'default.svc': undefined },
  },
  {
    name: 'namespaces hides what is not listed',
    objects: [namespace, web, webSlice, plainService('db', { namespace: 'data', ip: '10.96.0.30' })],
    options: { namespaces: ['data'] },
    want: { '10.96.0.20': undefined, '10.244.0.1': undefined, '10.96.0.30': ['PTR db.data.svc'] },
  },
  {
    name: 'labels hide services and slices',
    objects: [
      namespace,
      web,
      plainSlice('web', ['10.244.0.1'], { labels: { app: 'web' } }),
      plainSlice('b', ['10.244.0.9']),
    ],
    options: { labels: [{ key: 'app', operator: 'exists', values: [] }] },
    want: { '10.96.0.20': undefined, '10.244.0.1': ['PTR 10-244-0-1.web.default.svc'], '10.244.0.9': undefined },
  },
  {
    name: 'noendpoints: cluster addresses only',
    objects: [namespace, web, webSlice],
    options: { endpoints: false },
    want: { '10.96.0.20': ['PTR web.default.svc'], '10.244.0.1': undefined },
  },
  {
    name: 'ignore empty_service hides no PTR',
    objects: [namespace, web],
    options: { ignoreEmptyService: true },
    want: { '10.96.0.20': ['PTR web.default.svc'], 'web.default.svc': undefined },
  },
  {
    name: 'namespaces have a name under svc, and under pod where there are pods',
    objects: [namespace, plainNamespace('other')],
    options: { pods: 'insecure', namespaces: ['default', 'missing'] },
    want: {
      'default.svc': ['flags 1'],
      'default.pod': ['flags 1'],
      'other.svc': undefined,
      'missing.svc': undefined,
    },
  },
  {
    name: 'pods disabled: nothing under pod',
    objects: [namespace, plainPod('p', '10.1.0.1')],
    want: { 'default.svc': ['flags 1'], 'default.pod': undefined, '10-1-0-1.default.pod': undefined },
  },
  {
    name: 'verified pods by their primary address, in namespaces that exist',
    objects: [
      namespace,
      plainPod('p', '10.1.0.1'),
      plainPod('q', 'fd00:10::1'),
      plainPod('host-a', '192.0.2.1'),
      plainPod('host-b', '192.0.2.1'),
      plainPod('x', '10.1.0.2', { namespace: 'missing' }),
    ],
    options: verified,
    want: {
      '10-1-0-1.default.pod': ['A 10.1.0.1', 'SRV weight 100 skip 0: 0 [] 10.1.0.1'],
      'fd00-10--1.default.pod': ['AAAA fd00:10::1', 'SRV weight 100 skip 0: 0 [] fd00:10::1'],
      '192-0-2-1.default.pod': ['A 192.0.2.1', 'SRV weight 100 skip 0: 0 [] 192.0.2.1'],
      '10-1-0-2.missing.pod': undefined,
    },
  },
  {
    name: 'labels select pods',
    objects: [namespace, plainPod('p', '10.1.0.1', { labels: { app: 'web' } }), plainPod('q', '10.1.0.2')],
    options: { ...verified, labels: [{ key: 'app', operator: 'in', values: ['web'] }] },
    want: {
      '10-1-0-1.default.pod': ['A 10.1.0.1', 'SRV weight 100 skip 0: 0 [] 10.1.0.1'],
      '10-1-0-2.default.pod': undefined,
    },
  },
  {
    name: 'name servers: the service that one of our addresses is an endpoint of',
    objects: [plainService('kube-dns', { namespace: 'kube-system', ip: ['10.96.0.10', 'fd00::10'] }), dnsSlice],
    options: { localAddresses: ['10.244.1.201', 'fe80::1%eth0'] },
    want: { '': ['flags 1', 'NS weight 0 skip 0: [kube-dns.kube-system.svc] 10.96.0.10 fd00::10'] },
  },
  {
    name: 'name servers of a headless service: its endpoints',
    objects: [plainService('kube-dns', { namespace: 'kube-system', ip: 'None' }), dnsSlice],
    options: { localAddresses: ['10.244.1.201'] },
    want: {
      '': [
        'flags 1',
        'NS weight 0 skip 0: [10-244-1-200.kube-dns.kube-system.svc] 10.244.1.200 | [10-244-1-201.kube-dns.kube-system.svc] 10.244.1.201',
      ],
    },
  },
  {
    name: 'no name servers without the service, without the endpoint, without addresses',
    objects: [dnsSlice],
    options: { localAddresses: ['10.244.1.201', '192.0.2.1'] },
    want: { '': undefined },
  },
];

describe('addresses, pods and name servers', () => {
  for (const { name, objects, options, want } of rows) {
    it(name, () => {
      const image = new TestImage(options, objects);
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((key) => [key, image.lines(key)])), want);
    });
  }
});
