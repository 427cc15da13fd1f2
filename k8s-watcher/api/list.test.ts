// Pages of lists, asked for one after the other.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { FakeApi, type FakeApiOptions } from '../testing/api/server.ts';
import { ApiRequestError } from './errors.ts';
import { StreamError, type WatchEvent } from './events.ts';
import { type ListRequest, listItems } from './list.ts';
import { openListReader } from './reading.ts';
import { RESOURCES } from './resources.ts';
import { clientOf, endpoint, requestOf, WIDE } from './testing/client.ts';
import { service } from './testing/world.ts';

const SERVICE = RESOURCES.find(({ kind }) => kind === 'Service')!;

/** A server with so many services, and a list of them that counts items and pages. */
async function listOf(context: TestContext, count: number, options: FakeApiOptions = {}) {
  const api = await FakeApi.start({ watchCache: false, ...options });
  context.after(() => api.close());
  api.load(Array.from({ length: count }, (_, index) => service(`s${index}`)));
  const connection = endpoint(api.url);
  const client = await clientOf(context, connection);
  const seen = { items: 0, pages: [] as number[] };
  const request: ListRequest<WatchEvent> = {
    resource: SERVICE,
    plan: { kind: 'api', key: '', connection, limits: WIDE, labels: '', namespaceLabels: '' },
    accept: 'application/json',
    resourceVersion: '0',
    paged: true,
    ask: (path, accept) => client.request(requestOf({ path, accept })),
    open: (contentType) => openListReader(SERVICE, contentType, true),
    each: () => seen.items++,
    pageDone: () => seen.pages.push(seen.items),
  };
  const queries = (): Record<string, string>[] => api.requests.map(({ query }) => Object.fromEntries(query));
  return { api, request, seen, queries };
}

describe('listItems', () => {
  const rows: { name: string; count: number; paged?: boolean; pages: number[] }[] = [
    { name: 'nothing', count: 0, pages: [0] },
    { name: 'one page', count: 500, pages: [500] },
    { name: 'three pages', count: 1001, pages: [500, 1000, 1001] },
    { name: 'all at once', count: 1001, paged: false, pages: [1001] },
  ];
  for (const { name, count, paged = true, pages } of rows)
    it(name, async (context) => {
      const { request, seen } = await listOf(context, count);
      assert.equal(await listItems({ ...request, paged }), String(1000 + count));
      assert.deepEqual(seen.pages, pages);
    });

  it('only the first page names a version, the others go on where the one before ended', async (context) => {
    const { request, queries } = await listOf(context, 501);
    await listItems(request);
    const [first, second, ...more] = queries();
    assert.deepEqual([first, more], [{ limit: '500', resourceVersion: '0' }, []]);
    assert.deepEqual(Object.keys(second).sort(), ['continue', 'limit']);
  });

  it('the version is that of the first page, whatever changes meanwhile', async (context) => {
    const { api, request, seen } = await listOf(context, 501);
    const pageDone = (): unknown => seen.pages.length === 0 && api.put(service('later'));
    assert.equal(await listItems({ ...request, pageDone: () => void pageDone() }), '1501');
    assert.equal(seen.items, 501);
  });

  it('pages that have become too old', async (context) => {
    const { api, request } = await listOf(context, 501);
    const pageDone = (): void => {
      api.put(service('later'));
      api.compact();
    };
    await assert.rejects(listItems({ ...request, pageDone }), (error: unknown) => {
      assert.ok(error instanceof ApiRequestError);
      assert.equal(error.status, 410);
      return true;
    });
  });

  it('a body that is cut', async (context) => {
    const { api, request } = await listOf(context, 3);
    api.faults.cut(200);
    await assert.rejects(listItems(request));
  });

  it('a body of something else', async (context) => {
    const { api, request } = await listOf(context, 3);
    api.faults.garbage('<html>');
    await assert.rejects(listItems(request), StreamError);
  });
});
