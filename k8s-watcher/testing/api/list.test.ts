import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainNamespace, plainPod, plainService } from '../objects.ts';
import { ask, itemsOf, metadataOf, serving } from './asking.ts';
import type { FakeApi, FakeApiOptions } from './server.ts';

const SERVICES = '/api/v1/services';

/** Five services; the newest version is 1006. */
async function five(context: TestContext, options: FakeApiOptions = {}): Promise<FakeApi> {
  const api = await serving(context, options);
  api.put(plainNamespace('default'));
  for (const name of ['e', 'a', 'c', 'b']) api.put(plainService(name, { labels: { odd: String(name < 'c') } }));
  api.put(plainService('z', { namespace: 'another' }));
  return api;
}

/** Follows `continue` to the end: pages as comma-separated names. */
async function pages(api: FakeApi, path: string, between?: () => void): Promise<string[]> {
  const all: string[] = [];
  for (let token = ''; ; between?.()) {
    const page = await ask(api, `${path}${token === '' ? '' : `&continue=${token}`}`);
    assert.equal(page.status, 200, page.text);
    all.push(itemsOf(page).join(','));
    token = String(metadataOf(page.json)['continue'] ?? '');
    if (token === '') return all;
  }
}

const LISTS: readonly [name: string, path: string, items: readonly string[]][] = [
  ['all, in the order of their names', SERVICES, ['another/z', 'default/a', 'default/b', 'default/c', 'default/e']],
  ['a namespace', '/api/v1/namespaces/another/services', ['another/z']],
  ['a namespace that does not exist', '/api/v1/namespaces/nobody/services', []],
  ['labels', `${SERVICES}?labelSelector=odd%3Dtrue`, ['default/a', 'default/b']],
  [
    'fields',
    `${SERVICES}?fieldSelector=metadata.name!%3Da,metadata.namespace%3Ddefault`,
    ['default/b', 'default/c', 'default/e'],
  ],
  [
    'limit of a list from the watch cache counts for nothing',
    `${SERVICES}?resourceVersion=0&limit=1`,
    ['another/z', 'default/a', 'default/b', 'default/c', 'default/e'],
  ],
  [
    'what there is, when it is to be no older than a version',
    `${SERVICES}?resourceVersion=1001&resourceVersionMatch=NotOlderThan&limit=2`,
    ['another/z', 'default/a'],
  ],
  ['of nothing', '/api/v1/pods', []],
];

suite('a list of', () => {
  for (const [name, path, items] of LISTS)
    test(name, async (context) => {
      const list = await ask(await five(context), path);
      assert.equal(list.status, 200);
      assert.equal(list.headers['content-type'], 'application/json');
      assert.deepEqual(itemsOf(list), items);
      assert.equal(metadataOf(list.json)['resourceVersion'], '1006');
    });
});

suite('a version that has passed', () => {
  const ROWS: readonly [name: string, query: string, items: readonly string[], version: string][] = [
    ['exactly', 'resourceVersion=1003&resourceVersionMatch=Exact', ['default/a', 'default/e'], '1003'],
    ['in pages', 'resourceVersion=1003&limit=1', ['default/a'], '1003'],
    [
      'as a lower bound',
      'resourceVersion=1001',
      ['another/z', 'default/a', 'default/b', 'default/c', 'default/e'],
      '1006',
    ],
  ];
  for (const [name, query, items, version] of ROWS)
    test(name, async (context) => {
      const list = await ask(await five(context), `${SERVICES}?${query}`);
      assert.deepEqual(itemsOf(list), items);
      assert.equal(metadataOf(list.json)['resourceVersion'], version);
    });

  test('and is forgotten', async (context) => {
    const api = await five(context);
    api.compact();
    const { status, json } = await ask(api, `${SERVICES}?resourceVersion=1003&limit=1`);
    assert.deepEqual([status, json['reason']], [410, 'Expired']);
  });
});

test('a list from a watch cache that is not told of progress shows the version of its own last change', async (context) => {
  const api = await five(context, { progress: false });
  api.put(plainNamespace('later'));
  const versions = [];
  for (const query of ['', '?resourceVersion=0', '?resourceVersion=1007'])
    versions.push(metadataOf((await ask(api, `${SERVICES}${query}`)).json)['resourceVersion']);
  assert.deepEqual(versions, ['1007', '1006', '1007']);
});

suite('items', () => {
  test('say nothing of their kind, the list does', async (context) => {
    const { json } = await ask(await five(context), '/api/v1/namespaces');
    assert.equal(json['kind'], 'NamespaceList');
    assert.equal(json['apiVersion'], 'v1');
    assert.deepEqual(Object.keys((json['items'] as Plain[])[0]), ['metadata']);
  });

  test('of custom resources say what they are', async (context) => {
    const api = await serving(context);
    api.put({ apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport', metadata: { name: 'a' } });
    const { json } = await ask(api, '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports');
    assert.equal((json['items'] as Plain[])[0]['kind'], 'ServiceImport');
  });

  test('are metadata for those who ask for that', async (context) => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
    const { json } = await ask(await five(context), `${SERVICES}?limit=1`, { headers: { accept } });
    assert.equal(json['kind'], 'PartialObjectMetadataList');
    assert.equal(json['apiVersion'], 'meta.k8s.io/v1');
    assert.equal(metadataOf(json)['remainingItemCount'], 4);
    const [item] = json['items'] as Plain[];
    assert.deepEqual(Object.keys(item), ['kind', 'apiVersion', 'metadata']);
    assert.equal(item['kind'], 'PartialObjectMetadata');
  });
});

suite('pages', () => {
  const WHOLE = ['another/z,default/a', 'default/b,default/c', 'default/e'];
  const ROWS: readonly [name: string, path: string, pages: readonly string[]][] = [
    ['of two', `${SERVICES}?limit=2`, WHOLE],
    ['of five, exactly', `${SERVICES}?limit=5`, ['another/z,default/a,default/b,default/c,default/e']],
    ['of selected ones', `${SERVICES}?limit=1&labelSelector=odd%3Dtrue`, ['default/a', 'default/b']],
    ['of a namespace', '/api/v1/namespaces/default/services?limit=3', ['default/a,default/b,default/c', 'default/e']],
  ];
  for (const [name, path, expected] of ROWS)
    test(name, async (context) => assert.deepEqual(await pages(await five(context), path), expected));

  test('of a server without watch cache, from version 0', async (context) => {
    const api = await five(context, { watchCache: false });
    assert.deepEqual(await pages(api, `${SERVICES}?limit=2&resourceVersion=0`), WHOLE);
  });

  test('show what there was at the first one', async (context) => {
    const api = await five(context);
    const changes = [(): unknown => api.delete('Service', 'default', 'e'), (): unknown => api.put(plainService('d'))];
    assert.deepEqual(await pages(api, `${SERVICES}?limit=2`, () => changes.shift()?.()), WHOLE);
  });

  test('count what remains, but not with selectors', async (context) => {
    const api = await five(context);
    const plain = await ask(api, `${SERVICES}?limit=2`);
    assert.equal(metadataOf(plain.json)['remainingItemCount'], 3);
    const scoped = await ask(api, '/api/v1/namespaces/default/services?limit=1');
    assert.equal(metadataOf(scoped.json)['remainingItemCount'], 3);
    const selected = await ask(api, `${SERVICES}?limit=1&labelSelector=odd`);
    assert.equal('remainingItemCount' in metadataOf(selected.json), false);
    assert.equal('continue' in metadataOf(selected.json), true);
  });

  test('expire with history, and can be gone on with', async (context) => {
    const api = await five(context);
    const first = await ask(api, `${SERVICES}?limit=2`);
    api.put(plainService('bb'));
    api.compact();
    const gone = await ask(api, `${SERVICES}?limit=2&continue=${metadataOf(first.json)['continue']}`);
    assert.equal(gone.status, 410);
    assert.equal(gone.json['reason'], 'Expired');
    const token = metadataOf(gone.json)['continue'];
    assert.deepEqual(itemsOf(await ask(api, `${SERVICES}?limit=3&continue=${token}`)), [
      'default/b',
      'default/bb',
      'default/c',
    ]);
  });
});

const REFUSED: readonly [name: string, query: string, status: number, message: RegExp][] = [
  ['a token that is none', 'continue=xyz', 400, /^invalid continue token/],
  [
    'a token with a version',
    'continue=eyJydiI6MSwic3RhcnQiOiJhIn0&resourceVersion=5',
    400,
    /not allowed when using continue/,
  ],
  ['a version that is no number', 'resourceVersion=abc', 400, /^invalid resource version/],
  [
    'a version of the future',
    'resourceVersion=99999',
    504,
    /^Timeout: Too large resource version: 99999, current: 1006$/,
  ],
  ['a selector that cannot be read', 'labelSelector=%3D', 400, /^unable to parse requirement/],
];

suite('refused', () => {
  for (const [name, query, status, message] of REFUSED)
    test(name, async (context) => {
      const { json, ...got } = await ask(await five(context), `${SERVICES}?${query}`);
      assert.equal(got.status, status);
      assert.equal(json['kind'], 'Status');
      assert.equal(json['code'], status);
      assert.match(String(json['message']), message);
    });
});

test('pods that have come to their end can be left out', async (context) => {
  const api = await serving(context);
  for (const phase of ['Running', 'Succeeded', 'Failed', 'Unknown', 'Pending'])
    api.put(plainPod(phase.toLowerCase(), '10.0.0.1', { phase }));
  const selector = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown';
  const list = await ask(api, `/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`);
  assert.deepEqual(itemsOf(list), ['default/pending', 'default/running']);
});

suite('a large list is compressed', () => {
  const rows: [name: string, services: number, accepted: string | undefined, encoding: string | undefined][] = [
    ['for those who take it', 1000, 'gzip', 'gzip'],
    ['for nobody else', 1000, undefined, undefined],
    ['not when it is small', 3, 'gzip', undefined],
  ];
  for (const [name, services, accepted, encoding] of rows)
    test(name, async (context) => {
      const api = await serving(context);
      for (let i = 0; i < services; i++) api.put(plainService(`s${i}`));
      const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
      const list = await ask(api, `${SERVICES}?resourceVersion=0`, { headers });
      assert.equal(list.headers['content-encoding'], encoding);
    });
});
