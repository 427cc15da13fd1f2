import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Outstanding } from './outstanding.ts';

it('ids are handed out in order and come around', () => {
  const outstanding = new Outstanding();
  for (let i = 0; i < 65_536 * 2 + 3; i++) {
    assert.equal(outstanding.issue(1), i & 0xffff);
    outstanding.settle(i & 0xffff);
  }
  assert.equal(outstanding.count, 0);
});

it('an answer settles its query once', () => {
  const outstanding = new Outstanding();
  const id = outstanding.issue(12.5);
  assert.deepEqual([outstanding.settle(id), outstanding.settle(id)], [12.5, 0]);
});

it('an id that was not handed out settles nothing', () => {
  const outstanding = new Outstanding();
  outstanding.issue(1);
  assert.equal(outstanding.settle(4711), 0);
  assert.equal(outstanding.count, 1);
});

it('expires what is older, and only that', () => {
  const outstanding = new Outstanding();
  for (const time of [10, 20, 30, 40]) outstanding.issue(time);
  outstanding.settle(1);
  assert.equal(outstanding.expire(30), 1);
  assert.equal(outstanding.count, 2);
  assert.deepEqual([outstanding.settle(0), outstanding.settle(2), outstanding.settle(3)], [0, 30, 40]);
});

it('expiring nothing does nothing', () => {
  const outstanding = new Outstanding();
  assert.equal(outstanding.expire(100), 0);
  outstanding.issue(200);
  assert.equal(outstanding.expire(100), 0);
  assert.equal(outstanding.count, 1);
});

it('a query that is 65,536 queries old makes room', () => {
  const outstanding = new Outstanding();
  for (let i = 0; i < 65_537; i++) outstanding.issue(i + 1);
  assert.equal(outstanding.count, 65_536);
  assert.equal(outstanding.settle(0), 65_537);
  assert.equal(outstanding.settle(1), 2);
});
