import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Question } from '../../testing/case.ts';
import type { Script } from '../../testing/script.ts';
import { Stage, sharedAnswers } from './scene.ts';

const ANSWER: Script = { answer: ['a.test. 60 IN A 192.0.2.1'] };
const GOOD = 'a.test. 60 IN A 192.0.2.1';

/** Two threads with the same memory. */
function threads(): readonly [Stage, Stage] {
  const segment = sharedAnswers();
  return [new Stage('cache 60', [], segment), new Stage('cache 60', [], segment)];
}

/** Looks until somebody has been answered. */
async function late(stage: Stage): Promise<string[]> {
  const end = performance.now() + 3000;
  for (;;) {
    const answers = stage.late();
    if (answers.length > 0) return answers;
    assert.ok(performance.now() < end, 'nobody was answered');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('a question that two threads have at the same time', () => {
  it('is asked by one of them and answered by both', async () => {
    const [one, two] = threads();
    assert.equal(one.text(), 'waiting');
    assert.equal(two.text(), 'waiting');
    assert.equal(two.text(), 'waiting');
    assert.deepEqual([one.upstreams.asked, two.upstreams.asked], [1, 0]);
    one.upstreams.answer(ANSWER);
    assert.deepEqual(one.late(), [GOOD]);
    const answers = await late(two);
    while (answers.length < 2) answers.push(...(await late(two)));
    assert.deepEqual(answers, [GOOD, GOOD]);
    assert.equal(two.upstreams.asked, 0);
    assert.deepEqual([two.counts['waits'], two.counts['hits success']], [2, 2]);
    assert.ok(one.idle && two.idle);
  });

  it('is asked by the other one, too, when there is nothing to be kept', async () => {
    const [one, two] = threads();
    one.ask();
    two.ask();
    one.upstreams.answer({ rcode: 'REFUSED' });
    while (two.upstreams.asked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    two.upstreams.answer(ANSWER);
    assert.deepEqual(two.late(), [GOOD]);
  });

  it('is asked by the other one, too, when the first one is never heard of again', async () => {
    const [one, two] = threads();
    one.ask();
    two.ask();
    two.wait(2);
    while (two.upstreams.asked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    two.upstreams.answer(ANSWER);
    assert.deepEqual(two.late(), [GOOD]);
    one.upstreams.answer(ANSWER);
  });

  const others: readonly (readonly [name: string, more: Partial<Question>])[] = [
    ['another type', { type: 'AAAA' }],
    ['without RD', { flags: 0 }],
    ['with EDNS', { edns: { size: 1232 } }],
    ['with DO', { edns: { size: 1232, dnssecOk: true } }],
    ['a probe of loop', { type: 'HINFO' }],
  ];
  for (const [name, more] of others)
    it(`another question is asked: ${name}`, () => {
      const [one, two] = threads();
      one.ask('a.test.', more.type === 'HINFO' ? more : {});
      two.ask('a.test.', more);
      assert.deepEqual([one.upstreams.asked, two.upstreams.asked], [1, 1]);
    });
});
