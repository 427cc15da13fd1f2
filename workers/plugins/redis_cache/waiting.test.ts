import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecondLevelTaker } from '../cache/second-level.ts';
import { Waiting } from './waiting.ts';

const taker: SecondLevelTaker = { found: () => undefined, missed: () => undefined, late: () => undefined };
const CAPACITY = 1024;

test('an id finds its query until that is closed, and nobody afterwards', () => {
  const waiting = new Waiting();
  const id = waiting.open(7, taker, 100);
  const slot = waiting.slotOf(id);
  assert.equal(waiting.tickets[slot], 7);
  waiting.close(slot);
  assert.equal(waiting.slotOf(id), -1);
  const next = waiting.open(8, taker, 100);
  assert.equal(waiting.slotOf(id), -1, 'the slot has another query now');
  assert.equal(waiting.tickets[waiting.slotOf(next)], 8);
});

test('ids that nobody gave out find nobody', () => {
  const waiting = new Waiting();
  const id = waiting.open(1, taker, 0);
  for (const other of [1, 5, CAPACITY, CAPACITY * 3 + 17, 0xffffffff, 2 ** 30])
    assert.equal(waiting.slotOf(other), other === id ? 0 : -1, `${other}`);
});

test('those whose time is over are told once, in their order', () => {
  const waiting = new Waiting();
  const slots = [10, 11, 12].map((now, ticket) => waiting.slotOf(waiting.open(ticket, taker, now)));
  assert.equal(waiting.takeLate(9), -1);
  assert.equal(waiting.takeLate(11), slots[0]);
  assert.equal(waiting.takeLate(11), slots[1]);
  assert.equal(waiting.takeLate(11), -1);
  assert.ok(waiting.timing);
  waiting.close(slots[2]);
  assert.ok(!waiting.timing, 'the last one has its answer');
  assert.equal(waiting.takeLate(1000), -1);
});

test('one that is late still waits for its reply', () => {
  const waiting = new Waiting();
  const id = waiting.open(1, taker, 0);
  assert.notEqual(waiting.takeLate(5), -1);
  assert.notEqual(waiting.slotOf(id), -1);
});

test('as many as there is room for, and again after a reply', () => {
  const waiting = new Waiting();
  const ids = Array.from({ length: CAPACITY }, (_, ticket) => waiting.open(ticket, taker, 0));
  assert.equal(waiting.open(0, taker, 0), -1);
  assert.equal(waiting.count, CAPACITY);
  waiting.close(waiting.slotOf(ids[0]));
  assert.notEqual(waiting.open(0, taker, 1), -1);
});

test('replies in any order never fill the ring for good', () => {
  const waiting = new Waiting();
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % below;
  };
  const open = new Map<number, number>();
  for (let now = 0; now < 20_000; now++) {
    if (open.size < 500 && random(2) === 0) {
      const id = waiting.open(now, taker, now);
      assert.notEqual(id, -1);
      assert.ok(!open.has(id));
      open.set(id, now);
    } else if (open.size > 0) {
      const [id, ticket] = [...open][random(open.size)];
      const slot = waiting.slotOf(id);
      assert.equal(waiting.tickets[slot], ticket);
      waiting.close(slot);
      open.delete(id);
    }
    for (let slot = waiting.takeLate(now - 50); slot >= 0; slot = waiting.takeLate(now - 50))
      assert.ok(waiting.since[slot] <= now - 50);
    assert.equal(waiting.count, open.size);
  }
});
