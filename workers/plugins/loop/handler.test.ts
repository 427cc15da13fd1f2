import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NEXT } from '../../chain/outcome.ts';
import type { ThreadEvent } from '../../messages.ts';
import { ChainRunner, type Question } from '../../testing/case.ts';
import { TestThread } from '../../testing/thread.ts';
import { build } from './handler.ts';

const OPTIONS = {
  name: '123.456.example.org.',
  zone: 'example.org.',
  mark: '456',
  quarantine: false,
  interval: 60_000,
  retryMin: 30_000,
  retryMax: 300_000,
};
const REPORTED = { kind: 'loop', thread: -1, listener: 'dns://:1053', zone: 'example.org.' };

/** Asks through a chain with loop in front and a plugin that answers behind it; returns what was reported. `pause`: seconds between questions. */
function run(questions: readonly Question[], pause = 0): ThreadEvent[] {
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
  for (const question of questions) {
    assert.equal(runner.ask(question).outcome, 5);
    thread.clock.seconds += pause;
  }
  assert.equal(behind.reached, questions.length, `every query goes on (${NEXT})`);
  return events;
}

const PROBE = { name: '123.456.example.org', type: 'HINFO', client: '192.0.2.1', port: 4242 };

describe('sightings', () => {
  test('of the probe are reported with their source', () => {
    assert.deepEqual(run([PROBE]), [{ ...REPORTED, source: '192.0.2.1:4242', name: '123.456.example.org.' }]);
  });

  test('of probes of other zones and other rounds, which have the same mark', () => {
    const names = ['789.456.example.org', '1.456', '18446744073709551615.456.a.b.c'];
    const reported = run(names.map((name) => ({ ...PROBE, name })));
    assert.deepEqual(
      reported.map((event) => event.kind === 'loop' && event.name),
      names.map((name) => `${name}.`),
    );
  });

  test('of the probe in other case, over IPv6', () => {
    const [event] = run([{ ...PROBE, name: '123.456.EXAMPLE.org', client: '2001:db8::1' }]);
    assert.equal(event.kind === 'loop' && event.source, '[2001:db8::1]:4242');
  });

  const others: readonly [string, Question][] = [
    ['another type', { ...PROBE, type: 'A' }],
    ['another mark', { ...PROBE, name: '123.457.example.org' }],
    ['a longer mark', { ...PROBE, name: '123.4567.example.org' }],
    ['a shorter mark', { ...PROBE, name: '123.45.example.org' }],
    ['a name below it', { ...PROBE, name: 'a.123.456.example.org' }],
    ['the mark alone', { ...PROBE, name: '456' }],
    ['the zone', { ...PROBE, name: 'example.org' }],
    ['the root', { ...PROBE, name: '.' }],
  ];
  for (const [name, question] of others) test(`${name} is none`, () => assert.deepEqual(run([question]), []));

  test('of one name are reported so often and no more', () => {
    assert.equal(run(Array.from({ length: 40 }, () => PROBE)).length, 16);
    assert.equal(
      run(
        Array.from({ length: 40 }, () => PROBE),
        1,
      ).length,
      16,
      'later, too',
    );
  });

  const flood = Array.from({ length: 1000 }, (_, i) => ({ ...PROBE, name: `${i}.456.example.org` }));
  test('of all names are reported so often a second and no more', () => {
    assert.equal(run(flood).length, 128);
    assert.equal(run(flood, 1).length, 1000);
  });
});
