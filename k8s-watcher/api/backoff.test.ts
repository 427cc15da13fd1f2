// Waits after failures (spec C2): 0.8 s doubling to 30 s with jitter, forgotten after 2 minutes of health.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  const rows: { name: string; failures: [at: number, retryAfter?: number][]; chance?: number; want: number[] }[] = [
    {
      name: 'doubles to 30 s',
      failures: [[0], [1], [2], [3], [4], [5], [6], [7]],
      want: [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000],
    },
    { name: 'is lengthened by chance', failures: [[0], [1]], chance: 0.5, want: [1200, 2400] },
    { name: 'goes on within two minutes', failures: [[0], [120_800]], want: [800, 1600] },
    { name: 'begins anew after two minutes of health', failures: [[0], [1], [122_000]], want: [800, 1600, 800] },
    { name: 'does not count the wait as health', failures: [[0], [1], [120_900]], want: [800, 1600, 3200] },
    {
      name: 'waits as long as the server wants',
      failures: [
        [0, 5000],
        [5000, 100],
      ],
      want: [5000, 1600],
    },
  ];
  for (const { name, failures, chance = 0, want } of rows)
    it(name, () => {
      const backoff = new Backoff();
      const waits = failures.map(([at, retryAfter]) => backoff.after(at, retryAfter ?? 0, chance));
      assert.deepEqual(waits, want);
    });

  it('stays within twice the wait, whatever the chance', () => {
    for (let round = 0; round < 100; round++) {
      const wait = new Backoff().after(0);
      assert.ok(wait >= 800 && wait < 1600, String(wait));
    }
  });

  it('other limits', () => {
    const backoff = new Backoff({ first: 10, longest: 25 });
    assert.deepEqual(
      [0, 1, 2, 3].map((at) => backoff.after(at, 0, 0)),
      [10, 20, 25, 25],
    );
  });
});
