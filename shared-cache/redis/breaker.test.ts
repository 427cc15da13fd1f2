import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Breaker, type BreakerState, CLOSED, HALF_OPEN, OPEN } from './breaker.ts';

const NAMES = ['closed', 'open', 'half-open'];

class Scene {
  now = 1000;
  readonly states: string[] = [];
  readonly breaker = new Breaker(
    () => this.now,
    (state: BreakerState) => this.states.push(NAMES[state]),
  );

  probe(good: boolean): number {
    const pause = this.breaker.nextProbe - this.now;
    this.now = this.breaker.nextProbe;
    this.breaker.probed(good);
    return pause;
  }

  close(): this {
    while (this.breaker.state !== CLOSED) this.probe(true);
    this.states.length = 0;
    return this;
  }

  /** `1`: in time, `0`: not. */
  record(outcomes: string): this {
    for (const outcome of outcomes) this.breaker.record(outcome === '1');
    return this;
  }
}

test('begins half-open: probes decide', () => {
  const scene = new Scene();
  assert.equal(scene.breaker.state, HALF_OPEN);
  assert.equal(scene.breaker.nextProbe, scene.now);
  scene.probe(true);
  scene.probe(true);
  assert.equal(scene.breaker.state, HALF_OPEN);
  scene.probe(true);
  assert.deepEqual(scene.states, ['closed']);
});

const OUTCOMES: { outcomes: string; state: BreakerState; why: string }[] = [
  { outcomes: '000', state: CLOSED, why: 'too few to mean anything' },
  { outcomes: '0000', state: OPEN, why: 'nothing but failures' },
  { outcomes: '1111000', state: CLOSED, why: 'less than half' },
  { outcomes: '11110000', state: OPEN, why: 'half of them' },
  { outcomes: '0001', state: CLOSED, why: 'a good one never opens' },
  { outcomes: '00010', state: OPEN, why: 'more than half' },
  { outcomes: `${'1'.repeat(100)}0000000`, state: CLOSED, why: 'seven of the last sixteen' },
  { outcomes: `${'1'.repeat(100)}00000000`, state: OPEN, why: 'eight of the last sixteen, whatever was before' },
  { outcomes: '1110'.repeat(100), state: CLOSED, why: 'one in four' },
];
describe('closed, after outcomes', () => {
  for (const { outcomes, state, why } of OUTCOMES)
    test(`${outcomes.slice(-24)}: ${why}`, () => {
      assert.equal(new Scene().close().record(outcomes).breaker.state, state);
    });

  test('of the time before it was open nothing counts', () => {
    const scene = new Scene().close().record('0000');
    assert.equal(scene.close().record('000').breaker.state, CLOSED);
  });
});

describe('open', () => {
  test('outcomes of before do not matter', () => {
    const scene = new Scene().close().record('0000');
    scene.record('1'.repeat(50)).record('0'.repeat(50));
    assert.deepEqual(scene.states, ['open']);
  });

  test('pauses between failed rounds double, up to a bound', () => {
    const scene = new Scene().close().record('0000');
    const pauses = Array.from({ length: 7 }, () => scene.probe(false));
    assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  test('a connection gives hope: the next probe is due, and pauses begin anew', () => {
    const scene = new Scene().close().record('0000');
    for (let i = 0; i < 5; i++) scene.probe(false);
    scene.breaker.hope();
    assert.equal(scene.probe(false), 0);
    assert.equal(scene.probe(false), 250);
  });

  test('a failed probe among good ones opens it again', () => {
    const scene = new Scene().close().record('0000');
    for (const good of [true, true, false, true, true, true]) scene.probe(good);
    assert.deepEqual(scene.states, ['open', 'half-open', 'open', 'half-open', 'closed']);
  });
});

test('a lost connection opens it at once', () => {
  const scene = new Scene().close();
  scene.breaker.trip();
  assert.deepEqual(scene.states, ['open']);
});

test('hope and probes mean nothing to a closed one', () => {
  const scene = new Scene().close();
  scene.breaker.hope();
  scene.breaker.probed(false);
  assert.equal(scene.breaker.state, CLOSED);
});
