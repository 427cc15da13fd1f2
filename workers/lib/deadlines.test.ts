// The deadline wheel against a model, with a clock that the test moves.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Clock } from '../chain/handler.ts';
import { DeadlineWheel } from './deadlines.ts';

const clock: Clock & { real: number } = {
  real: 0,
  now: 0,
  seconds: 0,
  tick() {
    this.now = this.real;
  },
};
let turns = 0;
const turn = {
  begin: () => {
    turns++;
    clock.tick();
  },
  flushLater: () => undefined,
  end: () => undefined,
};

/** Lets `milliseconds` pass in steps of the timer. */
function pass(milliseconds: number): void {
  for (let i = 0; i < milliseconds; i += 16) {
    clock.real += 16;
    mock.timers.tick(16);
  }
  clock.tick();
}

class Recorder {
  readonly expired: [number, number][] = [];
  expire(token: number): void {
    this.expired.push([token, clock.now]);
  }
}

describe('DeadlineWheel', () => {
  let wheel: DeadlineWheel;
  let owner: Recorder;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    clock.real = 1_000_000;
    clock.tick();
    wheel = new DeadlineWheel(turn, 64, clock);
    owner = new Recorder();
  });
  afterEach(() => {
    wheel.close();
    mock.timers.reset();
  });

  it('expires not before its time, and at most two steps later', () => {
    const begin = clock.now;
    wheel.start(owner, 7, 100);
    pass(1000);
    const [[token, at]] = owner.expired;
    assert.equal(token, 7);
    assert.ok(at - begin >= 100 && at - begin <= 100 + 32, `${at - begin} ms`);
  });
  it('expires once', () => {
    wheel.start(owner, 1, 20);
    pass(70_000);
    assert.equal(owner.expired.length, 1);
  });
  it('a cancelled deadline does not expire', () => {
    wheel.cancel(wheel.start(owner, 1, 20));
    pass(200);
    assert.deepEqual([owner.expired.length, wheel.active], [0, 0]);
  });
  it('a stale handle cancels nothing', () => {
    const old = wheel.start(owner, 1, 20);
    wheel.cancel(old);
    wheel.start(owner, 2, 20);
    wheel.cancel(old);
    pass(200);
    assert.deepEqual(
      owner.expired.map(([token]) => token),
      [2],
    );
  });
  it('says -1 when it is full, and cancelling that does nothing', () => {
    for (let i = 0; i < 64; i++) assert.notEqual(wheel.start(owner, i, 50), -1);
    const none = wheel.start(owner, 64, 50);
    wheel.cancel(none);
    assert.deepEqual([none, wheel.active], [-1, 64]);
  });
  it('an owner may start the next one while it expires', () => {
    const again = { left: 3, expire: () => void (again.left-- > 1 && wheel.start(again, 0, 30)) };
    wheel.start(again, 0, 30);
    pass(1000);
    assert.equal(again.left, 0);
  });
  it('sleeps when nothing is due', () => {
    wheel.start(owner, 1, 20);
    pass(200);
    const before = turns;
    pass(1000);
    assert.equal(turns, before);
  });
  it('catches up after the thread was stopped for longer than the wheel spans', () => {
    for (let i = 0; i < 10; i++) wheel.start(owner, i, 100 * i);
    clock.real += 200_000;
    mock.timers.tick(16);
    assert.equal(owner.expired.length, 10);
  });
  it('agrees with a model over random starts and cancels', () => {
    const due = new Map<number, { handle: number; at: number }>();
    for (let token = 0; token < 400; token++) {
      const wait = randomInt(1, 60_000);
      const handle = wheel.start(owner, token, wait);
      if (handle !== -1) due.set(token, { handle, at: clock.now + wait });
      const [victim] = due.keys();
      if (randomInt(3) === 0 && victim !== undefined && !owner.expired.some(([expired]) => expired === victim)) {
        wheel.cancel(due.get(victim)?.handle ?? -1);
        due.delete(victim);
      }
      pass(randomInt(1, 400));
    }
    pass(70_000);
    assert.deepEqual(
      owner.expired.map(([token]) => token).sort((a, b) => a - b),
      [...due.keys()].sort((a, b) => a - b),
    );
    for (const [token, at] of owner.expired) assert.ok(at >= (due.get(token)?.at ?? 0), `${token} was early`);
  });
});
