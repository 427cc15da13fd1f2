import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { CLAIM_MILLIS, CLAIMED, InFlight, TAKEN, UNKNOWN } from './in-flight.ts';
import { IN_FLIGHT_PLACES, IN_FLIGHT_WORDS } from './layout.ts';

const HASH = 77;
const TAG = 0x1234567;

describe('questions in flight', () => {
  let a: InFlight;
  let b: InFlight;
  beforeEach(() => {
    const words = new Int32Array(IN_FLIGHT_PLACES * IN_FLIGHT_WORDS);
    a = new InFlight(words, 0);
    b = new InFlight(words, 0);
  });

  test('the first one asks, the others wait, until it has the answer', () => {
    assert.equal(a.claim(HASH, TAG, 10), CLAIMED);
    assert.equal(b.claim(HASH, TAG, 11), TAKEN);
    assert.equal(b.isTaken(HASH, TAG, 12), true);
    a.release(HASH, TAG);
    assert.equal(b.isTaken(HASH, TAG, 13), false);
    assert.equal(b.claim(HASH, TAG, 13), CLAIMED);
  });

  test('within a thread nobody waits here', () => {
    a.claim(HASH, TAG, 10);
    assert.equal(a.claim(HASH, TAG, 11), UNKNOWN);
  });

  test('another question in the same place is asked by whoever has it', () => {
    a.claim(HASH, TAG, 10);
    assert.equal(b.claim(HASH + IN_FLIGHT_PLACES, TAG + 1, 11), UNKNOWN);
    b.release(HASH + IN_FLIGHT_PLACES, TAG + 1);
    assert.equal(b.isTaken(HASH, TAG, 12), true, 'and does not end what is not its own');
  });

  test('a thread that dies leaves nobody waiting', () => {
    a.claim(HASH, TAG, 10);
    assert.equal(b.claim(HASH, TAG, 10 + CLAIM_MILLIS), TAKEN);
    assert.equal(b.isTaken(HASH, TAG, 13 + CLAIM_MILLIS), false);
    assert.equal(b.claim(HASH, TAG, 13 + CLAIM_MILLIS), CLAIMED);
    a.release(HASH, TAG);
    assert.equal(a.isTaken(HASH, TAG, 13 + CLAIM_MILLIS), true, 'what was too late ends nothing');
  });

  const clocks: readonly (readonly [name: string, first: number, second: number])[] = [
    ['a clock that is a little behind', 500, 440],
    ['the clock of 31 bits wraps around', 2 ** 31 - 100, 2 ** 31 + 100],
  ];
  for (const [name, first, second] of clocks)
    test(name, () => {
      assert.equal(a.claim(HASH, TAG, first), CLAIMED);
      assert.equal(b.claim(HASH, TAG, second), TAKEN);
    });

  test('free places are taken over by any question', () => {
    a.claim(HASH, TAG, 10);
    a.release(HASH, TAG);
    assert.equal(b.claim(HASH, TAG + 1, 11), CLAIMED);
    assert.equal(a.claim(HASH, TAG + 1, 11), TAKEN);
  });
});
