// The bound on work in flight, and that a query given back is as good as new.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openArena } from '#native/arena.ts';
import { QueryPool } from './pool.ts';
import { type Query, WORKSPACE } from './query.ts';

const open = (limit: number, room = limit): QueryPool => new QueryPool(openArena((room + 1) * WORKSPACE.BYTES), limit);

function take(pool: QueryPool): Query {
  const query = pool.acquire();
  assert.ok(query !== undefined);
  return query;
}

describe('QueryPool', () => {
  const counts: readonly [name: string, acquired: number, released: number, available: number, inFlight: number][] = [
    ['unused', 0, 0, 3, 0],
    ['one taken', 1, 0, 2, 1],
    ['all taken', 3, 0, 0, 3],
    ['one of two given back', 2, 1, 2, 1],
    ['all given back', 3, 3, 3, 0],
  ];
  for (const [name, acquired, released, available, inFlight] of counts)
    it(`counts: ${name}`, () => {
      const pool = open(3);
      const taken = Array.from({ length: acquired }, () => take(pool));
      for (const query of taken.slice(0, released)) query.release();
      assert.deepEqual([pool.available, pool.inFlight], [available, inFlight]);
    });

  it('gives undefined when all are taken, and again when one came back', () => {
    const pool = open(2);
    const first = take(pool);
    take(pool);
    assert.equal(pool.acquire(), undefined);
    first.release();
    assert.equal(pool.acquire(), first);
    assert.equal(pool.acquire(), undefined);
  });

  it('the one given back last is taken first, so that a quiet thread touches few pages', () => {
    const pool = open(3);
    const [a, b, c] = [take(pool), take(pool), take(pool)];
    b.release();
    a.release();
    c.release();
    assert.deepEqual([pool.acquire(), pool.acquire(), pool.acquire()], [c, a, b]);
  });

  it('makes objects when they are needed: a limit larger than the arena is no error', () => {
    const pool = open(65_536, 2);
    take(pool);
    assert.equal(pool.available, 65_535);
  });

  it('workspaces do not overlap and begin at cache lines', () => {
    const arena = openArena(4 * WORKSPACE.BYTES);
    const pool = new QueryPool(arena, 3);
    const starts = [take(pool), take(pool), take(pool)].map((query) => query.workspace);
    for (const [i, start] of starts.entries()) {
      assert.equal((arena.base + start) % 64, 0);
      if (i > 0) assert.ok(start >= starts[i - 1] + WORKSPACE.BYTES);
    }
  });

  it('a query given back refers to nobody and has another generation', () => {
    const pool = open(2);
    const query = take(pool);
    const before = query.generation;
    Object.assign(query, { parent: take(pool), responder: {}, resumer: {}, route: {}, depth: 3 });
    query.release();
    assert.deepEqual(
      [query.parent, query.responder, query.resumer, query.route, query.depth, query.generation],
      [null, null, null, null, 0, before + 1],
    );
  });

  it('generations stay small integers', () => {
    const pool = open(1);
    const query = take(pool);
    query.generation = 0x3fffffff;
    query.release();
    assert.equal(query.generation, 0);
  });

  it('mayWait: only while another one is left', () => {
    const pool = open(2);
    const first = take(pool);
    assert.equal(first.mayWait, true);
    const second = take(pool);
    assert.equal(first.mayWait, false);
    second.release();
    assert.equal(first.mayWait, true);
  });
});
