import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sample } from './footprint/sampler.ts';
import { limitsOf, measureMemory, memoryTable, type Phases, phasesOf } from './memory-run.ts';

const sample = (at: number, total: number): Sample => ({ at, footprint: { total, own: total, shared: 0, files: 0 } });
const phases = (ready: number, peak: number, end: number): Phases => ({ ready, peak, peakAt: 1, end });
const FOUND = new Map([
  ['shoal', [phases(1, 90, 80), phases(3, 100, 70), phases(2, 110, 90)]],
  ['coredns', [phases(1, 200, 100)]],
]);

describe('a server that ends', () => {
  it('is not watched any longer', async () => {
    const program = { name: 'short', path: process.execPath, args: ['--eval', 'process.exit(3)', '--'] };
    const watched = measureMemory(program, { kubeconfig: 'none', podsVerified: false }, 600, () => {});
    await assert.rejects(watched, /short: ended \(status 3\)/);
  });
});

describe('phases', () => {
  it('have the highest of the first minute, and the end', () => {
    const samples = [sample(1, 10), sample(5, 30), sample(60, 20), sample(61, 90), sample(120, 15)];
    assert.deepEqual(phasesOf(2, samples), { ready: 2, peak: 30, peakAt: 5, end: 15 });
  });
});

describe('the table', () => {
  it('has medians of rounds, and what they are of the rival’s', () => {
    assert.equal(
      memoryTable(FOUND),
      `server   ready s  highest MiB  at s  end MiB
shoal       2.00        100.0   1.0     80.0
coredns     1.00        200.0   1.0    100.0
ratio       2.00         0.50           0.80
`,
    );
  });

  it('has no ratio without a rival', () => {
    assert.doesNotMatch(memoryTable(new Map([['shoal', [phases(1, 90, 80)]]])), /ratio/);
  });
});

describe('the limits', () => {
  const rows: { name: string; seconds: number; podsVerified: boolean; want: [number, number][] }[] = [
    {
      name: 'of a minute',
      seconds: 60,
      podsVerified: false,
      want: [
        [2, 1],
        [0.5, 0.9],
      ],
    },
    {
      name: 'of a minute with pods',
      seconds: 60,
      podsVerified: true,
      want: [
        [2, 1],
        [0.5, 0.5],
      ],
    },
    {
      name: 'of five minutes',
      seconds: 300,
      podsVerified: false,
      want: [
        [2, 1],
        [0.5, 0.9],
        [0.8, 1.3],
      ],
    },
    {
      name: 'of five minutes with pods',
      seconds: 300,
      podsVerified: true,
      want: [
        [2, 1],
        [0.5, 0.5],
        [0.8, 1],
      ],
    },
  ];
  for (const { name, seconds, podsVerified, want } of rows)
    it(name, () => {
      const limits = limitsOf(FOUND, seconds, podsVerified).map(({ value, most }) => [value, most]);
      assert.deepEqual(limits, want);
    });

  it('are none without a rival', () => {
    assert.deepEqual(limitsOf(new Map([['shoal', [phases(1, 90, 80)]]]), 300, false), []);
  });
});
