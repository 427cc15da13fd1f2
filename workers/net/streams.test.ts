// Several messages for one query (zone transfers): order, back-pressure, clients that leave.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLAG, RCODE } from '#wire/constants.ts';
import type { Handler } from '../chain/handler.ts';
import { DROP, LATER, NEXT, type Outcome, WRITTEN } from '../chain/outcome.ts';
import type { Query, Streamer } from '../query/query.ts';
import { encodeQuestion } from '../testing/case.ts';
import { ScriptHandler } from '../testing/script.ts';
import { until } from '../testing/upstream.ts';
import { NetRig, type RigOptions } from './rig.ts';

/** Octets of records in every message: more than a socket takes at once. */
const PART = 60_000;

const stream = (id: number): Uint8Array => encodeQuestion({ name: 'stream.test.', type: 'A', id });
const plain = (id: number): Uint8Array => encodeQuestion({ name: 'a.test.', type: 'A', id });

/** One query that is answered by messages as the test wants them. */
class Flow implements Streamer {
  readonly query: Query;
  taken = 0;
  gone = false;
  #parts = 0;

  constructor(query: Query) {
    this.query = query;
  }

  #write(): number {
    const { answer } = this.query;
    answer.start(this.query, RCODE.NOERROR, FLAG.AA);
    const to = answer.record(12, this.query.nameLength, 16, 1, this.#parts++, PART);
    answer.bytes.fill(0, to, to + PART);
    return answer.seal(this.query);
  }

  part(): void {
    const length = this.#write();
    this.query.responder?.part?.(this.query, this.query.answer, length, this);
  }

  drained(): void {
    this.taken++;
  }

  left(): void {
    this.gone = true;
    this.query.resume(DROP);
  }

  end(): void {
    this.#write();
    this.query.resume(WRITTEN);
  }
}

/** Keeps queries for `stream.test.`. */
class Streams implements Handler {
  readonly flows: Flow[] = [];
  serve(query: Query): Outcome {
    if (query.bytes[query.lowerAt + 1] !== 0x73) return NEXT;
    this.flows.push(new Flow(query));
    return LATER;
  }
}

async function withStreams(
  act: (rig: NetRig, streams: Streams) => Promise<void>,
  options: RigOptions = {},
): Promise<void> {
  const streams = new Streams();
  const rig = await NetRig.open([streams, new ScriptHandler({ answer: ['a.test. 5 IN A 192.0.2.1'] })], options);
  try {
    await act(rig, streams);
  } finally {
    rig.close();
  }
}

async function opened(rig: NetRig, streams: Streams, ...messages: readonly Uint8Array[]) {
  const client = await rig.connect();
  // The UDP socket keeps one for itself.
  const idle = rig.pool.inFlight;
  client.send(...messages);
  await until(() => streams.flows.length > 0, 'the query');
  return { client, flow: streams.flows[0], idle };
}

describe('a stream', () => {
  it('is told when the client has taken a message, and ends like an answer', () =>
    withStreams(async (rig, streams) => {
      const { client, flow, idle } = await opened(rig, streams, stream(7));
      for (let i = 1; i <= 5; i++) {
        flow.part();
        assert.equal(flow.taken, i - 1, 'told from within');
        await until(() => flow.taken === i, 'the client takes it');
      }
      flow.end();
      await until(() => client.messages.length === 6, 'all messages');
      assert.deepEqual(new Set(client.ids), new Set([7]));
      assert.ok(client.messages.every(({ length }) => length > PART));
      assert.equal(rig.pool.inFlight, idle);
      client.send(plain(8));
      await until(() => client.ids.at(-1) === 8, 'the connection goes on');
    }));

  it('waits for a client that does not read', () =>
    withStreams(async (rig, streams) => {
      const { client, flow } = await opened(rig, streams, stream(7));
      client.socket.pause();
      let parts = 0;
      // As long as the system takes it; then nothing more.
      do {
        flow.part();
        parts++;
      } while (await isTaken(flow, parts));
      assert.equal(flow.taken, parts - 1);
      client.socket.resume();
      await until(() => flow.taken === parts, 'the client reads again');
      flow.end();
      await until(() => client.messages.length === parts + 1, 'all messages');
    }));

  it('lets answers behind it out between its messages', () =>
    withStreams(async (rig, streams) => {
      const { client, flow, idle } = await opened(rig, streams, stream(1), plain(2));
      await until(() => rig.pool.inFlight === idle + 1, 'the other query is answered');
      assert.deepEqual(client.ids, []);
      flow.part();
      await until(() => client.messages.length === 2, 'both');
      assert.deepEqual(client.ids, [1, 2]);
      client.send(plain(3));
      await until(() => client.messages.length === 3, 'another one');
      flow.end();
      await until(() => client.messages.length === 4, 'the end');
      assert.deepEqual(client.ids, [1, 2, 3, 1]);
    }));

  it('comes behind the answers that were asked for before', () =>
    withStreams(async (rig, streams) => {
      const { client, flow: first } = await opened(rig, streams, stream(1), stream(2));
      await until(() => streams.flows.length === 2, 'both queries');
      const [, second] = streams.flows;
      second.part();
      assert.equal(await isTaken(second, 1), false);
      assert.deepEqual(client.ids, []);
      first.end();
      await until(() => second.taken === 1, 'the second one’s turn');
      second.end();
      await until(() => client.messages.length === 3, 'all messages');
      assert.deepEqual(client.ids, [1, 2, 2]);
    }));

  it('several of one connection take turns', () =>
    withStreams(async (rig, streams) => {
      const { client } = await opened(rig, streams, stream(1), stream(2));
      await until(() => streams.flows.length === 2, 'both queries');
      for (let i = 1; i <= 4; i++) {
        for (const flow of streams.flows) flow.part();
        await until(() => streams.flows.every(({ taken }) => taken === i), 'both are taken');
      }
      for (const flow of streams.flows) flow.end();
      await until(() => client.messages.length === 10, 'all messages');
      assert.deepEqual(client.ids.filter((id) => id === 1).length, 5);
    }));

  it('that is broken off ends the connection', () =>
    withStreams(async (rig, streams) => {
      const { client, flow, idle } = await opened(rig, streams, stream(1));
      flow.part();
      await until(() => flow.taken === 1, 'the client takes it');
      flow.query.resume(DROP);
      await until(() => client.closed, 'the end');
      assert.equal(rig.pool.inFlight, idle);
    }));

  it('is told of a client that leaves, and gives its query back', () =>
    withStreams(async (rig, streams) => {
      const { client, flow, idle } = await opened(rig, streams, stream(1));
      flow.part();
      await until(() => client.messages.length === 1, 'a message');
      client.socket.destroy();
      // The end of a connection alone means that the client asks for nothing more: it shows when more is written.
      for (let parts = 2; parts < 10 && !flow.gone; parts++) {
        flow.part();
        await isTaken(flow, parts);
      }
      assert.ok(flow.gone, 'the stream hears of it');
      assert.equal(rig.pool.inFlight, idle);
      await until(() => rig.listener.connections === 0, 'the connection is forgotten');
    }));

  it('whose client has left before the first message hears of it with that', () =>
    withStreams(async (rig, streams) => {
      const { client, flow, idle } = await opened(rig, streams, stream(1));
      client.socket.resetAndDestroy();
      await until(() => rig.listener.connections === 0, 'the client has left');
      flow.part();
      await until(() => flow.gone, 'the stream hears of it');
      assert.equal(rig.pool.inFlight, idle);
    }));

  it('is brought to its end when the listener closes', () =>
    withStreams(async (rig, streams) => {
      const { client, flow } = await opened(rig, streams, stream(1));
      flow.part();
      await until(() => flow.taken === 1, 'the client takes it');
      rig.listener.drain();
      flow.part();
      await until(() => flow.taken === 2, 'the client takes more');
      flow.end();
      await until(() => client.messages.length === 3 && client.ended, 'the end');
    }));

  it('of a client that will say no more is brought to its end', () =>
    withStreams(async (rig, streams) => {
      const { client, flow } = await opened(rig, streams, stream(1));
      client.socket.end();
      flow.part();
      await until(() => flow.taken === 1, 'the client takes it');
      flow.end();
      await until(() => client.messages.length === 2 && client.ended, 'the end');
    }));

  it('has the idle timeout for its last message, however long it took', () =>
    withStreams(
      async (rig, streams) => {
        const { client, flow } = await opened(rig, streams, stream(1));
        const begun = performance.now();
        flow.part();
        await until(() => performance.now() - begun > 250, 'the timeout passes');
        assert.equal(client.closed, false);
        flow.end();
        await until(() => client.messages.length === 2, 'the last message');
        await until(() => client.closed, 'the connection ends');
      },
      { tcp: { idleTimeout: 100 } },
    ));
});

/** False when a while has passed and the client has not taken that many messages. */
async function isTaken(flow: Flow, parts: number): Promise<boolean> {
  for (let i = 0; i < 20 && flow.taken < parts; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  return flow.taken >= parts;
}
