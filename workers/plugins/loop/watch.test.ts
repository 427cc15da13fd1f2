import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type LoopSighting, LoopWatch } from './watch.ts';

const OPTIONS = { name: '4547991504243258144.3688648895315093531.', zone: '.' };
const SIGHTING: LoopSighting = {
  kind: 'loop',
  thread: 0,
  source: '127.0.0.1:55953',
  listener: 'dns://:1053',
  ...OPTIONS,
};
const LINE =
  'plugin/loop: Loop (127.0.0.1:55953 -> :1053) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."';

let now = 0;
let watch: LoopWatch;

beforeEach(() => {
  now = 1000;
  watch = new LoopWatch(OPTIONS, () => now);
});

/** What `count` sightings in a row bring. */
const see = (count: number, sighting = SIGHTING): (string | undefined)[] =>
  Array.from({ length: count }, () => watch.sighted(sighting));

describe('LoopWatch', () => {
  test('seen twice is no loop, seen a third time is', () => assert.deepEqual(see(3), [undefined, undefined, LINE]));

  test('other threads count, too', () => {
    see(2);
    assert.deepEqual(see(1, { ...SIGHTING, thread: 1 }), [LINE]);
  });

  test('other probes do not', () => assert.deepEqual(see(5, { ...SIGHTING, name: '1.2.' }), Array(5).fill(undefined)));

  test('a probe without an answer is forgotten', () => {
    see(2);
    watch.retry();
    assert.deepEqual(see(2), [undefined, undefined]);
  });

  test('two seconds after an answer nobody is stopped any more', () => {
    watch.sent();
    see(2);
    now += 1999;
    assert.deepEqual(see(1), [LINE]);
    now += 1;
    assert.deepEqual(see(1), [undefined]);
  });

  test('after the last try nobody is stopped either', () => {
    watch.giveUp();
    assert.deepEqual(see(3), [undefined, undefined, undefined]);
  });

  test('a listener with an address', () => {
    see(2);
    assert.match(String(see(1, { ...SIGHTING, listener: 'dns://127.0.0.1:53' })[0]), /-> 127\.0\.0\.1:53\) detected/);
  });
});
