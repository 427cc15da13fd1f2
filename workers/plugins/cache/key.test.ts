// Hashes of keys: all of a question goes into both of them, and names spread over the sets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerKey } from '#answers/entry.ts';
import { FLAG } from '#wire/constants.ts';
import type { Query } from '../../query/query.ts';
import { readQuery } from '../../query/read.ts';
import { encodeQuestion, type Question } from '../../testing/case.ts';
import { TestThread } from '../../testing/thread.ts';
import { readKey } from './key.ts';

const thread = new TestThread();
const query = thread.pool.acquire() as Query;

function keyOf(question: Question, seed = 1): AnswerKey {
  const request = encodeQuestion(question);
  query.bytes.set(request, thread.requestAt);
  readQuery(query, thread.requestAt, request.length, seed);
  const key = new AnswerKey();
  readKey(key, query);
  return key;
}

const base: Question = { name: 'www.example.org.', type: 'A' };
const former = keyOf(base);
const others: readonly (readonly [name: string, change: Partial<Question>])[] = [
  ['another name', { name: 'ww.wexample.org.' }],
  ['the same labels in another order', { name: 'example.www.org.' }],
  ['another type', { type: 'AAAA' }],
  ['another class', { klass: 'CH' }],
  ['CD', { flags: FLAG.RD | FLAG.CD }],
  ['DO', { edns: { size: 1232, dnssecOk: true } }],
];
for (const [name, change] of others)
  test(`${name} is another question`, () => {
    const key = keyOf({ ...base, ...change });
    assert.notEqual(key.hash, former.hash);
    assert.notEqual(key.tag, former.tag);
  });

test('spelling, RD and EDNS make no difference', () => {
  const key = keyOf({ name: 'WWW.Example.ORG.', type: 'A', flags: 0, edns: { size: 4096 } });
  assert.deepEqual([key.hash, key.tag, key.flags], [former.hash, former.tag, former.flags]);
});

test('another seed gives other hashes', () => {
  const key = keyOf(base, 2);
  assert.notEqual(key.hash, former.hash);
  assert.notEqual(key.tag, former.tag);
});

test('names spread over sets and tags', () => {
  const sets = new Uint16Array(256);
  const tags = new Set<number>();
  for (let i = 0; i < 5120; i++) {
    const key = keyOf({ name: `pod-${i}.example.org.`, type: 'A' });
    sets[Math.floor(((key.hash >>> 0) / 2 ** 32) * 256)]++;
    tags.add(key.tag);
  }
  // 20 on average; a fair spread stays within six standard deviations.
  assert.ok(Math.max(...sets) < 47, String(Math.max(...sets)));
  assert.ok(tags.size > 5110, String(tags.size));
});
