import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ClusterApi } from './api/client.ts';
import { loadPopulation } from './loading.ts';
import { type Population, sizeOf } from './population.ts';
import { FakeApiServer } from './testing/api-server.ts';

const SMALL: Population = { namespaces: 2, services: 3, headless: 1, pods: 4 };

describe('loading', () => {
  let server: FakeApiServer;
  let api: ClusterApi;
  before(async () => {
    server = await FakeApiServer.open();
    api = new ClusterApi(server.access, 8);
  });
  after(() => {
    api.close();
    server.close();
  });

  /** Requests that change something. */
  const writes = (): string[] => server.requests.filter(({ method }) => method !== 'GET').map(({ method }) => method);

  it('creates everything, and lets pods run', async () => {
    let done = 0;
    const loaded = await loadPopulation(api, SMALL, 4, () => done++);
    assert.deepEqual(loaded, { created: sizeOf(SMALL), existed: 0 });
    assert.deepEqual([done, server.objects.size], [sizeOf(SMALL), sizeOf(SMALL)]);
    const phases = server.ofKind('Pod').map(({ status }) => (status as { phase: string }).phase);
    assert.deepEqual(phases, Array(4).fill('Running'));
    assert.deepEqual(server.requests.findIndex(({ method }) => method === 'POST') > 0, true, 'lists come first');
  });

  it('done again, changes nothing', async () => {
    server.requests.length = 0;
    assert.deepEqual(await loadPopulation(api, SMALL, 4, () => {}), { created: 0, existed: sizeOf(SMALL) });
    assert.deepEqual(writes(), []);
  });

  it('with more, creates what is new', async () => {
    const more = { ...SMALL, pods: 6 };
    assert.deepEqual(await loadPopulation(api, more, 4, () => {}), { created: 2, existed: sizeOf(SMALL) });
  });

  it('ends what was broken off: pods without a status get one', async () => {
    const [path, pod] = [...server.objects].find(([, { kind }]) => kind === 'Pod') ?? assert.fail();
    const { status: _, ...unfinished } = pod;
    server.objects.set(path, unfinished as typeof pod);
    server.requests.length = 0;
    await loadPopulation(api, SMALL, 4, () => {});
    assert.deepEqual(writes(), ['PATCH']);
    assert.notEqual(server.objects.get(path)?.['status'], undefined);
  });

  it('tells of a refusal', async () => {
    server.refusal = { path: /pods/, status: 403, body: '{"message":"no pods"}' };
    await assert.rejects(
      loadPopulation(api, { ...SMALL, pods: 9 }, 4, () => {}),
      /GET \/api\/v1\/pods: 403 no pods/,
    );
    server.refusal = undefined;
  });
});
