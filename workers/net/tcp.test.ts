// TCP clients with real sockets: framing, order, limits, patience, ends (behaviour B1, RFC 7766).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handler } from '../chain/handler.ts';
import { DROP, LATER, NEXT, type Outcome } from '../chain/outcome.ts';
import type { Query } from '../query/query.ts';
import { encodeQuestion } from '../testing/case.ts';
import { decodeAnswer } from '../testing/decoded.ts';
import { ScriptHandler } from '../testing/script.ts';
import { until } from '../testing/upstream.ts';
import { framed, NetRig, type RigOptions } from './rig.ts';

const question = (id: number, name = 'a.test.'): Uint8Array => encodeQuestion({ name, type: 'A', id });
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const script = (): ScriptHandler =>
  new ScriptHandler((name) => (name === 'drop.' ? { outcome: DROP } : { answer: ['a.test. 5 IN A 192.0.2.1'] }));

/** Keeps queries whose first label begins with `w`. */
class Keeper implements Handler {
  readonly kept: Query[] = [];
  serve(query: Query): Outcome {
    if (query.bytes[query.lowerAt + 1] !== 0x77) return NEXT;
    this.kept.push(query);
    return LATER;
  }
}

async function withRig(
  handlers: readonly Handler[],
  act: (rig: NetRig) => Promise<void>,
  options: RigOptions = {},
): Promise<void> {
  const rig = await NetRig.open(handlers, options);
  try {
    await act(rig);
  } finally {
    rig.close();
  }
}

describe('a connection', () => {
  it('answers, as large as an answer may be', () => {
    const answer = Array.from({ length: 4000 }, (_, i) => `a.test. 5 IN A 10.0.${i >> 8}.${i & 255}`);
    return withRig([new ScriptHandler({ answer })], async (rig) => {
      const client = await rig.connect();
      client.send(question(1));
      await until(() => client.messages.length === 1, 'the answer');
      assert.equal(decodeAnswer(client.messages[0]).answer.length, 4000);
    });
  });
  it('takes queries octet by octet', () =>
    withRig([script()], async (rig) => {
      const client = await rig.connect();
      for (const octet of framed(question(7))) {
        client.socket.write(Uint8Array.of(octet));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await until(() => client.ids[0] === 7, 'the answer');
    }));
  it('ignores frames too short for a header and stays open', () =>
    withRig([script()], async (rig) => {
      const client = await rig.connect();
      client.send(new Uint8Array(0), new Uint8Array(11), question(3));
      await until(() => client.ids[0] === 3, 'the answer');
      assert.equal(client.ended, false);
    }));
  it('takes more pipelined queries than it works on at once, and answers all of them in order', () =>
    withRig(
      [script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(...range(300).map((id) => question(id)));
        await until(() => client.messages.length === 300, 'all answers');
        assert.deepEqual(client.ids, range(300));
      },
      { tcp: { maxPipelined: 4 } },
    ));
  it('answers in the order of the questions, whatever is ready first', () => {
    const keeper = new Keeper();
    return withRig([keeper, script()], async (rig) => {
      const client = await rig.connect();
      client.send(question(1, 'wait.'), question(2), question(3, 'wait.'), question(4, 'drop.'), question(5));
      await until(() => keeper.kept.length === 2, 'both wait');
      keeper.kept[1].resume(NEXT);
      assert.deepEqual(client.ids, []);
      keeper.kept[0].resume(NEXT);
      await until(() => client.messages.length === 4, 'the answers');
      assert.deepEqual(client.ids, [1, 2, 3, 5]);
      await until(() => rig.pool.inFlight === 1, 'the queries came back');
    });
  });
  it('reads no more than it may work on', () => {
    const keeper = new Keeper();
    return withRig(
      [keeper, script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(...range(6).map((id) => question(id, 'wait.')));
        await until(() => keeper.kept.length === 2, 'two are taken');
        for (let i = 0; i < 6; i++) {
          await until(() => keeper.kept.length > i, `number ${i}`);
          assert.ok(rig.pool.inFlight <= 4);
          keeper.kept[i].resume(3);
        }
        await until(() => client.messages.length === 6, 'all answers');
        assert.deepEqual(client.ids, range(6));
      },
      { tcp: { maxPipelined: 2 } },
    );
  });
  it('a client that has said everything gets its answers, then the end', () => {
    const keeper = new Keeper();
    return withRig([keeper, script()], async (rig) => {
      const client = await rig.connect();
      client.send(question(1, 'wait.'), question(2));
      client.socket.end();
      await until(() => keeper.kept.length === 1, 'it waits');
      keeper.kept[0].resume(NEXT);
      await until(() => client.closed, 'the end');
      assert.deepEqual(client.ids, [1, 2]);
    });
  });
  it('a client that has gone harms nobody', () => {
    const keeper = new Keeper();
    return withRig([keeper, script()], async (rig) => {
      const client = await rig.connect();
      client.send(question(1, 'wait.'));
      await until(() => keeper.kept.length === 1, 'it waits');
      client.socket.resetAndDestroy();
      await until(() => rig.listener.connections === 0, 'the connection is gone');
      const free = rig.pool.available;
      keeper.kept[0].resume(NEXT);
      assert.equal(rig.pool.available, free + 1);
    });
  });
});

describe('limits', () => {
  it('connections beyond the limit are closed and counted', () =>
    withRig(
      [script()],
      async (rig) => {
        const first = await rig.connect();
        first.send(question(1));
        await until(() => first.messages.length === 1, 'the answer');
        const second = await rig.connect();
        await until(() => second.closed, 'the end');
        assert.deepEqual(rig.counted(), ['shoal_tcp_rejected_total{server="dns://:53"} 1']);
        first.socket.destroy();
        await until(() => rig.listener.connections === 0, 'room again');
        const third = await rig.connect();
        third.send(question(3));
        await until(() => third.ids[0] === 3, 'the answer');
      },
      { tcp: { maxConnections: 1 } },
    ));
  it('queries beyond maxQueries are not answered, and the connection ends', () =>
    withRig(
      [script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(question(1), question(2), question(3));
        await until(() => client.closed, 'the end');
        assert.deepEqual(client.ids, [1, 2]);
      },
      { tcp: { maxQueries: 2 } },
    ));
  it('without a query object the connection is closed and counted', () => {
    const keeper = new Keeper();
    return withRig(
      [keeper, script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(question(1, 'wait.'), question(2, 'wait.'), question(3, 'wait.'));
        await until(() => client.closed, 'the end');
        assert.deepEqual(rig.counted(), ['shoal_tcp_rejected_total{server="dns://:53"} 1']);
        for (const query of keeper.kept) query.resume(3);
        assert.equal(rig.pool.inFlight, 1);
      },
      { pool: 4 },
    );
  });
});

describe('patience', () => {
  it('ends a connection without a first query', () =>
    withRig(
      [script()],
      async (rig) => {
        const client = await rig.connect();
        await until(() => client.closed, 'the end');
      },
      { tcp: { firstTimeout: 30 } },
    ));
  it('ends one that trickles in', () =>
    withRig(
      [script()],
      async (rig) => {
        const client = await rig.connect();
        const timer = setInterval(() => client.socket.write(Uint8Array.of(0)), 5);
        await until(() => client.closed, 'the end').finally(() => clearInterval(timer));
      },
      { tcp: { firstTimeout: 60 } },
    ));
  it('ends one that is idle after a query', () =>
    withRig(
      [script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(question(1));
        await until(() => client.closed, 'the end');
        assert.deepEqual(client.ids, [1]);
      },
      { tcp: { idleTimeout: 40 } },
    ));
  it('does not end one whose query waits', () => {
    const keeper = new Keeper();
    return withRig(
      [keeper, script()],
      async (rig) => {
        const client = await rig.connect();
        client.send(question(1, 'wait.'));
        await until(() => keeper.kept.length === 1, 'it waits');
        await new Promise((resolve) => setTimeout(resolve, 60));
        assert.equal(client.ended, false);
        keeper.kept[0].resume(NEXT);
        await until(() => client.closed, 'the end');
        assert.deepEqual(client.ids, [1]);
      },
      { tcp: { idleTimeout: 20 } },
    );
  });
  it('ends one that never reads its answers', () => {
    const answer = Array.from({ length: 4000 }, (_, i) => `a.test. 5 IN A 10.0.${i >> 8}.${i & 255}`);
    return withRig(
      [new ScriptHandler({ answer })],
      async (rig) => {
        const client = await rig.connect();
        client.socket.pause();
        client.send(...range(200).map((id) => question(id)));
        await until(() => rig.listener.connections === 1, 'it is there');
        await until(() => rig.listener.connections === 0, 'it is gone', 10_000);
      },
      { tcp: { idleTimeout: 150 } },
    );
  });
});

describe('closing', () => {
  it('idle connections end at once, those that are owed an answer after it; nobody new gets in', () => {
    const keeper = new Keeper();
    return withRig([keeper, script()], async (rig) => {
      const [idle, waiting] = [await rig.connect(), await rig.connect()];
      waiting.send(question(1, 'wait.'));
      await until(() => keeper.kept.length === 1 && rig.listener.connections === 2, 'it waits');
      rig.listener.drain();
      await until(() => idle.closed, 'the idle one ends');
      assert.equal(waiting.ended, false);
      await assert.rejects(rig.connect());
      keeper.kept[0].resume(NEXT);
      await until(() => waiting.closed, 'the other one ends');
      assert.deepEqual(waiting.ids, [1]);
    });
  });
});
