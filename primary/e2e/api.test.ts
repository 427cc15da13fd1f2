// The API server comes late, goes, lies, forgets: answers go on, and everything is there afterwards.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Authority } from '#watcher/testing/certificates.ts';
import { plainService, plainSlice } from '#watcher/testing/objects.ts';
import { ClusterServer, TestCluster } from './api.ts';
import { TestServer, until } from './harness.ts';

const CONCURRENCY = { concurrency: 2 };

describe('a start', CONCURRENCY, () => {
  it('waits until everything is known', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server();
    assert.equal(await server.look('web.default.svc'), '10.96.0.20');
    assert.equal(await server.look('db-0.db.default.svc'), '10.244.0.1');
    assert.equal(await server.look('gone.default.svc'), 'NXDOMAIN');
    assert.equal(await server.ready(), '200 OK');
    assert.match(cluster.api.requests[0].headers['user-agent'] ?? '', /^shoal\//);
  });

  it('goes on without a kind that is refused, says what to grant, and is whole once it is granted', async (context) => {
    const cluster = await TestCluster.start(context);
    const lift = cluster.api.faults.deny('endpointslices');
    const server = await cluster.server({ properties: 'startup_timeout 1200ms' });
    const { stdout } = server.server;
    const waiting = stdout.match(/\[INFO\] plugin\/kubernetes: waiting for Kubernetes API before starting server/g);
    assert.equal(waiting?.length, 2);
    assert.match(
      stdout,
      /\[WARNING\] plugin\/kubernetes: starting server with unsynced Kubernetes API\n[\s\S]*CoreDNS-/,
    );
    const errors = stdout.match(
      /\[ERROR\] plugin\/kubernetes: Failed to watch: failed to list \*v1\.EndpointSlice: .*/g,
    );
    assert.equal(errors?.length, 1, stdout);
    assert.match(errors?.[0] ?? '', /endpointslices.* is forbidden: .*list/);
    assert.equal(await server.look('web.default.svc'), '10.96.0.20');
    assert.equal(await server.look('db.default.svc'), 'SERVFAIL');
    const answer = await server.server.ask('nobody.default.svc.cluster.local');
    assert.ok(answer.flag_aa && answer.authorities?.[0].type === 'SOA');
    assert.equal(await server.ready(), '503 kubernetes');
    cluster.api.put(plainService('late', { ip: '10.96.0.21' }));
    await server.shows('late.default.svc', '10.96.0.21');
    lift();
    await server.shows('db.default.svc', '10.244.0.1');
    await server.shows('nobody.default.svc', 'NXDOMAIN');
    assert.equal(await server.ready(), '200 OK');
  });

  it('without an API server serves, and is whole when there is one', async (context) => {
    const cluster = await TestCluster.start(context);
    await cluster.api.stop();
    const server = await cluster.server({ properties: 'startup_timeout 300ms' });
    assert.equal(await server.look('web.default.svc'), 'SERVFAIL');
    assert.equal(await server.ready(), '503 kubernetes');
    assert.doesNotMatch(server.server.stdout, /\[ERROR\]/, 'a refused connection is not worth a line');
    await cluster.api.restart();
    await server.shows('web.default.svc', '10.96.0.20');
    await until(
      async () => (await server.ready()) === '200 OK',
      5000,
      () => 'readiness',
    );
  });

  it('is not held up by a kind that is not installed', async (context) => {
    const cluster = await TestCluster.start(context);
    cluster.api.faults.missing('serviceimports');
    const server = await cluster.server({ properties: 'multicluster cluster.local\n        startup_timeout 20s' });
    assert.equal(await server.ready(), '200 OK');
  });

  it('watches a binary encoding or text alike', async (context) => {
    const cluster = await TestCluster.start(context);
    cluster.api.faults.noStreamingList = true;
    const server = await cluster.server();
    cluster.api.put(plainService('late', { ip: '10.96.0.21' }));
    await server.shows('late.default.svc', '10.96.0.21');
  });
});

describe('an API server that', CONCURRENCY, () => {
  it('is away: names stay; what changed meanwhile shows when it is back', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server();
    await cluster.api.stop();
    assert.equal(await server.look('web.default.svc'), '10.96.0.20');
    cluster.api.put(plainService('fresh', { ip: '10.96.0.30' }));
    cluster.api.delete('Service', 'default', 'web');
    assert.equal(await server.look('web.default.svc'), '10.96.0.20');
    assert.equal(await server.ready(), '200 OK');
    await cluster.api.restart();
    await server.shows('fresh.default.svc', '10.96.0.30');
    await server.shows('web.default.svc', 'NXDOMAIN');
    assert.equal(await server.look('db-0.db.default.svc'), '10.244.0.1');
  });

  it('has forgotten its history: everything is listed again, nothing is lost', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server();
    await cluster.api.stop();
    cluster.api.delete('Service', 'default', 'web');
    cluster.api.put(plainService('fresh', { ip: '10.96.0.30' }));
    cluster.api.compact();
    await cluster.api.restart();
    await server.shows('fresh.default.svc', '10.96.0.30');
    await server.shows('web.default.svc', 'NXDOMAIN');
    await server.counts('shoal_kubernetes_lists_total{kind="Service",reason="expired"}', (value) => value >= 1);
  });

  it('goes silent is asked again', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server({ env: { SHOAL_KUBERNETES_WATCH_SILENCE: '1s' } });
    const lift = cluster.api.faults.stall();
    cluster.api.put(plainService('fresh', { ip: '10.96.0.30' }));
    await server.counts('shoal_kubernetes_watch_stalls_total{kind="Service"}', (value) => value >= 1);
    lift();
    await server.shows('fresh.default.svc', '10.96.0.30');
  });

  it('does not tell of a change is found out by an audit', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server({ env: { SHOAL_KUBERNETES_AUDIT_INTERVAL: '1s' } });
    cluster.api.gap(() => cluster.api.put(plainService('fresh', { ip: '10.96.0.30' })));
    await server.shows('fresh.default.svc', '10.96.0.30');
    await server.counts('shoal_kubernetes_audit_findings_total{kind="Service"}', (value) => value >= 1);
    assert.equal(await server.metric('shoal_kubernetes_audit_findings_total{kind="EndpointSlice"}'), 0);
    assert.match(server.server.stdout, /\[WARNING\] plugin\/kubernetes: Audit of \*v1\.Service: /);
  });

  it('takes another token from now on', async (context) => {
    const authority = new Authority();
    const tls = authority.issue({ name: 'api', addresses: ['127.0.0.1'] });
    const cluster = await TestCluster.start(context, { tokens: ['first'], tls });
    const folder = temporary(context);
    writeFileSync(join(folder, 'token'), 'first');
    const kubeconfig = {
      clusters: [
        { name: 'c', cluster: { server: cluster.api.url, 'certificate-authority-data': inBase64(authority.cert) } },
      ],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    const server = await cluster.server({ properties: `kubeconfig ${join(folder, 'kubeconfig')}` });
    assert.equal(await server.look('web.default.svc'), '10.96.0.20');
    writeFileSync(join(folder, 'token'), 'second');
    cluster.api.tokens.clear();
    cluster.api.tokens.add('second');
    cluster.api.closeConnections();
    cluster.api.put(plainService('fresh', { ip: '10.96.0.30' }));
    await server.shows('fresh.default.svc', '10.96.0.30');
  });

  it('tells of changes of endpoints: how long they took is measured', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await cluster.server();
    const slice = plainSlice('db', [{ ip: '10.244.0.9', hostname: 'db-0' }], { ports: ['pg 5432'] });
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': new Date().toISOString() };
    cluster.api.put({ ...slice, metadata: { ...(slice['metadata'] as object), annotations } });
    await server.shows('db-0.db.default.svc', '10.244.0.9');
    const series = 'coredns_kubernetes_dns_programming_duration_seconds_count{service_kind="headless_with_selector"}';
    await server.counts(series, (value) => value === 1);
  });
});

describe('a reload', CONCURRENCY, () => {
  it('that names no API server fails, and the next one that does succeeds', async (context) => {
    const cluster = await TestCluster.start(context);
    const server = await TestServer.start({ corefile: '.:{PORT} {\n    whoami\n}\n' });
    context.after(() => server.stop());
    const kubernetes = (property: string): string =>
      `.:{PORT} {\n    kubernetes cluster.local {\n        ${property}\n    }\n}\n`;
    server.rewriteCorefile(kubernetes('kubeconfig {FOLDER}/missing'));
    server.signal('SIGUSR1');
    await server.printed(/Restart failed: .*missing/);
    server.rewriteCorefile(kubernetes(`endpoint ${cluster.api.url}`));
    server.signal('SIGUSR1');
    await server.printed(/Reloading complete/);
    assert.equal(await new ClusterServer(server).look('web.default.svc'), '10.96.0.20');
  });
});

describe('a state that was kept', CONCURRENCY, () => {
  it('is served at once with short TTLs while the API server is away, and replaced when it is back', async (context) => {
    const cluster = await TestCluster.start(context);
    const folder = temporary(context);
    const env = { SHOAL_KUBERNETES_STATE_FOLDER: folder };
    const first = await cluster.server({ properties: 'ttl 30', env });
    assert.equal(await first.ttl('web.default.svc'), 30);
    await first.stop();
    assert.match(readdirSync(folder).join(), /^cluster-.*\.state$/);

    await cluster.api.stop();
    cluster.api.delete('Service', 'default', 'db');
    const second = await cluster.server({ properties: 'ttl 30\n        startup_timeout 20s', env });
    assert.match(second.server.stdout, /Serving the state that was kept \d+ seconds? ago/);
    assert.equal(await second.look('web.default.svc'), '10.96.0.20');
    assert.equal(await second.ttl('web.default.svc'), 5);
    assert.equal(await second.look('gone.default.svc'), 'NXDOMAIN');
    const [soa] = (await second.server.ask('gone.default.svc.cluster.local')).authorities ?? [];
    assert.ok(soa.type === 'SOA' && soa.ttl === 5 && soa.data.minimum === 5);
    assert.equal(await second.ready(), '200 OK');
    const age = (await second.metric('shoal_kubernetes_served_state_timestamp_seconds')) ?? 0;
    assert.ok(Math.abs(Date.now() / 1000 - age) < 600);

    await cluster.api.restart();
    await second.shows('db.default.svc', 'NXDOMAIN');
    await until(
      async () => (await second.ttl('web.default.svc')) === 30,
      10_000,
      () => 'the TTL of the Corefile',
    );
    await second.counts('shoal_kubernetes_served_state_timestamp_seconds', (value) => value === 0);
    const lists = cluster.api.requests.filter(({ verb, resource }) => verb === 'list' && resource === 'services');
    assert.equal(lists.length <= 1, true, 'the second start watches from where the first one was');
  });

  it('of another cluster, or damaged, is left alone', async (context) => {
    const cluster = await TestCluster.start(context);
    const folder = temporary(context);
    const env = { SHOAL_KUBERNETES_STATE_FOLDER: folder };
    const first = await cluster.server({ env });
    await first.stop();
    writeFileSync(join(folder, readdirSync(folder)[0]), 'nonsense');
    const second = await cluster.server({ env });
    assert.match(second.server.stdout, /\[WARNING\] plugin\/kubernetes: Not serving a kept state: .*not a state file/);
    assert.equal(await second.look('web.default.svc'), '10.96.0.20');
  });
});

function inBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function temporary(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-state-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
