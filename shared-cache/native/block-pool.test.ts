import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockPool, BlockPools } from './block-pool.ts';

function counting(): () => { id: number } {
  let made = 0;
  return () => ({ id: made++ });
}

test('what was left is taken before anything is made', () => {
  const pool = new BlockPool(counting());
  const first = pool.take();
  assert.equal(pool.take().id, 1);
  pool.leave(first);
  assert.equal(pool.take(), first);
  assert.equal(pool.take().id, 2);
});

test('what closed sockets write to is never handed out', () => {
  const pool = new BlockPool(counting());
  const { discard } = pool;
  assert.equal(pool.discard, discard);
  assert.notEqual(pool.take(), discard);
});

test('each shape has its own pool', () => {
  const pools = new BlockPools<{ id: number }>();
  const small = pools.of('64 512', counting());
  assert.equal(pools.of('64 512', counting()), small);
  assert.notEqual(pools.of('64 4096', counting()), small);
});
