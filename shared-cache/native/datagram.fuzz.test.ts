import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openArena } from './arena.ts';
import { LOCALHOST, Recorder, seeded, send, until } from './datagram.cases.ts';
import { type DatagramSocket, openDatagramIo, PEER_BYTES } from './datagram.ts';
import { ffiMissing } from './ffi.ts';

/** A query that waits: its payload and where its peer's record was copied to. */
interface Waiting {
  readonly payload: Uint8Array;
  readonly peerAt: number;
}

const VOLLEYS = 60;
const CLIENTS = 5;

/**
 * A server that answers some datagrams at once and the others later, in any order and from records it copied; clients that send any
 * lengths and flush at any time. Every client must get exactly its own payloads back.
 */
for (const kind of ['batched', 'dgram'] as const) {
  test(`answers in any order reach their clients: ${kind}`, { skip: kind === 'batched' && ffiMissing() }, async () => {
    const arena = openArena(32 << 20);
    const io = openDatagramIo(arena, kind);
    const random = seeded(0xf00d);
    const records: number[] = Array.from({ length: 256 }, () => arena.allocate(PEER_BYTES, 8));
    const waiting: Waiting[] = [];
    const large = { slotBytes: 4096, receiveBuffer: 8 << 20 };
    const server = await io.open({ ...LOCALHOST, ...large, address: '', batch: 1 + random(64) });

    const answerSome = (count: number): void => {
      const used: number[] = [];
      for (let i = 0; i < count && waiting.length > 0; i++) {
        const [{ payload, peerAt }] = waiting.splice(random(waiting.length), 1);
        send(arena, server, payload, peerAt);
        used.push(peerAt);
      }
      server.flush();
      records.push(...used);
    };
    const sink = new Recorder(arena, (socket, i) => {
      const at = socket.at(i);
      const payload = arena.bytes.slice(at, at + socket.length(i));
      if (random(3) === 0) return send(arena, socket, payload, socket.peerAt(i));
      const record = records.pop();
      assert.ok(record !== undefined);
      arena.bytes.copyWithin(record, socket.peerAt(i), socket.peerAt(i) + PEER_BYTES);
      waiting.push({ payload, peerAt: record });
    });
    server.listen(sink);

    const sent: string[][] = [];
    const got: Recorder[] = [];
    const clients: DatagramSocket[] = [];
    for (let c = 0; c < CLIENTS; c++) {
      const connect = { address: '127.0.0.1', port: server.port };
      clients.push(await io.open({ ...LOCALHOST, ...large, address: '', batch: 1 + random(64), connect }));
      got.push(new Recorder(arena));
      sent.push([]);
      clients[c].listen(got[c]);
    }
    let total = 0;
    for (let volley = 0; volley < VOLLEYS; volley++) {
      for (let i = random(60); i >= 0; i--) {
        const c = random(CLIENTS);
        const payload = Uint8Array.from({ length: random(8) === 0 ? random(4097) : random(120) }, () => random(256));
        sent[c].push(Buffer.from(payload).toString('hex'));
        send(arena, clients[c], payload);
        total++;
        if (random(4) === 0) clients[c].flush();
      }
      for (const client of clients) client.flush();
      await until(() => sink.received.length === total, 'all queries');
      answerSome(random(2 * waiting.length + 1));
      if (records.length < 128) answerSome(waiting.length);
    }
    answerSome(waiting.length);
    await until(() => got.reduce((sum, { received }) => sum + received.length, 0) === total, 'all answers');
    for (let c = 0; c < CLIENTS; c++) {
      const payloads = got[c].received.map(({ payload }) => Buffer.from(payload).toString('hex'));
      assert.deepEqual(payloads.sort(), sent[c].sort());
      clients[c].close();
    }
    assert.equal(server.dropped, 0);
    server.close();
  });
}
