import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { ClusterError } from '#loadtest/errors.ts';
import { FakeApiServer } from '../testing/api-server.ts';
import { ClusterApi } from './client.ts';
import { collectionOf, type KubeObject, pathOf, serviceObject } from './objects.ts';

const service = (name: string): KubeObject => serviceObject({ name, namespace: 'a' }, true);

describe('a client of the API', () => {
  let server: FakeApiServer;
  let api: ClusterApi;
  before(async () => {
    server = await FakeApiServer.open();
    api = new ClusterApi(server.access, 4);
  });
  afterEach(() => {
    server.objects.clear();
    server.requests.length = 0;
    server.refusal = undefined;
  });
  after(() => {
    api.close();
    server.close();
  });

  it('creates what is not there, and leaves what is', async () => {
    assert.equal(await api.create(service('x')), true);
    assert.equal(await api.create(service('x')), false);
    assert.deepEqual([...server.objects.keys()], ['/api/v1/namespaces/a/services/x']);
  });

  it('posts, puts, patches and deletes, and tells when the reply was there', async () => {
    const start = performance.now();
    const times = [
      await api.post(service('x')),
      await api.put(service('x')),
      await api.patch(service('x'), { status: { phase: 'y' } }, '/status'),
      await api.delete(service('x')),
      await api.delete(service('x')),
    ];
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    );
    assert.ok(times[0] >= start && times[4] <= performance.now());
    const path = pathOf(service('x'));
    assert.deepEqual(
      server.requests.map(({ method, url, type }) => `${method} ${url} ${type}`),
      [
        `POST ${collectionOf(service('x'))} application/json`,
        `PUT ${path} application/json`,
        `PATCH ${path}/status application/merge-patch+json`,
        `DELETE ${path} application/json`,
        `DELETE ${path} application/json`,
      ],
    );
  });

  const lists: { name: string; count: number; page: number; limit: number; want: number; requests: number }[] = [
    { name: 'of nothing', count: 0, page: 10, limit: 10, want: 0, requests: 1 },
    { name: 'of one page', count: 3, page: 10, limit: 10, want: 3, requests: 1 },
    { name: 'of several pages', count: 5, page: 2, limit: Number.POSITIVE_INFINITY, want: 5, requests: 3 },
    { name: 'up to its limit', count: 5, page: 2, limit: 3, want: 3, requests: 2 },
  ];
  for (const { name, count, page, limit, want, requests } of lists)
    it(`lists ${name}`, async () => {
      server.page = page;
      for (let i = 0; i < count; i++) await api.create(service(`s${i}`));
      server.requests.length = 0;
      const names: string[] = [];
      for await (const { metadata } of api.list('/api/v1/services', { limit })) names.push(metadata.name);
      assert.deepEqual([names.length, new Set(names).size, server.requests.length], [want, want, requests]);
      assert.match(server.requests[0].accept, /PartialObjectMetadataList/);
      server.page = 1000;
    });

  const refusals: { name: string; body: string; status: number; message: RegExp }[] = [
    { name: 'with its reason', status: 403, body: '{"message":"no"}', message: /^POST \/api\/v1\S+: 403 no$/ },
    { name: 'that is no JSON', status: 502, body: '<html>', message: /: 502 <html>$/ },
    { name: 'without a word', status: 500, body: '{}', message: /: 500$/ },
  ];
  for (const { name, body, status, message } of refusals)
    it(`tells of a refusal ${name}`, async () => {
      server.refusal = { path: /services/, status, body };
      for (const refused of [api.create(service('x')), api.post(service('x'))])
        await assert.rejects(refused, (error) => error instanceof ClusterError && message.test(error.message));
    });

  it('tells when nobody is there', async () => {
    const { url, ...rest } = server.access;
    const nobody = new ClusterApi({ url: 'http://127.0.0.1:9', ...rest }, 1);
    await assert.rejects(
      nobody.create(service('x')),
      /^ClusterError: POST http:\/\/127\.0\.0\.1:9\/api\/v1\S+: .*REFUSED/,
    );
    nobody.close();
  });
});
