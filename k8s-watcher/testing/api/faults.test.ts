import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '../folder.ts';
import { plainPod, plainService } from '../objects.ts';
import { ask, itemsOf, serving, watching } from './asking.ts';
import type { Faults, Only } from './faults.ts';
import { meets } from './faults.ts';

const SERVICES = '/api/v1/services';
const PODS = '/api/v1/pods';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const STREAM = '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=0.02';
const USER = 'system:serviceaccount:kube-system:coredns';

const REFUSALS: readonly [
  name: string,
  set: (faults: Faults) => unknown,
  path: string,
  status: number,
  reason: string | undefined,
  text: string,
][] = [
  [
    'a list that RBAC does not allow',
    (faults) => faults.deny('services', 'list'),
    SERVICES,
    403,
    'Forbidden',
    `services is forbidden: User "${USER}" cannot list resource "services" in API group "" at the cluster scope`,
  ],
  [
    'a watch that RBAC does not allow',
    (faults) => faults.deny('endpointslices', 'watch'),
    `${SLICES}?watch=1&timeoutSeconds=0.01`,
    403,
    'Forbidden',
    `endpointslices.discovery.k8s.io is forbidden: User "${USER}" cannot watch resource "endpointslices" in API group "discovery.k8s.io" at the cluster scope`,
  ],
  [
    'a namespace that RBAC does not allow',
    (faults) => faults.deny('pods'),
    '/api/v1/namespaces/default/pods',
    403,
    'Forbidden',
    `pods is forbidden: User "${USER}" cannot list resource "pods" in API group "" in the namespace "default"`,
  ],
  ['a type that is not installed', (faults) => faults.missing('pods'), PODS, 404, undefined, '404 page not found\n'],
  [
    'too many requests',
    (faults) => faults.tooMany(3),
    PODS,
    429,
    undefined,
    'Too many requests, please try again later.\n',
  ],
  [
    'an error of the server',
    (faults) => faults.fail(500, 'InternalError', 'etcdserver: request timed out'),
    PODS,
    500,
    'InternalError',
    'etcdserver: request timed out',
  ],
  [
    'a streaming list that the server does not know',
    (faults) => {
      faults.noStreamingList = true;
    },
    `${PODS}${STREAM}`,
    422,
    'Invalid',
    'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
  ],
  [
    'a streaming list that the server does not take',
    (faults) => {
      faults.noStreamingList = 'badRequest';
    },
    `${PODS}${STREAM}`,
    400,
    'BadRequest',
    'sendInitialEvents is not supported',
  ],
  [
    'a body that is garbage',
    (faults) => faults.garbage('<html>proxy</html>'),
    PODS,
    200,
    undefined,
    '<html>proxy</html>',
  ],
];

suite('a fault', () => {
  for (const [name, set, path, status, reason, text] of REFUSALS)
    test(name, async (context) => {
      const api = await serving(context);
      set(api.faults);
      const got = await ask(api, path);
      assert.equal(got.status, status);
      assert.equal(got.json['reason'], reason);
      assert.equal(got.json['message'] ?? got.text, text);
      api.faults.clear();
      assert.equal((await ask(api, path)).status, 200);
    });
});

test('429 says when to come back', async (context) => {
  const api = await serving(context);
  api.faults.tooMany(3);
  assert.equal((await ask(api, PODS)).headers['retry-after'], '3');
});

suite('a fault is narrowed', () => {
  const ROWS: readonly [name: string, only: Only, resource: string, met: boolean][] = [
    ['to nothing', {}, 'pods', true],
    ['to this resource', { resource: 'pods' }, 'pods', true],
    ['to another resource', { resource: 'services' }, 'pods', false],
    ['to this verb', { verb: 'list' }, 'pods', true],
    ['to another verb', { verb: 'watch' }, 'pods', false],
    ['to this resource and another verb', { resource: 'pods', verb: 'watch' }, 'pods', false],
  ];
  for (const [name, only, resource, met] of ROWS) test(name, () => assert.equal(meets(only, resource, 'list'), met));

  test('to a number of requests', async (context) => {
    const api = await serving(context);
    api.faults.fail(500, 'InternalError', 'no', { times: 2 });
    const codes = [await ask(api, PODS), await ask(api, SERVICES), await ask(api, PODS)].map(({ status }) => status);
    assert.deepEqual(codes, [500, 500, 200]);
  });

  test('and lifted', async (context) => {
    const api = await serving(context);
    const lift = api.faults.deny('pods');
    assert.equal((await ask(api, PODS)).status, 403);
    assert.equal((await ask(api, SERVICES)).status, 200);
    lift();
    assert.equal((await ask(api, PODS)).status, 200);
  });
});

suite('silence', () => {
  test('is for open watches and for those that begin, until it is lifted', async (context) => {
    const api = await serving(context);
    const open = await watching(context, api, SERVICES);
    const lift = api.faults.stall();
    const next = await watching(context, api, SERVICES);
    lift();
    const last = await watching(context, api, SERVICES);
    api.put(plainService('a'));
    assert.deepEqual(await last.reaches(1), ['ADDED default/a']);
    assert.deepEqual([open.text, next.text], ['', '']);
    assert.deepEqual([open.closed, next.closed], [false, false]);
    assert.equal(api.watches().length, 3);
  });

  test('is kept when the time of a watch is over', async (context) => {
    const api = await serving(context);
    api.faults.stall();
    const watch = await watching(context, api, `${SERVICES}?timeoutSeconds=0.01`);
    api.faults.clear();
    await (await watching(context, api, `${SERVICES}?timeoutSeconds=0.02`)).ends();
    assert.equal(watch.closed, false);
  });

  test('of a list: headers and no body', async (context) => {
    const api = await serving(context);
    api.faults.stall({ resource: 'services', verb: 'list' });
    const asked = ask(api, SERVICES);
    await api.waitFor('the headers', ([first]) => first?.status === 200);
    api.closeConnections();
    const got = await asked;
    assert.deepEqual([got.text, got.complete], ['', false]);
  });

  test('before the answer', async (context) => {
    const api = await serving(context);
    api.faults.delay(Number.POSITIVE_INFINITY, { resource: 'pods' });
    const asked = ask(api, PODS);
    assert.equal((await ask(api, SERVICES)).status, 200);
    assert.deepEqual([api.requests[0].status, api.requests[0].open], [0, true]);
    api.closeConnections();
    await assert.rejects(asked, { code: 'ECONNRESET' });
  });

  test('for a while', async (context) => {
    const api = await serving(context);
    api.faults.delay(5, { resource: 'pods' });
    assert.equal((await ask(api, PODS)).status, 200);
  });
});

suite('a body', () => {
  test('in drops is the same body', async (context) => {
    const api = await serving(context);
    api.load(['a', 'b', 'c'].map((name) => plainService(name)));
    const whole = await ask(api, SERVICES);
    api.faults.slow(100, 1);
    const drops = await ask(api, SERVICES);
    assert.equal(drops.text, whole.text);
    assert.equal(drops.complete, true);
  });

  test('of a watch in drops keeps the order of its events', async (context) => {
    const api = await serving(context);
    api.faults.slow(50, 1, { verb: 'watch' });
    const watch = await watching(context, api, SERVICES);
    for (const name of ['a', 'b', 'c']) api.put(plainService(name));
    assert.deepEqual(await watch.reaches(3), ['ADDED default/a', 'ADDED default/b', 'ADDED default/c']);
  });

  test('in drops ends after the last one', async (context) => {
    const api = await serving(context);
    api.put(plainService('a'));
    api.faults.slow(50, 1, { verb: 'watch' });
    const watch = await watching(context, api, SERVICES);
    api.endWatches();
    await watch.ends();
    assert.deepEqual(watch.told, ['ADDED default/a']);
  });

  test('is cut in the midst', async (context) => {
    const api = await serving(context);
    api.load(['a', 'b', 'c'].map((name) => plainService(name)));
    api.faults.cut(100, { verb: 'list', times: 1 });
    const got = await ask(api, SERVICES);
    assert.deepEqual([got.text.length, got.complete], [100, false]);
    assert.equal(itemsOf(await ask(api, SERVICES)).length, 3);
  });

  test('of a watch is cut in the midst of an event', async (context) => {
    const api = await serving(context);
    api.faults.cut(30, { verb: 'watch' });
    const watch = await watching(context, api, SERVICES);
    api.put(plainService('a'));
    await watch.ends();
    assert.equal(watch.text, '{"type":"ADDED","object":{"kin');
    await until('that the server knows', () => api.watches().length === 0);
    assert.equal(api.requests[0].octets, 30);
  });
});

suite('a watch', () => {
  test('can be sent what is no event', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, SERVICES);
    api.inject('garbage\n', { resource: 'services' });
    await until('the garbage', () => watch.text === 'garbage\n');
  });

  test('can begin with garbage', async (context) => {
    const api = await serving(context);
    api.put(plainService('a'));
    api.faults.garbage('{]\n', { verb: 'watch' });
    const watch = await watching(context, api, SERVICES);
    await until('event and garbage', () => /^\{\]\n\{.*\n$/.test(watch.text));
  });

  test('without bookmarks does not even learn that the initial events have ended', async (context) => {
    const api = await serving(context, { bookmarkEvery: 2 });
    api.faults.noBookmarks = true;
    api.put(plainPod('a', '10.0.0.1'));
    const { text } = await ask(api, `${PODS}${STREAM}&allowWatchBookmarks=true`);
    assert.match(text, /^\{"type":"ADDED".*\n$/);
  });

  test('of a server that cannot stream lists gets an error at once', async (context) => {
    const api = await serving(context);
    api.faults.noStreamingList = 'event';
    const { status, json } = await ask(api, `${PODS}${STREAM}`);
    assert.deepEqual([status, json['type'], (json['object'] as { code: number }).code], [200, 'ERROR', 500]);
    assert.equal((await ask(api, `${PODS}?watch=1&timeoutSeconds=0.01`)).text, '');
  });
});
