import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterApi } from './api/client.ts';
import { KINDS } from './changes/steps.ts';
import { latencyLimits, latencyTable, measureChanges, noLatencies } from './propagation-run.ts';
import { FakeApiServer } from './testing/api-server.ts';

describe('changes', () => {
  it('of every kind are made, measured, and taken back', async () => {
    const server = await FakeApiServer.open();
    const api = new ClusterApi(server.access, 2);
    const found = noLatencies();
    let done = 0;
    try {
      await measureChanges(api, server.dnsPort, 5, found, () => done++);
      assert.equal(done, 5 * KINDS.length);
      for (const kind of KINDS) assert.equal(found.get(kind)?.total, 5, kind);
      assert.deepEqual([...server.objects.keys()], ['/api/v1/namespaces/shoal-loadtest']);
    } finally {
      api.close();
      server.close();
    }
  });

  it('that are refused are told', async () => {
    const server = await FakeApiServer.open();
    server.refusal = { path: /services\/service-/, status: 422, body: '{"message":"no port"}' };
    const api = new ClusterApi(server.access, 2);
    try {
      await assert.rejects(
        measureChanges(api, server.dnsPort, 1, noLatencies(), () => {}),
        /422 no port/,
      );
    } finally {
      api.close();
      server.close();
    }
  });
});

describe('latencies', () => {
  const found = noLatencies();
  for (const kind of KINDS) for (const ms of [1, 2, 3, 4]) found.get(kind)?.record(ms * 1000);

  it('are shown by kind and server', () => {
    const lines = latencyTable(
      new Map([
        ['shoal', found],
        ['coredns', noLatencies()],
      ]),
    ).split('\n');
    assert.deepEqual(lines.slice(0, 3), [
      'change            server  p50 ms  p90 ms  p99 ms  max ms',
      'service created    shoal    2.01    4.00    4.00    4.00',
      '                 coredns    0.00    0.00    0.00    0.00',
    ]);
    assert.equal(lines.length, 1 + 2 * KINDS.length + 1);
  });

  it('have limits for every kind', () => {
    const limits = latencyLimits(found, { p50: 2, p99: 10 });
    assert.equal(limits.length, 2 * KINDS.length);
    assert.deepEqual(limits[1], { what: 'service created: p99 ms', value: 4, most: 10 });
  });
});
