import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { TextDirective, testScope } from '../../testing/directive.ts';
import { plugin } from './setup.ts';

const setup = (text: string, zones: readonly string[] = ['.']) =>
  plugin.setup(new TextDirective('loop', text), testScope(zones));

describe('the probe', () => {
  const rows: readonly [zones: readonly string[], pattern: RegExp, zone: string][] = [
    [['.'], /^\d{1,20}\.\d{1,20}\.$/, '.'],
    [['example.org.', 'example.net.'], /^\d{1,20}\.\d{1,20}\.example\.org\.$/, 'example.org.'],
  ];
  for (const [zones, pattern, zone] of rows) {
    test(`of ${zones}`, () => {
      const options = setup('loop', zones);
      assert.match(options.name, pattern);
      assert.equal(options.name.split('.')[1], options.mark);
      assert.equal(options.zone, zone);
      assert.ok(encodeName(options.name).length < 256);
    });
  }

  test('is another one each time, and its mark stays', () => {
    const all = Array.from({ length: 50 }, () => setup('loop'));
    assert.equal(new Set(all.map(({ name }) => name)).size, 50);
    assert.equal(new Set(all.map(({ mark }) => mark)).size, 1);
  });
});

describe('what is done', () => {
  const MINUTE = 60_000;
  const rows: readonly [text: string, quarantine: boolean, interval: number, retryMin: number, retryMax: number][] = [
    ['loop', false, MINUTE, 30_000, 5 * MINUTE],
    ['loop quarantine', true, MINUTE, 30_000, 5 * MINUTE],
    ['loop {\n interval 5s\n}', false, 5000, 30_000, 5 * MINUTE],
    ['loop quarantine {\n interval 0\n retry 1s 1m\n}', true, 0, 1000, MINUTE],
    ['loop {\n retry 100ms 100ms\n interval 100ms\n}', false, 100, 100, 100],
  ];
  for (const [text, quarantine, interval, retryMin, retryMax] of rows) {
    test(text.replaceAll(/\s+/g, ' '), () => {
      const { name: _, zone: __, mark: ___, ...rest } = setup(text);
      assert.deepEqual(rest, { quarantine, interval, retryMin, retryMax });
    });
  }
});

describe('mistakes', () => {
  const rows: readonly [text: string, message: RegExp][] = [
    ['loop twice', /^Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'twice'$/],
    ['loop quarantine twice', /Wrong argument count or unexpected line ending after 'twice'$/],
    ['loop {\n interval\n}', /Wrong argument count/],
    ['loop {\n interval 1s 2s\n}', /Wrong argument count/],
    ['loop {\n retry 1s\n}', /Wrong argument count/],
    ['loop {\n interval 10ms\n}', /durations of loop are 100ms or more$/],
    ['loop {\n interval -1s\n}', /durations of loop are 100ms or more$/],
    ['loop {\n retry 0 1s\n}', /durations of loop are 100ms or more$/],
    ['loop {\n retry 2s 1s\n}', /durations of loop are 2000ms or more$/],
    ['loop {\n interval soon\n}', /time: invalid duration "soon"/],
    ['loop {\n often\n}', /unknown property 'often'$/],
  ];
  for (const [text, message] of rows)
    test(text.replaceAll(/\s+/g, ' '), () => assert.throws(() => setup(text), { message }));

  test('a second directive', () => assert.equal(plugin.once, true));
});
