import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Shuffle } from '../../lib/random.ts';
import type { PolicyName } from './options.ts';
import { Policy } from './policy.ts';

/** The order in which the next query asks. */
function walk(policy: Policy, count: number): number[] {
  policy.next();
  return Array.from({ length: count }, (_, i) => (policy.start + i * policy.step) % count);
}

const policies: readonly PolicyName[] = ['random', 'round_robin', 'sequential'];
for (const name of policies) {
  test(`${name} visits every upstream once`, () => {
    for (let count = 1; count <= 15; count++) {
      const policy = new Policy(name, count, new Shuffle(count));
      for (let query = 0; query < 50; query++) {
        const sorted = walk(policy, count).sort((a, b) => a - b);
        assert.deepEqual(
          sorted,
          Array.from({ length: count }, (_, i) => i),
          `${count} upstreams, query ${query}`,
        );
      }
    }
  });
}

describe('orders', () => {
  test('sequential: always that of the Corefile', () => {
    const policy = new Policy('sequential', 3, new Shuffle(1));
    for (let query = 0; query < 5; query++) assert.deepEqual(walk(policy, 3), [0, 1, 2]);
  });

  test('round_robin: each query begins one further', () => {
    const policy = new Policy('round_robin', 3, new Shuffle(1));
    const [first] = walk(policy, 3);
    for (let query = 1; query < 7; query++) assert.equal(walk(policy, 3)[0], (first + query) % 3);
  });

  test('random: of three upstreams all six orders come up', () => {
    const policy = new Policy('random', 3, new Shuffle(1));
    const orders = new Set(Array.from({ length: 200 }, () => walk(policy, 3).join()));
    assert.equal(orders.size, 6);
  });

  test('any: each of them', () => {
    const policy = new Policy('sequential', 4, new Shuffle(1));
    assert.equal(new Set(Array.from({ length: 100 }, () => policy.any())).size, 4);
  });
});
