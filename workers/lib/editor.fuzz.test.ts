// Random messages through the editor: well-formed ones come out with the same records, garbage never throws and never grows the answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_BYTES } from '#wire/constants.ts';
import type { Handler } from '../chain/handler.ts';
import { NEXT } from '../chain/outcome.ts';
import { ChainRunner } from '../testing/case.ts';
import { ScriptHandler } from '../testing/script.ts';
import { TestThread } from '../testing/thread.ts';
import { MessageEditor } from './editor.ts';
import { Shuffle } from './random.ts';

const random = new Shuffle(20_260);
const LABELS = ['a', 'B', 'b', 'test', 'Test', 'x-y', 'long-label-of-some-length', '_tcp'];

function name(): string {
  return Array.from({ length: 1 + random.below(5) }, () => `${LABELS[random.below(LABELS.length)]}.`).join('');
}

function record(): string {
  const rdata = [
    () => `A 10.0.0.${random.below(256)}`,
    () => `AAAA fd00::${1 + random.below(9)}`,
    () => `CNAME ${name()}`,
    () => `MX 5 ${name()}`,
    () => `SRV 1 2 3 ${name()}`,
    () => `SOA ${name()} ${name()} 1 2 3 4 5`,
    () => `NAPTR 1 2 "s" "u" "" ${name()}`,
    () => `TXT "t"`,
  ];
  return `${name()} ${random.below(1000)} IN ${rdata[random.below(rdata.length)]()}`;
}

test('edited messages have the records that they had', () => {
  const thread = new TestThread();
  const editor = new MessageEditor();
  const edit: Handler = {
    serve: () => NEXT,
    finish(query, answer) {
      assert.equal(editor.read(answer), true);
      editor.write(query, answer, 1, 1);
    },
  };
  for (let turn = 0; turn < 400; turn++) {
    const list = () => Array.from({ length: random.below(8) }, record);
    const script = { answer: list(), authority: list(), additional: list() };
    const runner = new ChainRunner([edit, new ScriptHandler(script)], thread);
    const { decoded } = runner.ask({ name: 'question.', type: 'A', proto: 'tcp' });
    assert.deepEqual(
      [decoded?.answer, decoded?.authority, decoded?.additional],
      [script.answer, script.authority, script.additional],
      `turn ${turn}`,
    );
  }
});

test('garbage is refused or edited, but never breaks anything', () => {
  const thread = new TestThread();
  const editor = new MessageEditor();
  const edit: Handler = {
    serve: () => NEXT,
    finish(query, answer) {
      const { bytes, questionEnd, end } = answer;
      for (let hits = 1 + random.below(6); hits > 0; hits--)
        bytes[questionEnd + random.below(Math.max(1, end - questionEnd))] = random.below(256);
      if (editor.read(answer)) editor.write(query, answer, 1, 1);
      assert.ok(answer.end <= answer.limitEnd && answer.end >= answer.at + HEADER_BYTES);
      answer.outcome = 2;
    },
  };
  for (let turn = 0; turn < 3000; turn++) {
    const script = { answer: Array.from({ length: 1 + random.below(6) }, record) };
    const runner = new ChainRunner([edit, new ScriptHandler(script)], thread);
    assert.equal(runner.ask({ name: name(), type: 'A' }).decoded?.rcode, 'SERVFAIL', `turn ${turn}`);
  }
});
