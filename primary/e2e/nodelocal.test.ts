// The NodeLocal example as it is, on a node of its own: the cluster's DNS and the node's resolver are on the other side of a wire.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { TestServer, until } from './harness.ts';
import { rcodeOf } from './load.ts';
import { Namespace, namespacesMissing } from './namespaces.ts';

const EXAMPLE = join(import.meta.dirname, '..', 'example');
const COREFILE = readFileSync(join(EXAMPLE, 'nodelocal', 'Corefile'), 'utf8');
const LOCAL = '169.254.20.10';
const SERVICE = '10.96.0.10';
const UPSTREAM = '10.96.0.11';
const NODE = '192.168.77.1';
const CLUSTER = '192.168.77.2';
const RESOLVER = '192.168.77.3';
const SERVFAIL = 2;
const NXDOMAIN = 3;
/** INFO-CODE of an answer that has expired (RFC 8914 §4.4). */
const STALE = 3;

const data = (answer: DecodedPacket | null): unknown[] =>
  (answer?.answers ?? []).map((record) => ('data' in record ? record.data : record.type));

/** INFO-CODE of the answer's OPT (RFC 8914), which has been through JSON. */
function infoCode(answer: DecodedPacket | null): number | undefined {
  const opt = answer?.additionals?.find(({ type }) => type === 'OPT');
  const option = opt?.type === 'OPT' ? opt.options.find(({ code }) => Number(code) === 15) : undefined;
  return option !== undefined && 'data' in option ? Buffer.from(option.data ?? '').readUInt16BE(0) : undefined;
}

/** Lines of a server's log for a name: `NAME PROTO`. */
async function arrived(server: TestServer, name: string, ...protocols: readonly string[]): Promise<void> {
  // A line of the log may come after the answer.
  await until(
    () => asked(server, name).length >= protocols.length,
    5000,
    () => `${name} in ${server.stdout}`,
  );
  assert.deepEqual(asked(server, name), protocols);
}

function asked(server: TestServer, name: string): string[] {
  const lines = server.stdout.split('\n').map((line) => line.replace('[INFO] ', ''));
  return lines.filter((line) => line.startsWith(`${name}. `)).map((line) => line.split(' ')[1]);
}

const missing = namespacesMissing();

describe('a node with a cache of its own', { skip: missing }, () => {
  let node: Namespace;
  let beyond: Namespace;
  let cluster: TestServer;
  let resolver: TestServer;
  let cache: TestServer;

  before(async () => {
    node = new Namespace('node');
    beyond = new Namespace('beyond');
    node.ip(`link add wire type veth peer name wire netns ${beyond.name}`);
    for (const [end, addresses] of [
      [node, [NODE]],
      [beyond, [CLUSTER, RESOLVER]],
    ] as const) {
      for (const address of addresses) end.ip(`addr add ${address}/24 dev wire`);
      end.ip('link set wire up');
    }
    // As on a real node: a dummy interface holds the addresses, the service's network is behind the wire.
    node.addDummy('nodelocaldns');
    node.ip('link set nodelocaldns up');
    for (const address of [LOCAL, SERVICE]) node.ip(`addr add ${address}/32 dev nodelocaldns`);
    node.ip(`route add ${UPSTREAM}/32 via ${CLUSTER}`);
    beyond.ip(`addr add ${UPSTREAM}/32 dev lo`);
    node.writeResolvConf(`nameserver ${RESOLVER}\n`);
    await start();
  });

  async function start(): Promise<void> {
    const log = 'log . "{name} {proto}"';
    [cluster, resolver] = await Promise.all([
      TestServer.start({
        corefile: `.:53 {\n  bind ${UPSTREAM}\n  ${log}\n  kubernetes cluster.local in-addr.arpa ip6.arpa\n}\n`,
        manifests: join(EXAMPLE, 'cluster'),
        within: beyond.within,
      }),
      TestServer.start({
        corefile: `.:53 {\n  bind ${RESOLVER}\n  ${log}\n  hosts {\n    192.0.2.1 example.com\n    192.0.2.2 example.org\n  }\n}\n`,
        within: beyond.within,
      }),
    ]);
    cache = await TestServer.start({ corefile: COREFILE, within: node.within });
  }

  after(async () => {
    for (const server of [cache, cluster, resolver]) await server?.stop();
    for (const namespace of [node, beyond]) namespace?.remove();
  });

  for (const address of [LOCAL, SERVICE])
    it(`${address}: names of the cluster come from the service, by TCP`, async () => {
      const name = address === LOCAL ? 'my-api.production.svc.cluster.local' : 'web.default.svc.cluster.local';
      const want = address === LOCAL ? '10.96.40.17' : '10.96.20.30';
      assert.deepEqual(data(await node.ask(address, name)), [want]);
      await arrived(cluster, name, 'tcp');
      assert.deepEqual(asked(resolver, name), []);
    });

  it('addresses of the cluster, too', async () => {
    const name = '17.40.96.10.in-addr.arpa';
    assert.deepEqual(data(await node.ask(LOCAL, name, 'PTR')), ['my-api.production.svc.cluster.local']);
    await arrived(cluster, name, 'tcp');
  });

  it('other names come from the node’s resolver, by UDP', async () => {
    assert.deepEqual(data(await node.ask(SERVICE, 'example.com')), ['192.0.2.1']);
    await arrived(resolver, 'example.com', 'udp');
    assert.deepEqual(asked(cluster, 'example.com'), []);
  });

  it('what has been asked for is asked for once, at whichever address', async () => {
    const name = 'example.com.production.svc.cluster.local';
    for (const address of [LOCAL, SERVICE, LOCAL])
      assert.equal(rcodeOf(answered(await node.ask(address, name))), NXDOMAIN);
    await arrived(cluster, name, 'tcp');
  });

  it('nobody listens on the node’s other addresses', async () => {
    assert.equal(await node.ask(NODE, 'example.com', 'A', true), null);
  });

  describe('when the service does not answer any more', () => {
    const KNOWN = 'kubernetes.default.svc.cluster.local';
    before(async () => {
      assert.equal(infoCode(await node.ask(LOCAL, KNOWN)), undefined);
      beyond.ip(`addr del ${UPSTREAM}/32 dev lo`);
    });

    it('what is in the cache is as good as before, and then given although it has expired', async () => {
      assert.equal(infoCode(await node.ask(LOCAL, KNOWN)), undefined);
      const stale = await until(
        async () => {
          const answer = await node.ask(LOCAL, KNOWN);
          assert.deepEqual(data(answer), ['10.96.0.1']);
          return infoCode(answer) === STALE;
        },
        12_000,
        () => 'an answer that has expired',
      );
      assert.ok(stale);
    });

    it('the rest of the world does not notice', async () => {
      assert.deepEqual(data(await node.ask(LOCAL, 'example.org')), ['192.0.2.2']);
    });

    it('a name that was never asked for fails', async () => {
      const answer = await node.ask(LOCAL, 'postgres.db.svc.cluster.local');
      assert.equal(rcodeOf(answered(answer)), SERVFAIL);
    });

    it('and when it is back, it is asked again', async () => {
      beyond.ip(`addr add ${UPSTREAM}/32 dev lo`);
      await until(
        async () => data(await node.ask(LOCAL, 'postgres-0.postgres.db.svc.cluster.local')).length > 0,
        15_000,
        () => 'the service to be asked again',
      );
      await until(
        async () => infoCode(await node.ask(LOCAL, KNOWN)) === undefined,
        15_000,
        () => 'an answer that has not expired',
      );
    });
  });
});

function answered(answer: DecodedPacket | null): DecodedPacket {
  assert.ok(answer !== null, 'no answer');
  return answer;
}
