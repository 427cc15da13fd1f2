import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inParallel } from './parallel.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work in parallel', () => {
  const rows = [
    { name: 'nothing', count: 0, width: 4, most: 0 },
    { name: 'fewer than may run', count: 2, width: 4, most: 2 },
    { name: 'more than may run', count: 10, width: 4, most: 4 },
    { name: 'one at a time', count: 3, width: 1, most: 1 },
  ];
  for (const { name, count, width, most } of rows)
    it(name, async () => {
      const done: number[] = [];
      let running = 0;
      let highest = 0;
      await inParallel(Array(count).keys(), width, async (item) => {
        highest = Math.max(highest, ++running);
        await tick();
        running--;
        done.push(item);
      });
      assert.deepEqual([done.length, new Set(done).size, highest, running], [count, count, most, 0]);
    });

  it('stops at the first failure, after those under way', async () => {
    let ended = 0;
    const work = async (item: number): Promise<void> => {
      await tick();
      if (item === 1) throw new Error('one failed');
      await tick();
      ended++;
    };
    await assert.rejects(inParallel(Array(100).keys(), 3, work), /one failed/);
    assert.equal(ended, 2);
  });
});
