import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Limiter, type Turn } from './limiter.ts';

const never = (): AbortSignal => new AbortController().signal;

/** Time stands still unless the test moves it. */
function standStill(context: TestContext): { tick(milliseconds: number): Promise<void> } {
  let now = 1000;
  context.mock.method(performance, 'now', () => now);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  return {
    tick: async (milliseconds) => {
      now += milliseconds;
      context.mock.timers.tick(milliseconds);
      await settled();
    },
  };
}

/** Until promises that can have been settled are. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks `count` times; names of those who have got their turn, in that order. */
function ask(limiter: Limiter, count: number): { got: number[]; turns: Turn[] } {
  const got: number[] = [];
  const turns: Turn[] = [];
  for (let i = 0; i < count; i++) {
    void limiter.acquire(never()).then((turn) => {
      got.push(i);
      turns.push(turn);
    });
  }
  return { got, turns };
}

describe('requests a second', () => {
  test('a burst at once, then one after the other, in order', async (context) => {
    const time = standStill(context);
    const { got, turns } = ask(new Limiter({ qps: 10, burst: 3, maxInflight: 0 }), 6);
    await settled();
    assert.deepEqual(got, [0, 1, 2]);
    await time.tick(99);
    assert.deepEqual(got, [0, 1, 2]);
    await time.tick(1);
    assert.deepEqual(got, [0, 1, 2, 3]);
    await time.tick(100);
    await time.tick(100);
    assert.deepEqual(got, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(
      turns.map(({ waited }) => waited.toFixed(1)),
      ['0.0', '0.0', '0.0', '0.1', '0.2', '0.3'],
    );
  });

  test('a pause fills the burst up again, and no further', async (context) => {
    const time = standStill(context);
    const limiter = new Limiter({ qps: 10, burst: 2, maxInflight: 0 });
    ask(limiter, 2);
    await time.tick(60_000);
    const { got } = ask(limiter, 3);
    await settled();
    assert.deepEqual(got, [0, 1]);
  });

  for (const row of [
    { name: 'default: ten at once, then five a second', limits: { qps: 0, burst: 0 }, atOnce: 10, after: 200 },
    { name: 'less than one a second', limits: { qps: 0.5, burst: 1 }, atOnce: 1, after: 2000 },
  ]) {
    test(row.name, async (context) => {
      const time = standStill(context);
      const { got } = ask(new Limiter({ ...row.limits, maxInflight: 0 }), row.atOnce + 1);
      await settled();
      assert.equal(got.length, row.atOnce);
      await time.tick(row.after - 1);
      assert.equal(got.length, row.atOnce);
      await time.tick(1);
      assert.equal(got.length, row.atOnce + 1);
    });
  }
});

describe('requests under way', () => {
  const limits = { qps: 1000, burst: 100, maxInflight: 2 };

  test('no more than allowed, and the next when one is over', async () => {
    const { got, turns } = ask(new Limiter(limits), 5);
    await settled();
    assert.deepEqual(got, [0, 1]);
    turns[1].release();
    await settled();
    assert.deepEqual(got, [0, 1, 2]);
  });

  test('a turn that is given back twice counts once', async () => {
    const { got, turns } = ask(new Limiter(limits), 5);
    await settled();
    turns[0].release();
    turns[0].release();
    await settled();
    assert.deepEqual(got, [0, 1, 2]);
  });
});

describe('giving up', () => {
  test('whoever waited behind is not held up', async () => {
    const limiter = new Limiter({ qps: 1000, burst: 100, maxInflight: 1 });
    const first = await limiter.acquire(never());
    const controller = new AbortController();
    const second = limiter.acquire(controller.signal);
    const third = limiter.acquire(never());
    controller.abort();
    await assert.rejects(second, { code: 'ERR_API_REQUEST', cancelled: true });
    first.release();
    (await third).release();
  });

  test('before asking', async () => {
    const limiter = new Limiter({ qps: 0, burst: 0, maxInflight: 0 });
    await assert.rejects(limiter.acquire(AbortSignal.abort()), { cancelled: true });
  });

  test('closing sends everybody away', async () => {
    const limiter = new Limiter({ qps: 1, burst: 1, maxInflight: 0 });
    await limiter.acquire(never());
    const waiting = limiter.acquire(never());
    limiter.close();
    await assert.rejects(waiting, { cancelled: true, message: 'the client has been closed' });
    await assert.rejects(limiter.acquire(never()), { cancelled: true });
  });
});
