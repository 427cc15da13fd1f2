// Datagrams through real sockets, in both ways of doing I/O: batches, queries that wait, a pool that runs out, draining.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, it } from 'node:test';
import type { Handler } from '../chain/handler.ts';
import { DROP, LATER, NEXT, type Outcome } from '../chain/outcome.ts';
import type { Query } from '../query/query.ts';
import { encodeQuestion } from '../testing/case.ts';
import { decodeAnswer } from '../testing/decoded.ts';
import { ScriptHandler } from '../testing/script.ts';
import { until } from '../testing/upstream.ts';
import { datagrams, NetRig, type RigOptions } from './rig.ts';

const script = (): ScriptHandler => new ScriptHandler({ answer: ['a.test. 5 IN A 192.0.2.1'] });
const question = (id: number, name = 'a.test.'): Uint8Array => encodeQuestion({ name, type: 'A', id });
const ids = (answers: readonly Buffer[]): number[] => answers.map((answer) => answer.readUInt16BE(0));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Keeps queries whose first label is `wait`, as long as it may. */
class Keeper implements Handler {
  readonly kept: Query[] = [];
  serve(query: Query): Outcome {
    if (query.bytes[query.lowerAt + 1] !== 0x77) return NEXT;
    if (!query.mayWait) return 5;
    this.kept.push(query);
    return LATER;
  }
}

/** Resumes as a wake-up of the thread would. */
function resume(rig: NetRig, act: () => void): void {
  rig.turn.begin();
  act();
  rig.turn.end();
}

for (const io of ['batched', 'dgram'] as const) {
  const withRig = (
    handlers: readonly Handler[],
    act: (rig: NetRig) => Promise<void>,
    options: RigOptions = {},
  ): Promise<void> =>
    NetRig.open(handlers, { io, ...options }).then(async (rig) => {
      try {
        await act(rig);
      } finally {
        rig.close();
      }
    });

  describe(`UdpListener with ${io} I/O`, () => {
    it('answers as many datagrams as come at once', () =>
      withRig([script()], async (rig) => {
        const answers = await datagrams(
          rig.port,
          range(100).map((id) => question(id)),
          100,
        );
        assert.deepEqual(
          ids(answers).sort((a, b) => a - b),
          range(100),
        );
        assert.deepEqual(decodeAnswer(answers[0]).answer, ['a.test. 5 IN A 192.0.2.1']);
        assert.equal(rig.pool.inFlight, 1);
      }));

    it('says nothing to what is no query, and to what a chain drops', () =>
      withRig([new ScriptHandler((name) => (name === 'drop.' ? { outcome: DROP } : {}))], async (rig) => {
        const silent = [
          new Uint8Array(11),
          question(1).map((octet, i) => (i === 2 ? 0x81 : octet)),
          question(2, 'drop.'),
        ];
        assert.deepEqual(ids(await datagrams(rig.port, [...silent, question(3)], 1)), [3]);
      }));

    it('more than 512 octets are cut and then malformed (behaviour B1)', () =>
      withRig([script()], async (rig) => {
        const long = Buffer.concat([
          encodeQuestion({ name: 'a.test.', type: 'A', edns: { size: 1232 } }),
          Buffer.alloc(600),
        ]);
        long.writeUInt16BE(600, long.length - 602);
        long.writeUInt16BE(596, long.length - 598);
        const [answer] = await datagrams(rig.port, [long], 1);
        assert.equal(decodeAnswer(answer).rcode, 'FORMERR');
      }));

    it('a query that waits holds up nobody', () => {
      const keeper = new Keeper();
      return withRig([keeper, script()], async (rig) => {
        const all = datagrams(rig.port, [question(1, 'wait.'), question(2), question(3)], 3);
        await until(() => keeper.kept.length === 1, 'the query is kept');
        assert.equal(rig.pool.inFlight, 2);
        resume(rig, () => keeper.kept[0].resume(NEXT));
        const answers = await all;
        assert.deepEqual(ids(answers), [2, 3, 1]);
        assert.equal(decodeAnswer(answers[2]).question, 'wait. IN A');
        await until(() => rig.pool.inFlight === 1, 'the query came back');
      });
    });

    it('answers of one turn reach the clients that they are for, whatever becomes of the query objects', () => {
      const keeper = new Keeper();
      return withRig([keeper, script()], async (rig) => {
        const clients = range(20).map((id) => datagrams(rig.port, [question(id, 'wait.')], 1));
        await until(() => keeper.kept.length === 20, 'all wait');
        resume(rig, () => {
          for (const query of keeper.kept) {
            query.resume(NEXT);
            // Somebody else takes an object and has another peer, as an internal lookup does.
            const other = rig.pool.acquire();
            assert.ok(other !== undefined);
            other.bytes.fill(0xff, other.workspace, other.workspace + 1024);
            other.release();
          }
        });
        const answers = await Promise.all(clients);
        assert.deepEqual(
          answers.map((own) => ids(own)[0]),
          range(20),
        );
      });
    });

    it('a query that another one’s turn resumes is answered as well', () => {
      const keeper = new Keeper();
      const waker: Handler = {
        serve: () => {
          for (const query of keeper.kept.splice(0)) query.resume(NEXT);
          return NEXT;
        },
      };
      return withRig([keeper, waker, script()], async (rig) => {
        const all = datagrams(rig.port, [question(1, 'wait.'), question(2, 'wait.'), question(3)], 3);
        assert.deepEqual(ids(await all).sort(), [1, 2, 3]);
        await until(() => rig.pool.inFlight === 1, 'all came back');
      });
    });

    it('when no query object is left, nobody else may wait', () => {
      const keeper = new Keeper();
      return withRig(
        [keeper, script()],
        async (rig) => {
          const all = datagrams(
            rig.port,
            range(6).map((id) => question(id, 'wait.')),
            6,
          );
          await until(() => keeper.kept.length === 3, 'three wait');
          resume(rig, () => {
            for (const query of keeper.kept) query.resume(3);
          });
          const rcodes = (await all).map((answer) => decodeAnswer(answer).rcode).sort();
          assert.deepEqual(rcodes, [...Array(3).fill('NXDOMAIN'), ...Array(3).fill('REFUSED')]);
        },
        { pool: 4 },
      );
    });

    it('after draining: no more queries, but answers to those that wait', () => {
      const keeper = new Keeper();
      return withRig([keeper, script()], async (rig) => {
        const waiting = datagrams(rig.port, [question(1, 'wait.')], 1);
        await until(() => keeper.kept.length === 1, 'it waits');
        rig.listener.drain();
        rig.listener.drain();
        await assert.rejects(datagrams(rig.port, [question(2)], 1, 60));
        resume(rig, () => keeper.kept[0].resume(NEXT));
        assert.deepEqual(ids(await waiting), [1]);
        assert.equal(rig.pool.inFlight, 0);
      });
    });

    it('after closing a late answer does no harm', () => {
      const keeper = new Keeper();
      return withRig([keeper, script()], async (rig) => {
        const lost = datagrams(rig.port, [question(1, 'wait.')], 1, 200);
        await until(() => keeper.kept.length === 1, 'it waits');
        rig.close();
        resume(rig, () => keeper.kept[0].resume(NEXT));
        assert.equal(rig.pool.inFlight, 0);
        await assert.rejects(lost);
      });
    });

    it('a socket that is drained leaves the port to those that still read', () => {
      const keeper = new Keeper();
      return withRig([keeper, script()], async (rig) => {
        rig.listener.drain();
        const heard = await new Promise<boolean>((resolve, reject) => {
          const other = createSocket({ type: 'udp4', reusePort: true });
          other.on('error', reject);
          other.on('message', () => other.close(() => resolve(true)));
          other.bind(rig.port, '0.0.0.0', () => {
            void datagrams(
              rig.port,
              range(8).map((id) => question(id)),
              1,
              100,
            ).catch(() => {
              try {
                other.close(() => resolve(false));
              } catch {
                // It has been closed by a message.
              }
            });
          });
        });
        assert.equal(heard, true);
      });
    });
  });
}
