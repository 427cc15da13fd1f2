// The same behaviours beside a real API server, and the recorded answers again with its objects. Opt-in: KUBECONFIG_TEST names a kubeconfig
// file whose user may do everything. KUBE_APISERVER_STOP and KUBE_APISERVER_START, commands for a shell, let it be stopped, too.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Plain, plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import type { ClusterServer } from './api.ts';
import { DEVIATIONS } from './conformance/deviations.ts';
import { DATA, runRecording, showDifference } from './conformance/run.ts';
import { openUpstream, type Upstream } from './conformance/upstream.ts';
import { TestServer, until } from './harness.ts';
import { Entrance, NAMESPACE, RealApi, runCommandOf, startServer } from './real-api.ts';

const FILE = process.env['KUBECONFIG_TEST'] ?? '';
const skip = FILE === '' ? 'KUBECONFIG_TEST names no kubeconfig' : false;
const KUBECONFIG = resolve(FILE);
const STOPS = process.env['KUBE_APISERVER_STOP'] !== undefined && process.env['KUBE_APISERVER_START'] !== undefined;
const RESOURCES = ['namespaces', 'services', 'endpointslices'];
/** Longest time (ms) for what a restarted API server must be able to do again. */
const RESTARTED = 60_000;
/** Tells the objects of tests that run at the same time apart. */
const RUN = process.pid;
const WEB = `web-${RUN}`;
const DB = `db-${RUN}`;
const ACCOUNT = `shoal-e2e-${RUN}`;

const nameOf = (service: string): string => `${service}.${NAMESPACE}.svc`;
const slice = (service: string, ip: string): Plain =>
  plainSlice(service, [{ ip, hostname: 'db-0' }], { namespace: NAMESPACE, ports: ['pg 5432'] });
const web = (name = WEB): Plain => asked(plainService(name, { namespace: NAMESPACE, ports: ['http 80'] }), {});
const headless = (name: string): Plain =>
  asked(plainService(name, { namespace: NAMESPACE, ports: ['pg 5432'] }), { clusterIP: 'None' });

/** As clients write a service: the API server fills in the addresses. */
function asked(service: Plain, more: object): Plain {
  const { clusterIPs: _, ...spec } = service['spec'] as Record<string, unknown>;
  return { ...service, spec: { ...spec, ...more } };
}

function addressOf(service: Plain): string {
  return String((service['spec'] as Record<string, unknown>)['clusterIP']);
}

describe('beside a real API server', { skip }, () => {
  let api: RealApi;
  let token: string;
  let address: string;

  before(async () => {
    api = await RealApi.open(KUBECONFIG);
    await api.ensure(plainNamespace(NAMESPACE));
    token = await api.account(ACCOUNT, RESOURCES);
    address = addressOf(await api.put(web()));
    await api.put(headless(DB));
    await api.put(slice(DB, '10.244.0.1'));
  });
  after(() => api.close());

  it('a start waits until everything is known', async (context) => {
    const server = await startServer(context, KUBECONFIG);
    assert.equal(await server.look(nameOf(WEB)), address);
    assert.equal(await server.look(`db-0.${nameOf(DB)}`), '10.244.0.1');
    assert.equal(await server.look(nameOf('gone')), 'NXDOMAIN');
    assert.equal(await server.ready(), '200 OK');
  });

  it('what is created, changed and deleted shows', async (context) => {
    const server = await startServer(context, KUBECONFIG);
    const late = web(`late-${RUN}`);
    await server.shows(nameOf(`late-${RUN}`), 'NXDOMAIN');
    const created = await api.put(late);
    await server.shows(nameOf(`late-${RUN}`), addressOf(created));
    await api.delete(late);
    await server.shows(nameOf(`late-${RUN}`), 'NXDOMAIN');
    await api.put(slice(DB, '10.244.0.2'));
    await server.shows(nameOf(DB), '10.244.0.2');
    await api.delete(slice(DB, ''));
    await server.shows(`db-0.${nameOf(DB)}`, 'NXDOMAIN');
    await api.put(slice(DB, '10.244.0.1'));
    await server.shows(nameOf(DB), '10.244.0.1');
  });

  it('many changes at once all show, and an audit finds nothing', async (context) => {
    const server = await startServer(context, KUBECONFIG, { env: { SHOAL_KUBERNETES_AUDIT_INTERVAL: '1s' } });
    const names = Array.from({ length: 40 }, (_, i) => `many-${RUN}-${i}`);
    await Promise.all(names.map((name) => api.put(headless(name))));
    for (const version of [1, 2, 3])
      await Promise.all(names.map((name, i) => api.put(slice(name, `10.245.${version}.${i}`))));
    for (const [i, name] of names.entries()) await server.shows(nameOf(name), `10.245.3.${i}`);
    await Promise.all(names.map((name) => api.delete(slice(name, ''))));
    await Promise.all(names.map((name) => api.delete(headless(name))));
    for (const name of names) await server.shows(nameOf(name), 'NXDOMAIN');
    for (const kind of ['Service', 'EndpointSlice', 'Namespace']) {
      await server.counts(`shoal_kubernetes_audits_total{kind="${kind}"}`, (value) => value >= 2);
      assert.equal(await server.metric(`shoal_kubernetes_audit_findings_total{kind="${kind}"}`), 0);
    }
  });

  it('a kind that is refused is told, and is there once it is granted', async (context) => {
    const name = `${ACCOUNT}-half`;
    const half = await api.account(name, ['namespaces', 'services']);
    await api.answers(half, 'endpointslices', [403]);
    const { kubeconfig } = await Entrance.open(context, api, half);
    const server = await startServer(context, kubeconfig, { properties: 'startup_timeout 2s' });
    const { stdout } = server.server;
    assert.match(stdout, /\[WARNING\] plugin\/kubernetes: starting server with unsynced Kubernetes API/);
    assert.match(
      stdout,
      /Failed to watch: failed to list \*v1\.EndpointSlice: .*endpointslices.* is forbidden: .*list/,
    );
    assert.equal(await server.look(nameOf(WEB)), address);
    assert.equal(await server.look(nameOf(DB)), 'SERVFAIL');
    assert.equal(await server.ready(), '503 kubernetes');
    await api.grant(name, RESOURCES);
    await api.answers(half, 'endpointslices', [200]);
    await untilReady(server);
    assert.equal(await server.look(nameOf(DB)), '10.244.0.1');
  });

  it('which is out of reach, names stay; what changed meanwhile shows afterwards', async (context) => {
    const { gate, kubeconfig } = await Entrance.open(context, api, token);
    const server = await startServer(context, kubeconfig);
    const fresh = web(`fresh-${RUN}`);
    const old = web(`old-${RUN}`);
    const was = addressOf(await api.put(old));
    await server.shows(nameOf(`old-${RUN}`), was);
    await gate.shut();
    const now = addressOf(await api.put(fresh));
    await api.delete(old);
    assert.equal(await server.look(nameOf(`old-${RUN}`)), was);
    assert.equal(await server.ready(), '200 OK');
    await gate.lift();
    await server.shows(nameOf(`fresh-${RUN}`), now);
    await server.shows(nameOf(`old-${RUN}`), 'NXDOMAIN');
    assert.equal(await server.look(nameOf(DB)), '10.244.0.1');
    await api.delete(fresh);
  });

  it('which goes silent, is asked again', async (context) => {
    const { gate, kubeconfig } = await Entrance.open(context, api, token);
    const server = await startServer(context, kubeconfig, { env: { SHOAL_KUBERNETES_WATCH_SILENCE: '2s' } });
    gate.hold(true);
    const now = addressOf(await api.put(web(`silent-${RUN}`)));
    await server.counts('shoal_kubernetes_watch_stalls_total{kind="Service"}', (value) => value >= 1);
    assert.equal(await server.look(nameOf(WEB)), address);
    gate.hold(false);
    await server.shows(nameOf(`silent-${RUN}`), now);
  });

  it('which knows a token no more, is shown the next one', async (context) => {
    const name = `${ACCOUNT}-old`;
    const first = await api.account(name, RESOURCES);
    const entrance = await Entrance.open(context, api, first);
    const server = await startServer(context, entrance.kubeconfig);
    await api.delete({ kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } });
    await api.answers(first, 'services', [401]);
    entrance.writeToken(token);
    entrance.gate.cut();
    const now = addressOf(await api.put(web(`renewed-${RUN}`)));
    await server.shows(nameOf(`renewed-${RUN}`), now);
  });

  it('which is out of reach at a start, the state that was kept is served', async (context) => {
    const { gate, kubeconfig } = await Entrance.open(context, api, token);
    const folder = mkdtempSync(join(tmpdir(), 'shoal-state-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const options = { properties: 'ttl 30', env: { SHOAL_KUBERNETES_STATE_FOLDER: folder } };
    const first = await startServer(context, kubeconfig, options);
    assert.equal(await first.ttl(nameOf(WEB)), 30);
    await first.stop();
    await gate.shut();
    const second = await startServer(context, kubeconfig, options);
    assert.match(second.server.stdout, /Serving the state that was kept \d+ seconds? ago/);
    assert.deepEqual([await second.look(nameOf(WEB)), await second.ttl(nameOf(WEB))], [address, 5]);
    assert.equal(await second.ready(), '200 OK');
    const now = addressOf(await api.put(web(`kept-${RUN}`)));
    await gate.lift();
    await second.shows(nameOf(`kept-${RUN}`), now);
    await second.counts('shoal_kubernetes_served_state_timestamp_seconds', (value) => value === 0);
  });

  it('which is stopped and started, nothing is lost', { skip: !STOPS && 'no command to stop it' }, async (context) => {
    const server = await startServer(context, KUBECONFIG);
    await runCommandOf('KUBE_APISERVER_STOP');
    assert.equal(await server.look(nameOf(WEB)), address);
    assert.equal(await server.ready(), '200 OK');
    await runCommandOf('KUBE_APISERVER_START');
    await api.answers(token, 'services', [200]);
    const now = addressOf(await api.put(web(`restarted-${RUN}`)));
    await until(
      async () => (await server.look(nameOf(`restarted-${RUN}`))) === now,
      RESTARTED,
      () => `a change after the restart\n${server.server.stdout}`,
    );
    assert.equal(await server.look(nameOf(DB)), '10.244.0.1');
  });
});

describe('the recorded answers, with the objects in a real API server', { skip }, () => {
  let upstream: Upstream;
  before(async () => {
    upstream = await openUpstream();
    const api = await RealApi.open(KUBECONFIG);
    const { items } = JSON.parse(readFileSync(join(DATA, 'cluster.json'), 'utf8')) as { items: Plain[] };
    for (const item of items) await api.ensure(item);
    await api.close();
  });
  after(() => upstream.close());

  for (const recording of ['basic', 'narrow', 'verified'])
    it(recording, async (context) => {
      const text = readFileSync(join(DATA, `${recording}.Corefile`), 'utf8')
        .replaceAll('{$PORT}', '{PORT}')
        .replaceAll(/^( *kubernetes [^\n]*\{)$/gm, `$1\n        kubeconfig ${KUBECONFIG}`);
      const server = await TestServer.start({ corefile: text, env: { UPSTREAM: String(upstream.port) } });
      context.after(() => server.stop());
      const { same, deviations, differences } = await runRecording(recording, server.port);
      const shown = differences.slice(0, 10).map(showDifference).join('\n');
      assert.equal(differences.length, 0, `${differences.length} differ, ${same} are the same:\n${shown}`);
      assert.ok(
        same > 2000 && deviations <= 100,
        `${same} cases, ${deviations} of ${DEVIATIONS.length} kinds of deviations`,
      );
    });
});

async function untilReady(server: ClusterServer): Promise<void> {
  await until(
    async () => (await server.ready()) === '200 OK',
    RESTARTED,
    () => `readiness\n${server.server.stdout}`,
  );
}
