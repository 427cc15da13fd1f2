import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Latency } from './latency.ts';

/** An upstream whose replies took so long, one a millisecond from 0 on. */
function after(...milliseconds: readonly number[]): Latency {
  const latency = new Latency();
  for (const [now, observed] of milliseconds.entries()) latency.observe(observed, now);
  return latency;
}

describe('what is expected', () => {
  test('nothing before the first reply', () => assert.equal(new Latency().estimate, 0));
  test('what the only reply took', () => assert.equal(after(7).estimate, 7));
  test('a slow reply counts at once and in full', () => assert.equal(after(1, 1, 500).estimate, 500));

  test('quick replies take its weight away little by little', () => {
    const latency = after(500);
    let before = latency.estimate;
    for (let now = 1; now <= 50; now++) {
      latency.observe(1, now * 1000);
      assert.ok(latency.estimate < before && latency.estimate > 1, `${latency.estimate} after ${now} s`);
      before = latency.estimate;
    }
    assert.ok(before < 10);
  });
});

describe('what a request costs', () => {
  test('the expected time as often as requests are waiting', () => {
    const latency = after(8);
    assert.equal(latency.cost(0), 8);
    latency.pending = 3;
    assert.equal(latency.cost(0), 32);
  });

  test('never nothing: those of whom nothing is known are told apart by their requests', () => {
    const latency = new Latency();
    const idle = latency.cost(0);
    latency.pending = 1;
    assert.ok(idle > 0 && latency.cost(0) > idle);
  });

  test('less the longer nobody has asked, so that one that was slow is tried again', () => {
    const slow = after(2000);
    const quick = after(10);
    assert.ok(slow.cost(1000) > quick.cost(0));
    assert.ok(slow.cost(60_000) < quick.cost(0));
    assert.equal(slow.estimate, 2000);
  });
});
