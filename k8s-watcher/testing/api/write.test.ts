import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainNamespace, plainService } from '../objects.ts';
import { ask, metadataOf, serving } from './asking.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const WEB = `${SERVICES}/web`;

function service(words: Plain = {}, spec: Plain = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', ...words }, spec });
}

const ROWS: readonly [
  name: string,
  method: string,
  path: string,
  body: string,
  status: number,
  /** The message of a refusal, or the labels of what has become. */
  result: RegExp | Plain,
][] = [
  ['create', 'POST', SERVICES, service({ name: 'new', labels: { a: 'b' } }), 201, { a: 'b' }],
  ['create without kind', 'POST', SERVICES, '{"metadata":{"name":"new","labels":{"a":"b"}}}', 201, { a: 'b' }],
  ['create what is there', 'POST', SERVICES, service(), 409, /^services "web" already exists$/],
  [
    'create in a namespace that is not there',
    'POST',
    '/api/v1/namespaces/no/services',
    service(),
    404,
    /^namespaces "no" not found$/,
  ],
  [
    'create in another namespace than the path',
    'POST',
    SERVICES,
    service({ namespace: 'x' }),
    400,
    /does not match the namespace/,
  ],
  ['create without a namespace', 'POST', '/api/v1/services', service(), 405, /does not allow this method/],
  ['create without a name', 'POST', SERVICES, '{}', 400, /^name or generateName is required$/],
  [
    'create another kind',
    'POST',
    SERVICES,
    '{"apiVersion":"v1","kind":"Pod"}',
    400,
    /v1 Pod does not belong to services/,
  ],
  ['create garbage', 'POST', SERVICES, '{"a"', 400, /must be of type Service/],
  [
    'create a namespace',
    'POST',
    '/api/v1/namespaces',
    '{"metadata":{"name":"n"}}',
    201,
    { 'kubernetes.io/metadata.name': 'n' },
  ],
  ['read', 'GET', WEB, '', 200, { x: 'y' }],
  ['read what is not there', 'GET', `${SERVICES}/no`, '', 404, /^services "no" not found$/],
  ['update', 'PUT', WEB, service({ labels: { a: 'b' } }), 200, { a: 'b' }],
  ['update the version that is', 'PUT', WEB, service({ resourceVersion: '1002', labels: { a: 'b' } }), 200, { a: 'b' }],
  [
    'update a version that was',
    'PUT',
    WEB,
    service({ resourceVersion: '7' }),
    409,
    /^Operation cannot be fulfilled on services "web"/,
  ],
  ['update under another name', 'PUT', `${SERVICES}/other`, service(), 400, /does not match the name on the URL/],
  ['update what is not there', 'PUT', `${SERVICES}/new`, service({ name: 'new', labels: { a: 'b' } }), 201, { a: 'b' }],
  ['update everything', 'PUT', SERVICES, service(), 405, /does not allow this method/],
  ['patch', 'PATCH', WEB, '{"metadata":{"labels":{"a":"b"}}}', 200, { x: 'y', a: 'b' }],
  ['patch away', 'PATCH', WEB, '{"metadata":{"labels":{"x":null,"a":"b"}}}', 200, { a: 'b' }],
  ['patch what is not there', 'PATCH', `${SERVICES}/no`, '{}', 404, /^services "no" not found$/],
  ['delete', 'DELETE', WEB, '', 200, { x: 'y' }],
  ['delete what is not there', 'DELETE', `${SERVICES}/no`, '', 404, /^services "no" not found$/],
  ['delete everything', 'DELETE', SERVICES, '', 405, /does not allow this method/],
  ['another method', 'OPTIONS', WEB, '', 405, /does not allow this method/],
];

suite('over HTTP:', () => {
  for (const [name, method, path, body, status, result] of ROWS)
    test(name, async (context) => {
      const api = await serving(context);
      api.load([plainNamespace('default'), plainService('web', { labels: { x: 'y' } })]);
      const got = await ask(api, path, { method, body });
      assert.equal(got.status, status, got.text);
      if (result instanceof RegExp) assert.match(String(got.json['message']), result);
      else assert.deepEqual(metadataOf(got.json)['labels'], result);
    });
});

suite('status', () => {
  test('is a subresource, and stays when the rest is updated', async (context) => {
    const api = await serving(context);
    api.load([plainNamespace('default'), plainService('web')]);
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    const first = await ask(api, `${WEB}/status`, {
      method: 'PUT',
      body: service({ labels: { no: 'no' } }).replace('"spec":{}', `"status":${JSON.stringify(status)}`),
    });
    assert.equal(first.status, 200);
    assert.deepEqual(first.json['status'], status);
    assert.equal('labels' in metadataOf(first.json), false);
    const second = await ask(api, WEB, { method: 'PUT', body: service({ labels: { yes: 'yes' } }) });
    assert.deepEqual(second.json['status'], status);
  });

  test('of what is not there', async (context) => {
    const api = await serving(context);
    const body = service();
    assert.equal((await ask(api, `${WEB}/status`, { method: 'PUT', body })).status, 404);
  });
});

test('what is deleted shows the version of its deletion', async (context) => {
  const api = await serving(context);
  api.load([plainNamespace('default'), plainService('web')]);
  const { json } = await ask(api, WEB, { method: 'DELETE' });
  assert.equal(metadataOf(json)['resourceVersion'], '1003');
  assert.equal((await ask(api, WEB)).status, 404);
});
