// Several server blocks with forwards of their own: domains of the company, of a service registry on its port, of a mesh. Behaviour A4, D forward.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket, RecordType } from 'dns-packet';
import { answering, replyTo, type Script, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { LINKERD } from './article-corefiles.ts';
import { TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';
import { rcodeOf } from './load.ts';

const SERVFAIL = 2;
const NXDOMAIN = 3;
const CLUSTER = join(import.meta.dirname, '..', 'example', 'cluster');

const data = ({ answers = [] }: DecodedPacket): unknown[] =>
  answers.map((record) => ('data' in record ? record.data : record.type));

/** How often an upstream was asked for the name. */
const asked = (upstream: ScriptedUpstream, name: string): number =>
  upstream.seen.filter((request) => request.name === `${name}.`).length;

const denying: Script = (request) => [replyTo(request, { rcode: NXDOMAIN })];

describe('a server block for each domain', () => {
  let server: TestServer;
  let world: ScriptedUpstream;
  let consul: ScriptedUpstream;
  let corp: ScriptedUpstream;
  let deep: ScriptedUpstream;
  before(async () => {
    [world, consul, corp, deep] = await Promise.all(
      ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((address) => ScriptedUpstream.open(answering(address))),
    );
    server = await TestServer.start({
      corefile: `.:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    kubernetes cluster.local
    forward . ${world.text}
    cache 30
}
consul:{PORT} consul.local:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    cache 30
    forward . ${consul.text}
}
internal.corp:{PORT} {
    errors
    prometheus 127.0.0.1:{PORT2}
    forward . ${corp.text} {
        except secret.internal.corp
        force_tcp
    }
}
eu.internal.corp:{PORT} {
    errors
    forward eu.internal.corp ${deep.text} {
        read_timeout 300ms
    }
}
10.20.0.0/16:{PORT} {
    forward . ${corp.text}
}
`,
      manifests: CLUSTER,
    });
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    await Promise.all([world, consul, corp, deep].map((upstream) => upstream.close()));
  });

  const rows: { name: string; type?: RecordType; at: () => ScriptedUpstream; address: string }[] = [
    { name: 'web.service.consul', at: () => consul, address: '192.0.2.2' },
    { name: 'web.consul.local', at: () => consul, address: '192.0.2.2' },
    { name: 'wiki.internal.corp', at: () => corp, address: '192.0.2.3' },
    { name: 'internal.corp', at: () => corp, address: '192.0.2.3' },
    { name: 'wiki.eu.internal.corp', at: () => deep, address: '192.0.2.4' },
    { name: 'notinternal.corp', at: () => world, address: '192.0.2.1' },
    { name: 'example.com', at: () => world, address: '192.0.2.1' },
    { name: '7.0.20.10.in-addr.arpa', type: 'PTR', at: () => corp, address: '192.0.2.3' },
    { name: '7.0.21.10.in-addr.arpa', type: 'PTR', at: () => world, address: '192.0.2.1' },
  ];
  for (const { name, type = 'A', at, address } of rows)
    it(`${name} goes to its own name server and nowhere else`, async () => {
      await server.ask(name, type);
      if (type === 'A') assert.deepEqual(data(await server.ask(name, type)), [address]);
      for (const upstream of [world, consul, corp, deep]) assert.equal(asked(upstream, name) > 0, upstream === at());
    });

  it('letter case does not matter', async () => {
    assert.deepEqual(data(await server.ask('WIKI.Internal.CORP')), ['192.0.2.3']);
  });

  it('the transport is that of the block', async () => {
    await server.ask('transport.internal.corp');
    await server.ask('transport.eu.internal.corp');
    const protoOf = (upstream: ScriptedUpstream): string[] => [...new Set(upstream.seen.map(({ proto }) => proto))];
    assert.ok(corp.seen.filter(({ name }) => name.endsWith('internal.corp.')).every(({ proto }) => proto === 'tcp'));
    assert.deepEqual(protoOf(deep), ['udp']);
  });

  it('what a block leaves out goes to nobody: other blocks are not asked', async () => {
    const answer = await server.ask('x.secret.internal.corp');
    assert.equal(rcodeOf(answer), SERVFAIL);
    for (const upstream of [world, consul, corp, deep]) assert.equal(asked(upstream, 'x.secret.internal.corp'), 0);
  });

  it('a cache belongs to its block, and so do the counters', async () => {
    const hits = async (): Promise<number> => sum(await scrape(server.ports[1]), 'coredns_cache_hits_total');
    const before = await hits();
    for (let i = 0; i < 3; i++) await server.ask('cached.consul');
    for (let i = 0; i < 3; i++) await server.ask('uncached.internal.corp');
    assert.equal(asked(consul, 'cached.consul'), 1);
    assert.equal(asked(corp, 'uncached.internal.corp'), 3);
    const samples = await scrape(server.ports[1]);
    assert.equal((await hits()) - before, 2);
    assert.ok(sum(samples, 'coredns_dns_requests_total', { zone: 'internal.corp.' }) >= 3);
    assert.ok(sum(samples, 'coredns_proxy_request_duration_seconds_count', { to: consul.text }) >= 1);
  });

  it('one name server that is gone takes its own domain with it and no other', async () => {
    deep.script = () => [];
    const late = server.ask('gone.eu.internal.corp', 'A', { timeout: 8000, retries: 0 });
    assert.deepEqual(data(await server.ask('meanwhile.internal.corp')), ['192.0.2.3']);
    assert.deepEqual(data(await server.ask('my-api.production.svc.cluster.local')), ['10.96.40.17']);
    assert.equal(rcodeOf(await late), SERVFAIL);
  });
});

/** The mesh's name server as a Service of the cluster, at an address where the test can listen. */
const MESH_SERVICE = `apiVersion: v1
kind: Namespace
metadata: { name: linkerd }
---
apiVersion: v1
kind: Service
metadata: { name: linkerd-dns, namespace: linkerd }
spec:
  type: ClusterIP
  clusterIP: 127.0.0.1
  clusterIPs: [127.0.0.1]
  ipFamilies: [IPv4]
  ports: [{ name: dns, port: 8600, protocol: UDP }]
`;

describe('a service mesh whose name server is a service of this cluster', () => {
  let server: TestServer;
  let mesh: ScriptedUpstream;
  before(async () => {
    mesh = await ScriptedUpstream.open((request) =>
      request.name.startsWith('nothing.') ? denying(request) : answering('192.0.2.86')(request),
    );
    const corefile = LINKERD.replace(':53 {', ':{PORT} {')
      .replace('    health {', '    health 127.0.0.1:{PORT2} {')
      .replace('    ready\n', '    ready 127.0.0.1:{PORT3}\n')
      .replace('prometheus :9153', 'prometheus 127.0.0.1:{PORT4}')
      .replace('fallthrough in-addr.arpa ip6.arpa', 'fallthrough')
      .replace(':8600\n', `:${mesh.port}\n        resolver 127.0.0.1:{PORT}\n`);
    server = await TestServer.start({
      corefile,
      manifests: '{FOLDER}/mesh.yaml',
      files: { 'mesh.yaml': MESH_SERVICE },
    });
  });
  after(async () => {
    await server.stop('SIGQUIT');
    await mesh.close();
  });

  it('is found by its name at this server, and asked for what the cluster does not have', async () => {
    await until(
      async () => rcodeOf(await server.ask('web.mesh.cluster.local')) === 0,
      10_000,
      () => `the mesh to be asked: ${server.stdout}`,
    );
    assert.deepEqual(data(await server.ask('web.mesh.cluster.local')), ['192.0.2.86']);
  });

  it('names of the cluster come from the cluster', async () => {
    assert.deepEqual(data(await server.ask('linkerd-dns.linkerd.svc.cluster.local')), ['127.0.0.1']);
    assert.equal(asked(mesh, 'linkerd-dns.linkerd.svc.cluster.local'), 0);
  });

  it('what neither has does not exist', async () => {
    assert.equal(rcodeOf(await server.ask('nothing.mesh.cluster.local')), NXDOMAIN);
  });
});
