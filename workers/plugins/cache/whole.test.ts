// An answer of another server comes through the cache whole: it is kept, and every client gets as much as it takes (behaviour B4).

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import type { Handler } from '../../chain/handler.ts';
import { NEXT } from '../../chain/outcome.ts';
import type { Script } from '../../testing/script.ts';
import { Stage } from './scene.ts';

const MANY: Script = { answer: Array.from({ length: 100 }, (_, i) => `a.test. 20 IN A 192.0.2.${i}`) };
/** Lets those behind write as much as they have, as forward does for a query with `whole`. */
function widening(): Handler {
  const limits: number[] = [];
  return {
    serve: (query) => {
      limits.push(query.limit);
      if (query.whole === 1) query.limit = MAX_MESSAGE_BYTES;
      return NEXT;
    },
    finish: (query, answer) => {
      assert.equal(answer.truncated, false);
      query.limit = limits.pop() ?? 0;
    },
  };
}

test('an answer is kept whole, and given to each client as far as it takes it', () => {
  const stage = new Stage('cache', [widening()]);
  stage.ask();
  stage.upstreams.answer(MANY);
  const [first] = stage.rig.late;
  assert.deepEqual([first?.answer.length, first?.flags, first?.length], [30, 'qr,tc,rd', 24 + 30 * 16]);
  assert.equal(stage.ask('a.test.', { proto: 'tcp' })?.answer.length, 100);
  assert.equal(stage.ask('a.test.', { edns: { size: 1232 } })?.answer.length, 74);
  const { counts } = stage;
  assert.deepEqual([counts['misses'], counts['hits success']], [1, 2]);
});

describe('who may hand over a whole answer', () => {
  const rows: readonly (readonly [name: string, more: Parameters<Stage['ask']>[1], whole: number])[] = [
    ['a query', {}, 1],
    ['a notification may not', { opcode: 4 }, 0],
    ['a zone transfer may not', { type: 'AXFR', proto: 'tcp' }, 0],
  ];
  for (const [name, more, whole] of rows)
    it(name, () => {
      const stage = new Stage('cache');
      stage.ask('a.test.', more);
      assert.equal(stage.upstreams.seen[0], `ad 1 whole ${whole} depth 0`);
    });
});
