import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Handler } from '#workers/chain/handler.ts';
import { DROP } from '#workers/chain/outcome.ts';
import { ChainRunner } from '#workers/testing/case.ts';
import { type Script, ScriptHandler } from '#workers/testing/script.ts';
import { TestThread } from '#workers/testing/thread.ts';
import { build } from './handler.ts';
import type { ErrorsOptions } from './setup.ts';

const SCOPE = { server: 'dns://:53', zones: ['.'], blockZones: ['.'] };

function open(script: Script | ((name: string) => Script), options: Partial<ErrorsOptions> = {}) {
  const thread = new TestThread();
  const plan = { name: 'errors', options: { stacktrace: false, consolidate: [], ...options }, slots: null };
  const errors: Handler = build(plan, thread.host, SCOPE);
  return { thread, errors, runner: new ChainRunner([errors, new ScriptHandler(script)], thread) };
}

interface Row {
  readonly name: string;
  readonly script: Script;
  readonly qname?: string;
  readonly type?: string;
  readonly lines: readonly string[];
}
const TIMEOUT = 'read udp 127.0.0.1:1->127.0.0.1:2: i/o timeout';
const ROWS: readonly Row[] = [
  {
    name: 'a failure is one line with numeric rcode and lower-case name',
    script: { outcome: 2, failure: TIMEOUT },
    qname: 'A.Test.',
    lines: [`[ERROR] plugin/errors: 2 a.test. A: ${TIMEOUT}`],
  },
  { name: 'an rcode without a failure says nothing', script: { outcome: 2 }, lines: [] },
  { name: 'an answer says nothing', script: { answer: ['a.test. 1 IN A 192.0.2.1'] }, lines: [] },
  { name: 'an answer after a failed try says nothing', script: { failure: TIMEOUT }, lines: [] },
  { name: 'a drop says nothing', script: { outcome: DROP, failure: 'x' }, lines: [] },
  {
    name: 'a type without a name',
    script: { outcome: 5, failure: 'concurrent queries exceeded maximum 2' },
    type: 'TYPE65280',
    lines: ['[ERROR] plugin/errors: 5 a.test. TYPE65280: concurrent queries exceeded maximum 2'],
  },
  {
    name: 'special characters of a name are escaped as in zone files',
    script: { outcome: 2, failure: 'x' },
    qname: 'foo\\.b\\032r\\010\\".test.',
    lines: ['[ERROR] plugin/errors: 2 foo\\.b\\ r\\010\\".test. A: x'],
  },
  { name: 'the root', script: { outcome: 2, failure: 'x' }, qname: '.', lines: ['[ERROR] plugin/errors: 2 . A: x'] },
];
for (const row of ROWS)
  test(`errors: ${row.name}`, () => {
    const { runner, thread } = open(row.script);
    runner.ask({ name: row.qname ?? 'a.test.', type: row.type ?? 'A' });
    assert.deepEqual(thread.takeLines(), row.lines);
  });

/** Waits for the summary's timer. */
async function lines(thread: TestThread): Promise<string[]> {
  for (let turn = 0; turn < 200; turn++) {
    const found = thread.takeLines();
    if (found.length > 0) return found;
    await delay(5);
  }
  return [];
}

test('consolidate counts what matches and prints a summary at its level', async () => {
  const consolidate = [{ period: 20, pattern: 'timeout$', level: 'warning', showFirst: false }] as const;
  const { runner, thread } = open({ outcome: 2, failure: TIMEOUT }, { consolidate });
  for (let i = 0; i < 3; i++) runner.ask({ name: 'a.test.', type: 'A' });
  assert.deepEqual(thread.takeLines(), []);
  assert.deepEqual(await lines(thread), ["[WARNING] plugin/errors: 3 errors like 'timeout$' occurred in last 20ms"]);
});

test('what does not match is printed, and the first pattern that matches counts', () => {
  const consolidate = [
    { period: 60_000, pattern: 'timeout', level: 'error', showFirst: false },
    { period: 60_000, pattern: '.*', level: 'info', showFirst: true },
  ] as const;
  const { runner, thread, errors } = open((name) => ({ outcome: 2, failure: name === 'a.' ? TIMEOUT : 'refused' }), {
    consolidate,
  });
  runner.ask({ name: 'a.', type: 'A' });
  runner.ask({ name: 'b.', type: 'A' });
  runner.ask({ name: 'b.', type: 'A' });
  assert.deepEqual(thread.takeLines(), ['[INFO] plugin/errors: 2 b. A: refused']);
  errors.close?.();
  assert.deepEqual(thread.takeLines(), [
    "[ERROR] plugin/errors: 1 errors like 'timeout' occurred in last 1m0s",
    "[INFO] plugin/errors: 2 errors like '.*' occurred in last 1m0s",
  ]);
});

test('show_first: an error that stays alone gets no summary', () => {
  const consolidate = [{ period: 60_000, pattern: 'timeout', level: 'error', showFirst: true }] as const;
  const { runner, thread, errors } = open({ outcome: 2, failure: TIMEOUT }, { consolidate });
  runner.ask({ name: 'a.test.', type: 'A' });
  errors.close?.();
  assert.deepEqual(thread.takeLines(), [`[ERROR] plugin/errors: 2 a.test. A: ${TIMEOUT}`]);
});

test('level debug prints only while debug logging is on', () => {
  const consolidate = [{ period: 60_000, pattern: 'timeout', level: 'debug', showFirst: true }] as const;
  for (const debugging of [false, true]) {
    const { runner, thread, errors } = open({ outcome: 2, failure: TIMEOUT }, { consolidate });
    thread.host.log.debugging = debugging;
    runner.ask({ name: 'a.test.', type: 'A' });
    runner.ask({ name: 'a.test.', type: 'A' });
    errors.close?.();
    assert.equal(thread.takeLines().length, debugging ? 2 : 0);
  }
});
