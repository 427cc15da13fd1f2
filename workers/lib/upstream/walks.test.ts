import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestThread } from '../../testing/thread.ts';
import { SENT, SENT_AGAIN } from './channel.ts';
import { openQuery } from './testing.ts';
import { Walks } from './walks.ts';

const thread = new TestThread();
const clock = { now: 0, seconds: 0, tick: () => {} };

/** Begins a walk at this time. */
function open(walks: Walks, now: number, ...walk: Parameters<Walks['open']>): void {
  clock.now = now;
  walks.open(...walk);
}

test('a walk begins with nothing done, whatever the slot was used for before', () => {
  const walks = new Walks(clock);
  const query = openQuery(thread, { name: 'a.test', type: 'A' });
  for (let use = 0; use < 2; use++) {
    open(walks, 1234.5, 7, query, 2, 3);
    assert.equal(walks.startedAt[7], 1234.5);
    const { start, step, visited, downs, attempts, tcp, sent } = walks;
    assert.deepEqual([start[7], step[7], visited[7], downs[7], attempts[7], tcp[7], sent[7]], [2, 3, 0, 0, 0, 0, SENT]);
    assert.equal(walks.failures[7], '');
    walks.visited[7] = walks.downs[7] = walks.attempts[7] = walks.tcp[7] = 1;
    walks.failures[7] = 'i/o timeout';
    assert.equal(walks.note(7, SENT_AGAIN), SENT_AGAIN);
    assert.equal(walks.close(7), query);
    assert.equal(walks.queries[7], null);
  }
  query.release();
});

test('growing keeps what is there', () => {
  const walks = new Walks(clock);
  const query = openQuery(thread, { name: 'a.test', type: 'A' });
  open(walks, 1, 3, query, 2, 3);
  walks.current[3] = 9;
  open(walks, 4, 65_535, query, 5, 6);
  assert.deepEqual([walks.startedAt[3], walks.start[3], walks.step[3], walks.current[3]], [1, 2, 3, 9]);
  assert.equal(walks.queries[3], query);
  assert.deepEqual([walks.startedAt[65_535], walks.start[65_535], walks.step[65_535]], [4, 5, 6]);
  query.release();
});

test('a second request goes on where the first one was', () => {
  const walks = new Walks(clock);
  const query = openQuery(thread, { name: 'a.test', type: 'A' });
  open(walks, 5, 1, query, 2, 3);
  open(walks, 5, 2, query, 0, 1);
  Object.assign(walks.current, { 1: 4, 2: 6 });
  walks.visited[1] = 3;
  walks.downs[1] = 1;
  walks.attempts[1] = 2;
  walks.failovers[1] = 1;
  walks.failures[1] = 'i/o timeout';
  walks.inherit(2, 1);
  const { start, step, visited, downs, attempts, failovers, failures, current } = walks;
  assert.deepEqual(
    [start[2], step[2], visited[2], downs[2], attempts[2], failovers[2], failures[2]],
    [2, 3, 3, 1, 2, 1, 'i/o timeout'],
  );
  assert.equal(current[2], 6, 'whom it asks is its own');
  query.release();
});

test('partners and timers survive growing', () => {
  const walks = new Walks(clock);
  const query = openQuery(thread, { name: 'a.test', type: 'A' });
  open(walks, 5, 3, query, 0, 1);
  assert.deepEqual([walks.partner[3], walks.timer[3], walks.asked[3], walks.second[3]], [-1, -1, 0, 0]);
  walks.partner[3] = 70_000;
  walks.timer[3] = 2 ** 30;
  open(walks, 5, 5000, query, 0, 1);
  assert.deepEqual([walks.partner[3], walks.timer[3]], [70_000, 2 ** 30]);
  query.release();
});
