import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tally, UNITS_PER_MS } from './tally.ts';

/** Measures from 100 to 200. */
function opened(): Tally {
  const tally = new Tally();
  tally.open(100);
  tally.close(200);
  return tally;
}

it('counts nothing before it is opened', () => {
  const tally = new Tally();
  tally.send(50);
  tally.answer(50, 60, 0, false);
  tally.stray(60);
  assert.deepEqual([tally.sent, tally.answered, tally.arrived, tally.unexpected], [0, 0, 0, 0]);
});

describe('an answer counts by when its query was due, and as arrived by when it came', () => {
  const rows = [
    { name: 'all in the measured time', started: 120, now: 130, sent: 1, answered: 1, arrived: 1 },
    { name: 'sent in warm-up', started: 99, now: 110, sent: 0, answered: 0, arrived: 1 },
    { name: 'answered after the end', started: 199, now: 230, sent: 1, answered: 1, arrived: 0 },
    { name: 'at the very begin', started: 100, now: 100, sent: 1, answered: 1, arrived: 1 },
    { name: 'at the very end', started: 200, now: 200, sent: 0, answered: 0, arrived: 0 },
  ];
  for (const { name, started, now, sent, answered, arrived } of rows)
    it(name, () => {
      const tally = opened();
      tally.send(started);
      tally.answer(started, now, 0, false);
      assert.deepEqual([tally.sent, tally.answered, tally.arrived], [sent, answered, arrived]);
      assert.equal(tally.latencies.total, answered);
    });
});

it('keeps rcodes, truncation and latency', () => {
  const tally = opened();
  tally.answer(110, 110.5, 3, true);
  tally.answer(110, 112, 3, false);
  tally.answer(110, 110.25, 0, false);
  assert.deepEqual([tally.rcodes[0], tally.rcodes[3], tally.truncated], [1, 2, 1]);
  assert.equal(tally.latencies.max, 2 * UNITS_PER_MS);
});

it('strays count while it is open', () => {
  const tally = opened();
  for (const now of [99, 100, 150, 200]) tally.stray(now);
  assert.equal(tally.unexpected, 2);
});

it('tells the length of the measured time in seconds', () => assert.equal(opened().seconds, 0.1));
