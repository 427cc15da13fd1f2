import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { highest, type Sample, Sampler } from './sampler.ts';

const sample = (at: number, total: number): Sample => ({ at, footprint: { total, own: total, shared: 0, files: 0 } });
const SAMPLES = [sample(0, 1), sample(1, 5), sample(2, 3), sample(3, 5), sample(4, 2)];

describe('the highest of samples', () => {
  const rows: { name: string; from?: number; to?: number; want: number | undefined }[] = [
    { name: 'is the first of equals', want: 1 },
    { name: 'from a time on', from: 2, want: 3 },
    { name: 'until a time', to: 0.5, want: 0 },
    { name: 'between two times, both included', from: 2, to: 2, want: 2 },
    { name: 'of none is none', from: 9, want: undefined },
  ];
  for (const { name, from = 0, to = Number.POSITIVE_INFINITY, want } of rows)
    it(name, () => assert.equal(highest(SAMPLES, from, to)?.at, want));
});

describe('a sampler', () => {
  it('looks at once, again and again, and not after it is closed', async () => {
    const sampler = new Sampler(process.pid, 1);
    assert.equal(sampler.samples.length, 1);
    const end = performance.now() + 5000;
    while (sampler.samples.length < 3 && performance.now() < end) await new Promise((done) => setTimeout(done, 5));
    sampler.close();
    const { length } = sampler.samples;
    assert.ok(length >= 3);
    await new Promise((done) => setTimeout(done, 20));
    assert.equal(sampler.samples.length, length);
    assert.ok(sampler.samples.every(({ at, footprint }, i, all) => footprint.total > 0 && at >= (all[i - 1]?.at ?? 0)));
  });
});
