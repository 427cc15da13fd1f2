// One client and a server of a few lines, so that every kind of datagram can be had.

import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { collector } from '#native/collect.ts';
import type { Client } from './client.ts';
import type { Tally } from './tally.ts';
import { Responder } from './testing/responder.ts';
import { openRig, type Rig, until } from './testing/rig.ts';

interface Peer {
  readonly client: Client;
  readonly tally: Tally;
  /** Queries that came, in their order. */
  readonly queries: readonly Buffer[];
  /** Sends datagrams to the client, from the server that it asks. */
  reply(...datagrams: readonly Buffer[]): void;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A client that has sent `count` queries, and the server that got them. */
async function asked(count: number, refills = false): Promise<Peer> {
  const server = createSocket('udp4');
  const queries: Buffer[] = [];
  let from: RemoteInfo | undefined;
  server.on('message', (query, sender) => {
    queries.push(query);
    from = sender;
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const rig: Rig = await openRig(server.address().port, 1, refills);
  closing.push(
    () => server.close(),
    () => rig.close(),
  );
  const [client] = rig.clients;
  for (let i = 0; i < count; i++) client.send(performance.now());
  client.flush();
  await until(() => queries.length === count, `${count} queries`);
  const reply = (...datagrams: readonly Buffer[]): void => {
    for (const datagram of datagrams) server.send(datagram, from?.port ?? 0, from?.address);
  };
  return { client, tally: rig.tally, queries, reply };
}

function answerTo(query: Buffer, flags = 0x8000): Buffer {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(flags, 2);
  return answer;
}

it('asks with ids of its own for each query', async () => {
  const { queries, client } = await asked(100);
  assert.deepEqual(
    queries.map((query) => query.readUInt16BE(0)),
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.equal(client.waiting, 100);
});

describe('a datagram', () => {
  const rows: { name: string; made: (query: Buffer) => Buffer; answered: number }[] = [
    { name: 'that answers', made: (query) => answerTo(query), answered: 1 },
    { name: 'that answers with nothing but a header', made: (query) => answerTo(query).subarray(0, 12), answered: 1 },
    { name: 'that is shorter than a header', made: (query) => answerTo(query).subarray(0, 11), answered: 0 },
    { name: 'that is empty', made: () => Buffer.alloc(0), answered: 0 },
    { name: 'that is a query', made: (query) => query, answered: 0 },
    {
      name: 'with an id that nobody waits for',
      made: (query) => Buffer.concat([Buffer.of(0x12, 0x34), answerTo(query).subarray(2)]),
      answered: 0,
    },
  ];
  for (const { name, made, answered } of rows)
    it(name, async () => {
      const { client, tally, queries, reply } = await asked(1);
      reply(made(queries[0]));
      await until(() => tally.arrived + tally.unexpected === 1, 'the datagram');
      assert.deepEqual([tally.answered, tally.unexpected, client.waiting], [answered, 1 - answered, 1 - answered]);
    });
});

it('reads rcode and truncation', async () => {
  const { tally, queries, reply } = await asked(3);
  reply(answerTo(queries[0], 0x8183), answerTo(queries[1], 0x8380), answerTo(queries[2], 0x8185));
  await until(() => tally.answered === 3, 'three answers');
  assert.deepEqual([...tally.rcodes.slice(0, 6)], [1, 0, 0, 1, 0, 1]);
  assert.equal(tally.truncated, 1);
});

it('answers may come in any order', async () => {
  const { client, tally, queries, reply } = await asked(20);
  reply(...queries.toReversed().map((query) => answerTo(query)));
  await until(() => tally.answered === 20, 'twenty answers');
  assert.equal(client.waiting, 0);
});

describe('in a closed loop', () => {
  it('each answer brings one query, a stray none', async () => {
    const { client, tally, queries, reply } = await asked(5, true);
    reply(answerTo(queries[0]), answerTo(queries[0]), answerTo(queries[1]));
    await until(() => queries.length === 7 && tally.unexpected === 1, 'two more queries');
    assert.equal(client.waiting, 5);
  });

  it('a lost query is replaced', async () => {
    const { client, queries } = await asked(5, true);
    const now = performance.now();
    client.expire(now + 1, now + 1);
    await until(() => queries.length === 10, 'five more queries');
    assert.equal(client.waiting, 5);
  });

  it('until it is finished', async () => {
    const { client, tally, queries, reply } = await asked(5, true);
    client.finish();
    reply(...queries.slice(0, 4).map((query) => answerTo(query)));
    await until(() => tally.answered === 4, 'four answers');
    client.expire(performance.now() + 1, performance.now());
    assert.deepEqual([client.waiting, queries.length], [0, 5]);
  });
});

it('a late answer is a stray', async () => {
  const { client, tally, queries, reply } = await asked(1);
  client.expire(performance.now() + 1, performance.now());
  reply(answerTo(queries[0]));
  await until(() => tally.unexpected === 1, 'the late answer');
  assert.equal(tally.answered, 0);
});

it('the hot loop allocates nothing', async () => {
  const gc = collector();
  const responder = await Responder.open();
  const { clients, tally, close } = await openRig(responder.port, 1, true);
  closing.push(
    () => responder.close(),
    () => close(),
  );
  for (let i = 0; i < 32; i++) clients[0].send(performance.now());
  clients[0].flush();
  await until(() => tally.answered > 5000, 'a warm loop');
  gc();
  const before = process.memoryUsage().heapUsed;
  const counted = tally.answered;
  await until(() => tally.answered > counted + 50_000, '50,000 more answers');
  gc();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 500_000, `${grown} octets kept`);
});
