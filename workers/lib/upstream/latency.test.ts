import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Latency } from './latency.ts';

const clock = { now: 0, seconds: 0, tick: () => {} };
/** The only slot. */
const sent = { sentAt: new Float64Array(1) };

/** A reply comes now, after so many milliseconds. */
function reply(latency: Latency, milliseconds: number, least = 0): void {
  sent.sentAt[0] = clock.now - milliseconds;
  latency.observe(0, least);
}

/** An upstream whose replies took so long, one a millisecond from 0 on. */
function after(...times: readonly number[]): Latency {
  const latency = new Latency(sent, clock);
  for (const [now, milliseconds] of times.entries()) {
    clock.now = now;
    reply(latency, milliseconds);
  }
  return latency;
}

describe('what is expected', () => {
  test('nothing before the first reply', () => assert.equal(after().estimate, 0));
  test('what the only reply took', () => assert.equal(after(7).estimate, 7));
  test('a slow reply counts at once and in full', () => assert.equal(after(1, 1, 500).estimate, 500));

  test('quick replies take its weight away little by little', () => {
    const latency = after(500);
    let before = latency.estimate;
    for (let second = 1; second <= 50; second++) {
      clock.now = second * 1000;
      reply(latency, 1);
      assert.ok(latency.estimate < before && latency.estimate > 1, `${latency.estimate} after ${second} s`);
      before = latency.estimate;
    }
    assert.ok(before < 10);
  });

  test('a failure counts for no less than is said', () => {
    const latency = after(1);
    reply(latency, 2, 2000);
    assert.equal(latency.estimate, 2000);
  });

  test('a request that was outrun counts when it has taken longer than expected already', () => {
    const latency = after(10);
    const outrun = (milliseconds: number): void => {
      sent.sentAt[0] = clock.now - milliseconds;
      latency.outrun(0);
    };
    outrun(5);
    assert.equal(latency.estimate, 10);
    outrun(30);
    assert.equal(latency.estimate, 30);
  });
});

describe('what a request costs', () => {
  test('the expected time as often as requests are waiting', () => {
    const latency = after(8);
    assert.equal(latency.cost, 8);
    latency.pending = 3;
    assert.equal(latency.cost, 32);
  });

  test('never nothing: those of whom nothing is known are told apart by their requests', () => {
    const latency = after();
    const idle = latency.cost;
    latency.pending = 1;
    assert.ok(idle > 0 && latency.cost > idle);
  });

  test('less the longer nobody has asked, so that one that was slow is tried again', () => {
    const slow = after(2000);
    const quick = after(10);
    clock.now = 1000;
    assert.ok(slow.cost > quick.cost);
    clock.now = 60_000;
    reply(quick, 10);
    assert.ok(slow.cost < quick.cost);
    assert.equal(slow.estimate, 2000);
  });
});
