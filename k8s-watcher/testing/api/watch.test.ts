import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainNamespace, plainService } from '../objects.ts';
import { ask, metadataOf, serving, watching } from './asking.ts';
import type { FakeApi, FakeApiOptions } from './server.ts';

const SERVICES = '/api/v1/services';
const STREAM = `${SERVICES}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;

/** Services a and b at 1001 and 1002, a changed at 1003, b gone at 1004. */
async function history(context: TestContext, options: FakeApiOptions = {}): Promise<FakeApi> {
  const api = await serving(context, options);
  api.put(plainService('a'));
  api.put(plainService('b'));
  api.put(plainService('a', { labels: { x: 'y' } }));
  api.delete('Service', 'default', 'b');
  return api;
}

const BEGINNINGS: readonly [name: string, path: string, told: readonly string[]][] = [
  ['nowhere: what there is', SERVICES, ['ADDED default/a']],
  ['version 0: what there is', `${SERVICES}?resourceVersion=0`, ['ADDED default/a']],
  [
    'a version: what came after',
    `${SERVICES}?resourceVersion=1001`,
    ['ADDED default/b', 'MODIFIED default/a', 'DELETED default/b'],
  ],
  ['the last version: nothing', `${SERVICES}?resourceVersion=1004`, []],
  ['a streaming list: what there is, and its end', STREAM, ['ADDED default/a', 'BOOKMARK 1004']],
  ['a streaming list without bookmarks', STREAM.replace('&allowWatchBookmarks=true', ''), ['ADDED default/a']],
  ['what a selector takes', `${SERVICES}?labelSelector=x%3Dn`, []],
  ['a version, for one namespace', '/api/v1/namespaces/other/services?resourceVersion=1000', []],
];

suite('a watch begins with', () => {
  for (const [name, path, told] of BEGINNINGS)
    test(name, async (context) => {
      const api = await history(context);
      const watch = await watching(context, api, path);
      assert.deepEqual(await watch.reaches(told.length), told);
    });
});

suite('changes', () => {
  test('are told as they happen, with all there is to say', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, SERVICES);
    api.put(plainNamespace('other'));
    api.put(plainService('a', { ip: '10.0.0.1' }));
    api.put(plainService('a', { ip: '10.0.0.2' }));
    api.delete('Service', 'default', 'a');
    assert.deepEqual(await watch.reaches(3), ['ADDED default/a', 'MODIFIED default/a', 'DELETED default/a']);
    const objects = watch.events.map(({ object }) => object);
    assert.deepEqual(
      objects.map((object) => metadataOf(object)['resourceVersion']),
      ['1002', '1003', '1004'],
    );
    assert.equal(objects[0]['kind'], 'Service');
    assert.equal(objects[0]['apiVersion'], 'v1');
    assert.deepEqual(
      objects.map((object) => (object['spec'] as Plain)['clusterIPs']),
      [['10.0.0.1'], ['10.0.0.2'], ['10.0.0.2']],
    );
  });

  test('are told to every watch of the resource', async (context) => {
    const api = await serving(context);
    const watches = [await watching(context, api, SERVICES), await watching(context, api, SERVICES)];
    api.put(plainService('a'));
    for (const watch of watches) assert.deepEqual(await watch.reaches(1), ['ADDED default/a']);
  });

  test('of labels add and delete for those who select', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, `${SERVICES}?labelSelector=x%3Dy&allowWatchBookmarks=true`);
    for (const labels of [{}, { x: 'y' }, { x: 'y', z: '1' }, { x: 'n' }, {}]) api.put(plainService('a', { labels }));
    api.delete('Service', 'default', 'a');
    api.bookmark();
    const told = ['ADDED default/a', 'MODIFIED default/a', 'DELETED default/a', 'BOOKMARK 1006'];
    assert.deepEqual(await watch.reaches(4), told);
    const { labels, resourceVersion } = metadataOf(watch.events[2].object);
    assert.deepEqual([labels, resourceVersion], [{ x: 'y', z: '1' }, '1004']);
  });

  test('of an object that matches until it is deleted', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, `${SERVICES}?labelSelector=x`);
    api.put(plainService('a', { labels: { x: '' } }));
    api.delete('Service', 'default', 'a');
    assert.deepEqual(await watch.reaches(2), ['ADDED default/a', 'DELETED default/a']);
  });

  test('in a gap are never told, but listed', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, SERVICES);
    api.gap(() => api.put(plainService('a')));
    api.put(plainService('b'));
    assert.deepEqual(await watch.reaches(1), ['ADDED default/b']);
    const later = await watching(context, api, `${SERVICES}?resourceVersion=1000`);
    assert.deepEqual(await later.reaches(1), ['ADDED default/b']);
    assert.equal(((await ask(api, SERVICES)).json['items'] as Plain[]).length, 2);
  });

  test('as metadata only', async (context) => {
    const api = await serving(context);
    api.put(plainService('a', { ip: '10.0.0.1' }));
    const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    const { text } = await ask(api, `${SERVICES}?watch=1&timeoutSeconds=0.02`, { headers: { accept } });
    const { type, object } = JSON.parse(text) as { type: string; object: Plain };
    assert.equal(type, 'ADDED');
    assert.deepEqual(Object.keys(object), ['kind', 'apiVersion', 'metadata']);
  });
});

suite('bookmarks', () => {
  test('come from time to time to those who ask for them', async (context) => {
    const api = await serving(context, { bookmarkEvery: 5 });
    const without = await watching(context, api, SERVICES);
    const watch = await watching(context, api, `${SERVICES}?allowWatchBookmarks=true`);
    await watch.reaches(2);
    assert.equal(without.text, '');
    assert.equal(api.watches('services')[1].bookmarks >= 2, true);
  });

  test('name the version that has been reached, and an empty object of the kind', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, `${SERVICES}?allowWatchBookmarks=true`);
    api.put(plainNamespace('other'));
    api.bookmark();
    await watch.reaches(1);
    const object = {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1001' },
      spec: {},
      status: { loadBalancer: {} },
    };
    assert.deepEqual(watch.events, [{ type: 'BOOKMARK', object }]);
  });

  test('of a server whose watches are not told of progress name the last change of the resource', async (context) => {
    const api = await history(context, { progress: false });
    api.put(plainNamespace('other'));
    const watch = await watching(context, api, `${SERVICES}?resourceVersion=1004&allowWatchBookmarks=true`);
    const other = await watching(context, api, '/api/v1/pods?allowWatchBookmarks=true');
    api.bookmark();
    assert.deepEqual(await watch.reaches(1), ['BOOKMARK 1004']);
    assert.deepEqual(await other.reaches(1), ['BOOKMARK 1000']);
  });

  test('one of them ends the initial events', async (context) => {
    const watch = await watching(context, await history(context), STREAM);
    await watch.reaches(2);
    const { annotations } = metadataOf(watch.events[1].object);
    assert.deepEqual(annotations, { 'k8s.io/initial-events-end': 'true' });
  });
});

suite('a watch ends', () => {
  test('after its time, as if nothing had happened', async (context) => {
    const api = await serving(context);
    const watch = await watching(context, api, `${SERVICES}?timeoutSeconds=0.02`);
    await watch.ends();
    assert.equal(watch.text, '');
    await api.waitFor('the end', ([{ open }]) => !open);
    assert.deepEqual(api.watches(), []);
  });

  test('at once with 410 when its history is forgotten', async (context) => {
    const api = await history(context);
    api.compact();
    const watch = await watching(context, api, `${SERVICES}?resourceVersion=1003`);
    await watch.ends();
    assert.equal(watch.status, 200);
    const [{ type, object }] = watch.events;
    assert.equal(type, 'ERROR');
    assert.equal(object['message'], 'too old resource version: 1003 (1004)');
    assert.deepEqual([object['kind'], object['reason'], object['code']], ['Status', 'Expired', 410]);
  });

  test('when the test wants it, with an error or without', async (context) => {
    const api = await serving(context);
    const watches = [await watching(context, api, SERVICES), await watching(context, api, '/api/v1/pods')];
    api.failWatches(undefined, { resource: 'services' });
    api.endWatches({ resource: 'pods' });
    for (const watch of watches) await watch.ends();
    assert.deepEqual(
      watches.map(({ told }) => told),
      [['ERROR 410'], []],
    );
  });

  test('and goes on from where it was', async (context) => {
    const api = await serving(context);
    const first = await watching(context, api, SERVICES);
    api.put(plainService('a'));
    await first.reaches(1);
    api.closeConnections();
    await first.ends();
    api.put(plainService('b'));
    const second = await watching(context, api, `${SERVICES}?resourceVersion=1001`);
    assert.deepEqual(await second.reaches(1), ['ADDED default/b']);
  });
});

const REFUSED: readonly [name: string, query: string, status: number, message: RegExp][] = [
  [
    'a streaming list that does not say from when',
    'sendInitialEvents=true',
    422,
    /resourceVersionMatch: Forbidden: sendInitialEvents requires/,
  ],
  [
    'resourceVersionMatch without initial events',
    'resourceVersionMatch=NotOlderThan',
    422,
    /forbidden for watch unless/,
  ],
  ['a version that is no number', 'resourceVersion=abc', 500, /^resourceVersion: Invalid value: "abc"/],
  ['a field that cannot be selected by', 'fieldSelector=spec.x%3D1', 400, /^field label not supported/],
];

suite('refused before it begins', () => {
  for (const [name, query, status, message] of REFUSED)
    test(name, async (context) => {
      const got = await ask(await serving(context), `${SERVICES}?watch=1&${query}`);
      assert.equal(got.status, status);
      assert.match(String(got.json['message']), message);
    });
});
