import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Shuffle } from '../../lib/random.ts';
import type { PolicyName } from './options.ts';
import { type Candidate, Policy } from './policy.ts';

function candidates(count: number, costs: readonly number[] = [], down: readonly number[] = []): Candidate[] {
  return Array.from({ length: count }, (_, i) => ({ down: down.includes(i), cost: costs[i] ?? 1 }));
}

/** The order in which the next query asks. */
function walk(policy: Policy, count: number): number[] {
  policy.next();
  return Array.from({ length: count }, (_, i) => (policy.start + i * policy.step) % count);
}

const policies: readonly PolicyName[] = ['random', 'round_robin', 'sequential', 'latency'];
for (const name of policies) {
  test(`${name} visits every upstream once`, () => {
    for (let count = 1; count <= 15; count++) {
      const policy = new Policy(name, candidates(count), new Shuffle(count));
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
    const policy = new Policy('sequential', candidates(3), new Shuffle(1));
    for (let query = 0; query < 5; query++) assert.deepEqual(walk(policy, 3), [0, 1, 2]);
  });

  test('round_robin: each query begins one further', () => {
    const policy = new Policy('round_robin', candidates(3), new Shuffle(1));
    const [first] = walk(policy, 3);
    for (let query = 1; query < 7; query++) assert.equal(walk(policy, 3)[0], (first + query) % 3);
  });

  test('random: of three upstreams all six orders come up', () => {
    const policy = new Policy('random', candidates(3), new Shuffle(1));
    const orders = new Set(Array.from({ length: 200 }, () => walk(policy, 3).join()));
    assert.equal(orders.size, 6);
  });

  test('latency: of two the one that costs less, unless it is down', () => {
    const cheaper = new Policy('latency', candidates(2, [5, 3]), new Shuffle(1));
    const alive = new Policy('latency', candidates(2, [5, 3], [1]), new Shuffle(1));
    for (let query = 0; query < 50; query++) {
      assert.equal(walk(cheaper, 2)[0], 1);
      assert.equal(walk(alive, 2)[0], 0);
    }
  });

  test('latency: of many the dearest is never asked first, the others the more often the less they cost', () => {
    const policy = new Policy('latency', candidates(5, [1, 2, 3, 4, 5]), new Shuffle(1));
    const firsts = [0, 0, 0, 0, 0];
    for (let query = 0; query < 2000; query++) firsts[walk(policy, 5)[0]]++;
    assert.equal(firsts[4], 0);
    assert.deepEqual(
      [...firsts].sort((a, b) => b - a),
      firsts,
    );
  });

  test('latency: all are down', () => {
    const policy = new Policy('latency', candidates(3, [], [0, 1, 2]), new Shuffle(1));
    assert.ok(walk(policy, 3)[0] < 3);
  });

  test('without any upstream nothing happens', () => {
    for (const name of policies) new Policy(name, [], new Shuffle(1)).next();
  });

  test('any: each of them', () => {
    const policy = new Policy('sequential', candidates(4), new Shuffle(1));
    assert.equal(new Set(Array.from({ length: 100 }, () => policy.any())).size, 4);
  });
});
