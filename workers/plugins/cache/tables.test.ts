// Which tables a directive gets: the same ones as long as nothing changes that decides on its answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerSegment } from '#answers/directory.ts';
import { Segment } from '#memory/segment.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import type { CacheTables } from './options.ts';
import { plugin } from './setup.ts';
import { allocateTables } from './tables.ts';

const segment = AnswerSegment.open(Segment.create('answers', 64 << 20));

function tables(corefile: string, key: string): CacheTables {
  return allocateTables(segment, key, plugin.setup(new TextDirective('cache', corefile), testScope()), 256);
}

const first = tables('cache 30', 'block');
const rows: readonly (readonly [name: string, corefile: string, key: string, same: boolean, sameDenial: boolean])[] = [
  ['the same directive in the same block', 'cache 30', 'block', true, true],
  ['other times', 'cache 60 {\n servfail 1s\n}', 'block', true, true],
  ['another block', 'cache 30', 'other', false, false],
  ['another capacity of successes', 'cache {\n success 5000\n}', 'block', false, true],
];
for (const [name, corefile, key, same, sameDenial] of rows)
  test(name, () => {
    const found = tables(corefile, key);
    assert.deepEqual([found.success === first.success, found.denial === first.denial], [same, sameDenial]);
    assert.notEqual(found.success, found.denial);
  });

test('a capacity is so many answers of the usual size', () => {
  assert.deepEqual(segment.size(first.success), { ways: 13_312, ringBytes: 9984 * 256 });
});
