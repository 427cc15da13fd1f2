import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterApi } from '../api/client.ts';
import { FakeApiServer } from '../testing/api-server.ts';
import { Churn } from './churn.ts';
import { Probe } from './probe.ts';

describe('churn', () => {
  let server: FakeApiServer;
  let api: ClusterApi;
  let churn: Churn;
  before(async () => {
    server = await FakeApiServer.open();
    api = new ClusterApi(server.access, 32);
    churn = await Churn.open(api);
  });
  after(() => {
    api.close();
    server.close();
  });

  const puts = (): string[] => server.requests.filter(({ method }) => method === 'PUT').map(({ url }) => url);

  it('begins with a slice for each of its services', () => {
    assert.deepEqual([server.ofKind('Service').length, server.ofKind('EndpointSlice').length], [200, 200]);
    assert.deepEqual([churn.names.length, new Set(churn.names).size], [200, 200]);
  });

  it('changes slices in turn, evenly, until it is told to end', async () => {
    const before = new Map(server.objects);
    const { changes, skipped } = await churn.run(400, sleep(250));
    assert.ok(changes > 0 && skipped >= 0);
    assert.equal(puts().length, changes);
    assert.equal(new Set(puts().slice(0, 200)).size, Math.min(200, changes));
    for (const url of new Set(puts())) assert.notDeepEqual(server.objects.get(url), before.get(url));
  });

  it('is settled when the last addresses are answered', async () => {
    const probe = await Probe.open(server.dnsPort);
    await churn.settled(probe);
    probe.close();
  });

  it('ends with the end of what it is beside, however that ends', async () => {
    await churn.run(100, Promise.reject(new Error('the generator failed')));
  });

  it('tells when a change is refused', async () => {
    server.refusal = { path: /endpointslices/, status: 429, body: '{"message":"slow down"}' };
    await assert.rejects(churn.run(100, sleep(5000, undefined, { ref: false })), /429 slow down/);
    server.refusal = undefined;
  });

  it('leaves nothing but the namespace', async () => {
    await churn.close();
    assert.deepEqual([...server.objects.keys()], ['/api/v1/namespaces/shoal-loadtest']);
  });
});
