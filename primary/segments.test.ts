// The memory of a replica and how others find it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters } from '#memory/counters.ts';
import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { loadTuning } from './config/load.ts';
import { createSegments, handlesOf } from './segments.ts';

const tuning = loadTuning(undefined, { SHOAL_MEMORY_ZONES: '8MiB', SHOAL_MEMORY_ANSWERS: '1MiB' });

describe('segments', () => {
  const segments = createSegments(tuning, 3);
  it('have the sizes of the tuning', () => {
    assert.equal(segments.cluster.u8.length, tuning.memory.zones);
    assert.equal(segments.answers.u8.length, tuning.memory.answers);
  });
  it('have a cell for every thread and the primary', () => {
    const readers = new Readers(segments.readers);
    for (const index of [0, 1, 2, 3]) readers.enter(index);
    assert.throws(() => readers.state(400), RangeError);
    assert.doesNotThrow(() => new Counters(segments.counters, 3));
  });
  const handles = handlesOf(segments);
  for (const name of ['cluster', 'files', 'readers', 'answers', 'counters'] as const)
    it(`${name}: is the same memory for whoever maps its handle, which is plain data`, () => {
      assert.deepEqual(structuredClone(handles[name]), handles[name]);
      const mapped = Segment.map(handles[name], true);
      const last = mapped.u8.length - 1;
      mapped.u8[last] = 42;
      assert.equal(segments[name].u8[last], 42);
      mapped.u8[last] = 0;
    });
});
