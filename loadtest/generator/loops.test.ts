import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startClosedLoop, startOpenLoop } from './loops.ts';
import { Responder } from './testing/responder.ts';
import { openRig, type Rig, until } from './testing/rig.ts';

/** Clients beside a server that does or does not answer. */
async function withRig(
  { clients, answers, refills }: { clients: number; answers: boolean; refills: boolean },
  check: (rig: Rig, responder: Responder) => Promise<void>,
): Promise<void> {
  const responder = await Responder.open(() => ({ copies: answers ? 1 : 0, rcode: 0 }));
  const rig = await openRig(responder.port, clients, refills);
  try {
    await check(rig, responder);
  } finally {
    rig.close();
    responder.close();
  }
}

describe('a closed loop spreads its window over the clients', () => {
  const rows = [
    { clients: 1, window: 5, want: [5] },
    { clients: 3, window: 6, want: [2, 2, 2] },
    { clients: 3, window: 7, want: [3, 2, 2] },
    { clients: 4, window: 2, want: [1, 1, 0, 0] },
  ];
  for (const { clients, window, want } of rows)
    it(`${window} over ${clients}`, () =>
      withRig({ clients, answers: false, refills: true }, async (rig, responder) => {
        startClosedLoop(rig.clients, window);
        assert.deepEqual(
          rig.clients.map(({ waiting }) => waiting),
          want,
        );
        await until(() => responder.queries === window, 'the window');
      }));
});

it('a closed loop goes on until it is stopped', () =>
  withRig({ clients: 2, answers: true, refills: true }, async ({ clients, tally }) => {
    const loop = startClosedLoop(clients, 10);
    await until(() => tally.answered > 100, '100 answers');
    assert.equal(await loop.stop(0, 0), undefined);
    await until(() => clients.every(({ waiting }) => waiting === 0), 'the end');
    assert.equal(tally.sent, tally.answered);
  }));

describe('an open loop', () => {
  for (const doze of [false, true])
    it(`${doze ? 'that may doze ' : ''}sends what is due until the end, and that exactly`, () =>
      withRig({ clients: 3, answers: true, refills: false }, async ({ clients, tally }) => {
        const begin = performance.now();
        const loop = startOpenLoop(clients, 10_000, doze);
        const begun = performance.now();
        await until(() => tally.sent > 200, '200 queries');
        const end = performance.now();
        const lateness = await loop.stop(end, Number.POSITIVE_INFINITY);
        assert.equal(lateness?.unsent, 0);
        assert.ok((lateness?.lagMs ?? -1) >= 0);
        const least = Math.floor((end - begun) * 10);
        const most = Math.floor((end - begin) * 10) + 1;
        assert.ok(tally.sent >= least && tally.sent <= most, `${tally.sent} are not ${least} to ${most}`);
      }));

  it('uses all clients', () =>
    withRig({ clients: 4, answers: false, refills: false }, async ({ clients, tally }) => {
      const loop = startOpenLoop(clients, 10_000, false);
      await until(() => tally.sent > 500, '500 queries');
      await loop.stop(0, 0);
      for (const [i, { waiting }] of clients.entries()) assert.ok(waiting > 0, `client ${i}`);
    }));

  it('does not wait for answers', () =>
    withRig({ clients: 1, answers: false, refills: false }, async ({ clients, tally }) => {
      const loop = startOpenLoop(clients, 50_000, false);
      await until(() => tally.sent > 1000, '1,000 queries');
      await loop.stop(0, 0);
      assert.ok(tally.answered === 0 && clients[0].waiting > 1000);
    }));

  it('gives up at the deadline, and tells what was not sent', () =>
    withRig({ clients: 1, answers: false, refills: false }, async ({ clients }) => {
      const loop = startOpenLoop(clients, 10_000_000, false);
      await new Promise((resolve) => setImmediate(resolve));
      const lateness = await loop.stop(performance.now() + 1, 0);
      assert.ok((lateness?.unsent ?? 0) > 0);
    }));

  it('stopping again gives the same', () =>
    withRig({ clients: 1, answers: true, refills: false }, async ({ clients }) => {
      const loop = startOpenLoop(clients, 1000, false);
      const first = await loop.stop(0, 0);
      assert.equal(await loop.stop(0, 0), first);
    }));
});
