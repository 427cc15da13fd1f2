import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NEXT } from '../../chain/outcome.ts';
import type { ThreadEvent } from '../../messages.ts';
import { ChainRunner, type Question } from '../../testing/case.ts';
import { TestThread } from '../../testing/thread.ts';
import { build } from './handler.ts';

const OPTIONS = { name: '123.456.example.org.', zone: 'example.org.' };

/** Asks through a chain with loop in front and a plugin that answers behind it; returns what was reported. */
function run(questions: readonly Question[]): ThreadEvent[] {
  const events: ThreadEvent[] = [];
  const thread = new TestThread({ report: (event) => void events.push(event) });
  const scope = { server: 'dns://:1053', zones: ['example.org.'], blockZones: ['example.org.'] };
  const handler = build({ name: 'loop', options: OPTIONS, slots: null }, thread.host, scope);
  const behind = {
    reached: 0,
    serve: () => {
      behind.reached++;
      return 5;
    },
  };
  const runner = new ChainRunner([handler, behind], thread);
  for (const question of questions) assert.equal(runner.ask(question).outcome, 5);
  assert.equal(behind.reached, questions.length, `every query goes on (${NEXT})`);
  return events;
}

const PROBE = { name: '123.456.example.org', type: 'HINFO', client: '192.0.2.1', port: 4242 };

describe('sightings', () => {
  test('of the probe are reported with their source', () => {
    assert.deepEqual(run([PROBE]), [
      { kind: 'loop', thread: -1, source: '192.0.2.1:4242', listener: 'dns://:1053', ...OPTIONS },
    ]);
  });

  test('of the probe in other case, over IPv6', () => {
    const [event] = run([{ ...PROBE, name: '123.456.EXAMPLE.org', client: '2001:db8::1' }]);
    assert.equal(event.kind === 'loop' && event.source, '[2001:db8::1]:4242');
  });

  const others: readonly [string, Question][] = [
    ['another type', { ...PROBE, type: 'A' }],
    ['another name of the same length', { ...PROBE, name: '123.457.example.org' }],
    ['a name below it', { ...PROBE, name: 'a.123.456.example.org' }],
    ['the zone', { ...PROBE, name: 'example.org' }],
  ];
  for (const [name, question] of others) test(`${name} is none`, () => assert.deepEqual(run([question]), []));

  test('are reported so often and no more', () => {
    assert.equal(run(Array.from({ length: 40 }, () => PROBE)).length, 16);
  });
});
