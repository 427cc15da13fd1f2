// The same questions to the fake server and, with KUBECONFIG_TEST=FILE (a server and a token), to a real one: the same answers are expected.
// The real one needs a namespace `default`, and is left as it was.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import type { Plain } from '../objects.ts';
import { plainNamespace } from '../objects.ts';
import type { Got } from './asking.ts';
import { ask, metadataOf } from './asking.ts';
import { FakeApi } from './server.ts';

const ALL = '/api/v1/services';
const HERE = '/api/v1/namespaces/default/services';
const MINE = 'labelSelector=shoal%3Dcontract';
const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

interface Step {
  readonly name: string;
  readonly method?: string;
  /** `{version}` is that of the first list, `{continue}` what the last list said, `{seconds}` how long a watch lasts. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: Plain;
  readonly answer: string;
}

function service(name: string, words: Plain = {}): Plain {
  const labels = { shoal: 'contract' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels, ...words },
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
  };
}

const STEPS: readonly Step[] = [
  { name: 'a list before', path: `${ALL}?${MINE}`, answer: '200 ServiceList resourceVersion: ' },
  { name: 'create', method: 'POST', path: HERE, body: service('contract-a'), answer: '201 Service contract-a' },
  { name: 'create b', method: 'POST', path: HERE, body: service('contract-b'), answer: '201 Service contract-b' },
  {
    name: 'update to create',
    method: 'PUT',
    path: `${HERE}/contract-c`,
    body: service('contract-c'),
    answer: '201 Service contract-c',
  },
  {
    name: 'create again',
    method: 'POST',
    path: HERE,
    body: service('contract-a'),
    answer: '409 AlreadyExists services "contract-a" already exists',
  },
  {
    name: 'create nowhere',
    method: 'POST',
    path: '/api/v1/namespaces/contract-no/services',
    body: service('a'),
    answer: '404 NotFound namespaces "contract-no" not found',
  },
  {
    name: 'create elsewhere',
    method: 'POST',
    path: HERE,
    body: service('a', { namespace: 'other' }),
    answer: '400 BadRequest the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'create without a namespace',
    method: 'POST',
    path: ALL,
    body: service('a'),
    answer: '405 MethodNotAllowed the server does not allow this method on the requested resource',
  },
  {
    name: 'an old version',
    method: 'PUT',
    path: `${HERE}/contract-a`,
    body: service('contract-a', { resourceVersion: '3' }),
    answer:
      '409 Conflict Operation cannot be fulfilled on services "contract-a": the object has been modified; please apply your changes to the latest version and try again',
  },
  { name: 'one', path: `${HERE}/contract-a`, answer: '200 Service contract-a' },
  { name: 'none', path: `${HERE}/contract-no`, answer: '404 NotFound services "contract-no" not found' },
  { name: 'all', path: `${ALL}?${MINE}`, answer: '200 ServiceList resourceVersion: contract-a contract-b contract-c' },
  {
    name: 'of a namespace that is not there',
    path: '/api/v1/namespaces/contract-no/services',
    answer: '200 ServiceList resourceVersion: ',
  },
  {
    name: 'from the cache',
    path: `${ALL}?${MINE}&resourceVersion=0&limit=1`,
    answer: '200 ServiceList resourceVersion: contract-a contract-b contract-c',
  },
  {
    name: 'first page',
    path: `${ALL}?${MINE}&limit=2`,
    answer: '200 ServiceList resourceVersion,continue: contract-a contract-b',
  },
  {
    name: 'second page',
    path: `${ALL}?${MINE}&limit=2&continue={continue}`,
    answer: '200 ServiceList resourceVersion: contract-c',
  },
  {
    name: 'metadata',
    path: `${ALL}?${MINE}`,
    accept: METADATA,
    answer: '200 PartialObjectMetadataList resourceVersion: contract-a contract-b contract-c',
  },
  {
    name: 'a page that is counted',
    path: `${HERE}?limit=1`,
    accept: METADATA,
    answer: '200 PartialObjectMetadataList resourceVersion,continue,remainingItemCount: *',
  },
  {
    name: 'a page of the past',
    path: `${ALL}?${MINE}&limit=9&resourceVersion={version}`,
    answer: '200 ServiceList resourceVersion: ',
  },
  {
    name: 'no token',
    path: `${ALL}?limit=1&continue=xyz`,
    answer: '400 BadRequest invalid continue token: continue key is not valid*',
  },
  {
    name: 'no version',
    path: `${ALL}?resourceVersion=abc`,
    answer: '400 BadRequest invalid resource version: resourceVersion: Invalid value: "abc"*',
  },
  {
    name: 'no version to watch from',
    path: `${ALL}?watch=1&resourceVersion=abc`,
    answer: '500  resourceVersion: Invalid value: "abc"*',
  },
  { name: 'no time', path: `${ALL}?watch=1&timeoutSeconds=abc`, answer: '400 BadRequest *' },
  {
    name: 'a match alone',
    path: `${ALL}?resourceVersionMatch=Exact`,
    answer:
      '422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  },
  {
    name: 'a stream alone',
    path: `${ALL}?watch=1&sendInitialEvents=true`,
    answer:
      '422 Invalid ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  },
  {
    name: 'another field',
    path: `${ALL}?fieldSelector=status.phase%3D1`,
    answer: '400 BadRequest field label not supported: status.phase',
  },
  {
    name: 'another selector',
    path: `${ALL}?labelSelector=a%3D%3D%3D`,
    answer: '400 BadRequest unable to parse requirement: *',
  },
  { name: 'another form', path: ALL, accept: 'text/plain', answer: '406 NotAcceptable 406: Not Acceptable*' },
  {
    name: 'another resource',
    path: '/api/v1/contracts',
    answer: '404 NotFound the server could not find the requested resource',
  },
  { name: 'another group', path: '/apis/contract.example/v1/contracts', answer: '404 text 404 page not found' },
  { name: 'ready', path: '/readyz', answer: '200 text ok' },
  {
    name: 'label',
    method: 'PATCH',
    path: `${HERE}/contract-a`,
    body: { metadata: { labels: { x: 'y' } } },
    answer: '200 Service contract-a',
  },
  {
    name: 'label no more',
    method: 'PATCH',
    path: `${HERE}/contract-a`,
    body: { metadata: { labels: { shoal: 'no' } } },
    answer: '200 Service contract-a',
  },
  { name: 'change nothing', method: 'PATCH', path: `${HERE}/contract-b`, body: {}, answer: '200 Service contract-b' },
  { name: 'delete', method: 'DELETE', path: `${HERE}/contract-b`, answer: '200 *' },
  {
    name: 'delete again',
    method: 'DELETE',
    path: `${HERE}/contract-b`,
    answer: '404 NotFound services "contract-b" not found',
  },
  {
    name: 'what has happened',
    path: `${ALL}?watch=1&${MINE}&resourceVersion={version}&timeoutSeconds={seconds}`,
    answer:
      '200 ADDED contract-a, ADDED contract-b, ADDED contract-c, MODIFIED contract-a, DELETED contract-a, DELETED contract-b',
  },
  {
    name: 'what there is',
    path: `${ALL}?watch=1&${MINE}&resourceVersion=0&timeoutSeconds={seconds}`,
    answer: '200 ADDED contract-c',
  },
];

interface Server {
  readonly url: string;
  readonly authorization: string;
  /** How long a watch has to last to see what has happened. */
  readonly seconds: string;
  close(): Promise<unknown>;
}

async function fake(): Promise<Server> {
  const api = await FakeApi.start({ tokens: ['open'] });
  api.put(plainNamespace('default'));
  const other = service('other', { labels: {} });
  api.load([other, { ...other, metadata: { name: 'another' } }]);
  return { url: api.url, authorization: 'Bearer open', seconds: '0.02', close: () => api.close() };
}

function real(file: string): Server {
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
    users: { user: { token: string } }[];
  };
  const { server } = clusters[0].cluster;
  return { url: server, authorization: `Bearer ${users[0].user.token}`, seconds: '1', close: () => Promise.resolve() };
}

/** One line that says what matters. */
function words({ status, text, json }: Got, watch: boolean): string {
  if (json['kind'] === 'Status' && json['status'] === 'Failure')
    return `${status} ${json['reason'] ?? ''} ${json['message']}`;
  if (watch) return `${status} ${text.trim().split('\n').map(eventWords).join(', ')}`;
  if (json['kind'] === undefined) return `${status} text ${text.trim()}`;
  const items = json['items'] as Plain[] | undefined;
  if (items === undefined) return `${status} ${json['kind']} ${metadataOf(json)['name']}`;
  const about = Object.keys(metadataOf(json)).join(',');
  return `${status} ${json['kind']} ${about}: ${items.map((item) => metadataOf(item)['name']).join(' ')}`;
}

function eventWords(line: string): string {
  const { type, object } = JSON.parse(line) as { type: string; object: Plain };
  return `${type} ${metadataOf(object)['name']}`;
}

function matches(actual: string, expected: string): void {
  if (expected.endsWith('*')) assert.equal(actual.slice(0, expected.length - 1), expected.slice(0, -1));
  else assert.equal(actual, expected);
}

const FILE = process.env['KUBECONFIG_TEST'];
const SERVERS: readonly (readonly [name: string, open: () => Promise<Server> | Server])[] = [
  ['the fake server', fake],
  ...(FILE === undefined ? [] : [['a real server', () => real(FILE)] as const]),
];

for (const [name, open] of SERVERS)
  suite(name, async () => {
    const server = await open();
    const { authorization } = server;
    const known = { version: '', continue: '', seconds: server.seconds };
    const send = (step: Step): Promise<Got> => {
      const { method = 'GET', path, accept = 'application/json', body } = step;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const headers = { authorization, accept, 'content-type': type, 'user-agent': 'shoal-test' };
      const filled = path.replace(/\{(version|continue|seconds)\}/g, (_, key: keyof typeof known) => known[key]);
      return ask(server, filled, { method, headers, body: body === undefined ? '' : JSON.stringify(body) });
    };

    for (const step of STEPS)
      test(step.name, async () => {
        const got = await send(step);
        matches(words(got, step.path.includes('watch=1')), step.answer);
        if (!Array.isArray(got.json['items'])) return;
        const { resourceVersion, continue: token } = metadataOf(got.json);
        known.version ||= String(resourceVersion);
        known.continue = String(token ?? '');
      });

    test('the end', async () => {
      for (const letter of 'abc')
        await send({ name: '', method: 'DELETE', path: `${HERE}/contract-${letter}`, answer: '' });
      await server.close();
    });
  });
