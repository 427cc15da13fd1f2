// Outstanding against a plain Map, over many rounds of the id space.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Outstanding } from './outstanding.ts';
import { seeded } from './testing/seeded.ts';

const STEPS = 400_000;

it('does what a Map in the order of sending does', () => {
  const random = seeded(0x0d5);
  const outstanding = new Outstanding();
  const model = new Map<number, number>();
  let time = 1;
  for (let step = 0; step < STEPS; step++) {
    time += random(3);
    if (random(10) < 6) {
      const id = outstanding.issue(time);
      assert.ok(!model.has(id), `id ${id} waits already`);
      model.set(id, time);
    } else if (random(200) > 0) {
      const id = (step + random(2000)) & 0xffff;
      assert.equal(outstanding.settle(id), model.get(id) ?? 0);
      model.delete(id);
    } else {
      const before = time - random(5000);
      const old = [...model].filter(([, started]) => started < before);
      assert.equal(outstanding.expire(before), old.length);
      for (const [id] of old) model.delete(id);
    }
    assert.equal(outstanding.count, model.size);
  }
});
