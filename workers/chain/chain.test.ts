// The order of serve and finish, with and without waiting, and what the end of a chain means.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openArena } from '#native/arena.ts';
import { QueryPool } from '../query/pool.ts';
import { type Query, WORKSPACE } from '../query/query.ts';
import { Chain } from './chain.ts';
import type { Handler } from './handler.ts';
import { DROP, LATER, NEXT, type Outcome, WRITTEN } from './outcome.ts';

const pool = new QueryPool(openArena(2 * WORKSPACE.BYTES), 2);

/** Handlers that log their calls and say what the row says. */
function run(outcomes: Outcome[][]): { log: string[]; chain: Chain; query: Query; first: Outcome } {
  const log: string[] = [];
  const handlers = outcomes.map((mine, i): Handler => {
    const left = [...mine];
    return {
      serve: () => {
        log.push(`serve ${i}`);
        return left.shift() ?? NEXT;
      },
      finish: (_query, answer) => {
        log.push(`finish ${i} ${answer.outcome}`);
      },
    };
  });
  const chain = new Chain(
    handlers,
    handlers.map((_, i) => `p${i}`),
    { complete: (_query, answer) => log.push(`complete ${answer.outcome}`) },
  );
  const query = pool.acquire() as Query;
  query.answer.open(query.workspace + WORKSPACE.ANSWER);
  const first = chain.run(query, query.answer);
  query.release();
  return { log, chain, query, first };
}

describe('Chain.run', () => {
  const rows: [string, Outcome[][], Outcome, string[]][] = [
    [
      'the first that answers ends the way down',
      [[NEXT], [WRITTEN], [WRITTEN]],
      WRITTEN,
      ['serve 0', 'serve 1', 'finish 0 -1'],
    ],
    [
      'finish comes up in reverse order',
      [[NEXT], [NEXT], [DROP]],
      DROP,
      ['serve 0', 'serve 1', 'serve 2', 'finish 1 -4', 'finish 0 -4'],
    ],
    ['an rcode is an outcome as well', [[NEXT], [5]], 5, ['serve 0', 'serve 1', 'finish 0 5']],
    ['nobody answers: SERVFAIL', [[NEXT]], 2, ['serve 0', 'finish 0 2']],
    ['no plugins: REFUSED (spec B3.4)', [], 5, []],
  ];
  for (const [name, outcomes, expected, calls] of rows) {
    it(name, () => {
      const { log, first } = run(outcomes);
      assert.deepEqual([first, log], [expected, calls]);
    });
  }
  it('names the plugin that had nobody behind it', () => {
    assert.equal(run([[NEXT], [NEXT]]).query.answer.failure, 'plugin/p1: no next plugin found');
  });
});

describe('Chain.resume', () => {
  it('goes up from where the query waited', () => {
    const { log, query, first } = run([[NEXT], [LATER], [WRITTEN]]);
    assert.equal(first, LATER);
    assert.equal(query.waiting, 1);
    query.resumer = run([]).chain;
    assert.deepEqual(log, ['serve 0', 'serve 1']);
  });
  it('tells the completion once', () => {
    const { log, chain, query } = run([[NEXT], [LATER]]);
    chain.resume(query, WRITTEN);
    assert.deepEqual(log.slice(2), ['finish 0 -1', 'complete -1']);
  });
  it('goes on downwards with NEXT, and may wait again', () => {
    const { log, chain, query } = run([[NEXT], [LATER], [LATER], [WRITTEN]]);
    chain.resume(query, NEXT);
    assert.equal(query.position, 2);
    chain.resume(query, NEXT);
    assert.deepEqual(log, [
      'serve 0',
      'serve 1',
      'serve 2',
      'serve 3',
      'finish 2 -1',
      'finish 1 -1',
      'finish 0 -1',
      'complete -1',
    ]);
  });
});

describe('Chain.finish', () => {
  it('may change the outcome for those above', () => {
    const seen: Outcome[] = [];
    const handlers: Handler[] = [
      { serve: () => NEXT, finish: (_q, answer) => void seen.push(answer.outcome) },
      {
        serve: () => NEXT,
        finish: (_q, answer) => {
          answer.outcome = WRITTEN;
        },
      },
      { serve: () => 3 },
    ];
    const chain = new Chain(handlers, ['a', 'b', 'c'], { complete: () => undefined });
    const query = pool.acquire() as Query;
    assert.equal(chain.run(query, query.answer), WRITTEN);
    assert.deepEqual(seen, [WRITTEN]);
    query.release();
  });
});

describe('Chain.meet', () => {
  it('every handler is told of all by name, once, before any query', () => {
    const met: string[][] = [];
    const meeting = (): Handler => ({ serve: () => NEXT, meet: (chain) => void met.push([...chain.keys()]) });
    const [a, b] = [meeting(), meeting()];
    new Chain([a, { finish: () => undefined }, b], ['a', 'silent', 'b'], { complete: () => undefined });
    assert.deepEqual(met, [
      ['a', 'silent', 'b'],
      ['a', 'silent', 'b'],
    ]);
  });
});
