// All sockets of one address: which families, what operators see when a port is taken, what a reload changes; and the turn around wake-ups.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { ListenerPlan } from '../plugins/plan.ts';
import { encodeQuestion } from '../testing/case.ts';
import { ScriptHandler } from '../testing/script.ts';
import { until } from '../testing/upstream.ts';
import { Listener } from './listener.ts';
import { datagrams, freePort, NetRig } from './rig.ts';

const question = (id: number): Uint8Array => encodeQuestion({ name: 'a.test.', type: 'A', id });

describe('open', () => {
  it('the wildcard answers over UDP and TCP', async () => {
    const rig = await NetRig.open([new ScriptHandler({})], { address: '' });
    assert.equal((await datagrams(rig.port, [question(1)], 1)).length, 1);
    const client = await rig.connect();
    client.send(question(2));
    await until(() => client.ids[0] === 2, 'the answer');
    rig.close();
  });
  it('two listeners share a port (SO_REUSEPORT)', async () => {
    const rig = await NetRig.open([new ScriptHandler({})]);
    const other = await NetRig.open([new ScriptHandler({})], { closed: true });
    await other.listener.open(rig.plan);
    rig.close();
    other.close();
  });
  it('a TCP port of somebody else: the text says so, and nothing stays open', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address !== 'string');
    const rig = await NetRig.open([new ScriptHandler({})], { closed: true });
    const plan = { ...rig.plan, port: address.port };
    await assert.rejects(
      rig.listener.open(plan),
      new RegExp(`^Error: Listen: listen tcp 127\\.0\\.0\\.1:${address.port}: bind: address already in use$`),
    );
    rig.close();
    server.close();
  });
  it('a UDP port of somebody else: TCP is closed again', async () => {
    const port = await freePort('127.0.0.1');
    const taken = createSocket('udp4').bind(port, '127.0.0.1');
    await once(taken, 'listening');
    const rig = await NetRig.open([new ScriptHandler({})], { closed: true });
    await assert.rejects(
      rig.listener.open({ ...rig.plan, port }),
      /^Error: ListenPacket: listen udp 127\.0\.0\.1:\d+: bind: /,
    );
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    taken.close();
    rig.close();
  });
});

describe('key', () => {
  const plan = { transport: 'dns', address: '', port: 53, server: 'dns://:53' } as ListenerPlan;
  const rows: readonly [name: string, other: Partial<ListenerPlan>, same: boolean][] = [
    ['limits do not matter', { anyClass: true }, true],
    ['the port does', { port: 54 }, false],
    ['the address does', { address: '127.0.0.1' }, false],
    ['the transport does', { transport: 'tls' }, false],
  ];
  for (const [name, other, same] of rows)
    it(name, () => assert.equal(Listener.key({ ...plan, ...other }) === Listener.key(plan), same));
});

it('update brings new limits into force for those who come', async () => {
  const rig = await NetRig.open([new ScriptHandler({})]);
  rig.listener.update({ ...rig.plan, tcp: { ...rig.plan.tcp, maxConnections: 0 } });
  const client = await rig.connect();
  await until(() => client.closed, 'the end');
  rig.close();
});

describe('ThreadTurn', () => {
  it('announces the reader, and leaves at the end', async () => {
    const rig = await NetRig.open([new ScriptHandler({})]);
    const before = rig.readers.state(0);
    rig.turn.begin();
    const within = rig.readers.state(0);
    rig.turn.end();
    assert.notEqual(within, before);
    assert.notEqual(rig.readers.state(0), within);
    rig.close();
  });
  it('flushes each socket once, then gives queries back', async () => {
    const rig = await NetRig.open([new ScriptHandler({})]);
    const log: string[] = [];
    const socket = { flush: () => log.push(`flush, ${rig.pool.inFlight} in flight`) };
    const query = rig.pool.acquire();
    assert.ok(query !== undefined);
    rig.turn.begin();
    for (let i = 0; i < 3; i++) rig.turn.flushLater(socket as never);
    rig.turn.releaseLater(query);
    rig.turn.end();
    assert.deepEqual(log, ['flush, 2 in flight']);
    assert.equal(rig.pool.inFlight, 1);
    rig.turn.begin();
    rig.turn.end();
    assert.equal(log.length, 1);
    rig.close();
  });
});
