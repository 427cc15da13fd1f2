import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainNamespace, plainService } from '../objects.ts';
import { ask, itemsOf, serving, watching } from './asking.ts';

const SERVICES = '/api/v1/services';

const PATHS: readonly [path: string, status: number, text: RegExp][] = [
  ['/readyz', 200, /^ok$/],
  ['/livez', 200, /^ok$/],
  ['/version', 200, /"minor":"34"/],
  ['/api', 200, /"versions":\["v1"\]/],
  ['/apis', 200, /"groupVersion":"discovery.k8s.io\/v1".*"groupVersion":"multicluster.x-k8s.io\/v1alpha1"/],
  ['/api/v1', 200, /"name":"namespaces".*"name":"services".*"name":"pods"/],
  ['/apis/discovery.k8s.io/v1', 200, /"groupVersion":"discovery.k8s.io\/v1".*"kind":"EndpointSlice"/],
  ['/api/v1/secrets', 404, /"message":"the server could not find the requested resource","reason":"NotFound"/],
  ['/apis/gateway.networking.k8s.io/v1/gateways', 404, /^404 page not found\n$/],
  ['/', 404, /^404 page not found\n$/],
];

suite('GET', () => {
  for (const [path, status, text] of PATHS)
    test(path, async (context) => {
      const got = await ask(await serving(context), path);
      assert.equal(got.status, status);
      assert.match(got.text, text);
    });
});

const CALLERS: readonly [
  name: string,
  authorization: string | undefined,
  status: number,
  message: string | undefined,
][] = [
  ['a token that is good', 'Bearer good', 200, undefined],
  ['another scheme that is good', 'Basic dTpw', 200, undefined],
  ['a token that is not', 'Bearer bad', 401, 'Unauthorized'],
  ['another scheme that is not', 'Basic good', 401, 'Unauthorized'],
  [
    'nobody',
    undefined,
    403,
    'services is forbidden: User "system:anonymous" cannot list resource "services" in API group "" at the cluster scope',
  ],
];

suite('asked by', () => {
  for (const [name, authorization, status, message] of CALLERS)
    test(name, async (context) => {
      const api = await serving(context, { tokens: ['good', 'Basic dTpw'] });
      const got = await ask(api, SERVICES, { headers: authorization === undefined ? {} : { authorization } });
      assert.equal(got.status, status);
      assert.equal(got.json['message'], message);
    });

  test('somebody whose token expires', async (context) => {
    const api = await serving(context, { tokens: ['one'] });
    api.tokens.delete('one');
    api.tokens.add('two');
    const codes = [];
    for (const token of ['one', 'two'])
      codes.push((await ask(api, SERVICES, { headers: { authorization: `Bearer ${token}` } })).status);
    assert.deepEqual(codes, [401, 200]);
  });

  test('somebody with a name', async (context) => {
    const api = await serving(context, { user: 'jane' });
    api.faults.deny('services');
    assert.match((await ask(api, SERVICES)).text, /User \\"jane\\" cannot list/);
  });
});

test('an outage: refused, then back on the same port with the same objects', async (context) => {
  const api = await serving(context);
  api.put(plainService('a'));
  const { port } = api;
  const watch = await watching(context, api, SERVICES);
  await api.stop();
  await watch.ends();
  await assert.rejects(ask(api, SERVICES), { code: 'ECONNREFUSED' });
  api.put(plainService('b'));
  await api.restart();
  assert.equal(api.port, port);
  assert.deepEqual(itemsOf(await ask(api, SERVICES)), ['default/a', 'default/b']);
  const again = await watching(context, api, `${SERVICES}?resourceVersion=1001`);
  assert.deepEqual(await again.reaches(1), ['ADDED default/b']);
});

test('stopping twice and closing afterwards is fine', async (context) => {
  const api = await serving(context);
  await api.stop();
  await api.stop();
  await api.close();
});

suite('what was asked', () => {
  test('is remembered with its answer', async (context) => {
    const api = await serving(context);
    api.put(plainNamespace('default'));
    await ask(api, '/readyz');
    await ask(api, `${SERVICES}?limit=5`, { headers: { 'user-agent': 'test' } });
    await ask(api, '/api/v1/namespaces/default/services', { method: 'POST', body: '{"metadata":{"name":"a"}}' });
    const watch = await watching(context, api, `${SERVICES}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`);
    await watch.reaches(1);
    assert.deepEqual(
      api.requests.map(({ verb, resource, path, status, open, streaming, events }) =>
        [verb || '-', resource || '-', path, status, open, streaming, events].join(' '),
      ),
      [
        '- - /readyz 200 false false 0',
        'list services /api/v1/services 200 false false 0',
        'create services /api/v1/namespaces/default/services 201 false false 0',
        'watch services /api/v1/services 200 true true 1',
      ],
    );
    assert.equal(api.requests[1].query.get('limit'), '5');
    assert.equal(api.requests[1].headers['user-agent'], 'test');
    assert.equal(api.requests[1].octets > 50, true);
  });

  test('can be waited for', async (context) => {
    const api = await serving(context);
    const waiting = api.waitFor('two lists', (requests) => requests.length === 2 && 'both');
    await ask(api, SERVICES);
    await ask(api, SERVICES);
    assert.equal(await waiting, 'both');
  });
});

suite('for tests', () => {
  test('touch changes nothing but the version', async (context) => {
    const api = await serving(context);
    api.put(plainService('a', { ip: '10.0.0.1' }));
    const watch = await watching(context, api, `${SERVICES}?resourceVersion=1001`);
    assert.equal(api.touch('Service', 'default', 'a'), '1002');
    assert.equal(api.touch('Service', 'default', 'a'), '1003');
    assert.deepEqual(await watch.reaches(2), ['MODIFIED default/a', 'MODIFIED default/a']);
    assert.deepEqual((watch.events[0].object['spec'] as Plain)['clusterIPs'], ['10.0.0.1']);
    assert.throws(() => api.touch('Service', 'default', 'b'), /there is no Service default\/b/);
  });

  test('delete says whether there was something', async (context) => {
    const api = await serving(context);
    api.put(plainNamespace('one'));
    assert.equal(api.delete('Namespace', '', 'one'), true);
    assert.equal(api.delete('Namespace', '', 'one'), false);
  });

  test('versions begin where they are told to', async (context) => {
    const api = await serving(context, { resourceVersion: 41 });
    assert.equal(api.put(plainNamespace('one')), '42');
  });
});
