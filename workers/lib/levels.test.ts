import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED } from '#redis/breaker.ts';
import type { LevelAsk, LevelTold } from '#redis/messages.ts';
import { testSettings } from '#redis/testing/settings.ts';
import { ThreadLevels } from './levels.ts';

const STATE: LevelTold = { step: 'state', state: CLOSED, reporter: true, why: '' };

function scene() {
  const log: string[] = [];
  const turn = { begin: () => log.push('begin'), end: () => log.push('end') };
  const sent: [number, LevelAsk][] = [];
  const levels = new ThreadLevels(turn, (level, ask) => sent.push([level, ask]));
  const user = { told: (told: LevelTold) => log.push(told.step), show: () => log.push('show') };
  return { log, sent, levels, user };
}

test('a user is told within a turn', () => {
  const { log, levels, user } = scene();
  levels.deliver(levels.open(testSettings(1), user), STATE);
  assert.deepEqual(log, ['begin', 'state', 'end']);
});

test('a turn ends when its user throws', () => {
  const { log, levels } = scene();
  const level = levels.open(testSettings(1), {
    told: () => {
      throw new Error('a bug');
    },
    show: () => undefined,
  });
  assert.throws(() => levels.deliver(level, STATE), /a bug/);
  assert.deepEqual(log, ['begin', 'end']);
});

test('users are told apart', () => {
  const { levels, log, sent, user } = scene();
  const first = levels.open(testSettings(1), user);
  const second = levels.open(testSettings(1), user);
  assert.notEqual(first, second);
  levels.send(second, Uint8Array.of(1));
  assert.deepEqual(sent[2], [second, { step: 'batch', batch: Uint8Array.of(1) }]);
  levels.close(first);
  levels.deliver(first, STATE);
  assert.deepEqual(log, ['show'], 'the one that is left');
  levels.deliver(second, STATE);
  assert.equal(log.length, 4);
});

test('one that has closed sends nothing, and closes once', () => {
  const { levels, sent, user } = scene();
  const level = levels.open(testSettings(1), user);
  levels.close(level);
  levels.close(level);
  levels.send(level, Uint8Array.of(1));
  assert.deepEqual(
    sent.map(([, ask]) => ask.step),
    ['open', 'close'],
  );
});
