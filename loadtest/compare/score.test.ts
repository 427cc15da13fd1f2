import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '#loadtest/generator/report.ts';
import { median, orderOf, ratioOf, scoreOf } from './score.ts';

describe('the order of a round', () => {
  for (const [round, want] of [
    [0, ['a', 'b']],
    [1, ['b', 'a']],
    [2, ['a', 'b']],
    [3, ['b', 'a']],
  ] as const)
    it(`${round}`, () => assert.deepEqual(orderOf(round, ['a', 'b']), want));
});

describe('the median', () => {
  const rows: [number[], number][] = [
    [[5], 5],
    [[1, 2], 1.5],
    [[9, 1, 5], 5],
    [[10, 9, 2, 1], 5.5],
    [[100, 20, 3], 20],
  ];
  for (const [values, want] of rows) it(`of ${values}`, () => assert.equal(median(values), want));
});

function report(answersPerCpuSecond: number | undefined, qps: number, p50: number, lost: number): Report {
  return {
    server: '',
    loop: 'closed',
    io: 'batched',
    clients: 1,
    seconds: 1,
    sent: 0,
    answered: 0,
    lost,
    unexpected: 0,
    truncated: 0,
    dropped: 0,
    refused: 0,
    qps,
    rcodes: {},
    latencyMs: { mean: 0, p50, p90: 0, p99: p50 * 2, p999: 0, max: 0 },
    generatorCpuSeconds: 0,
    ...(answersPerCpuSecond === undefined ? {} : { answersPerCpuSecond }),
  };
}

describe('a score', () => {
  it('is made of medians; what was lost is a sum', () => {
    const reports = [report(100, 90, 1, 1), report(10, 9, 9.00001, 5), report(130, 95, 1.5, 0)];
    assert.deepEqual(scoreOf('a', reports), {
      name: 'a',
      answersPerCpuSecond: 100,
      qps: 90,
      p50: 1.5,
      p99: 3,
      lost: 6,
      rounds: [100, 10, 130],
    });
  });

  it('a round without CPU time counts as 0', () =>
    assert.deepEqual(scoreOf('a', [report(undefined, 1, 1, 0)]).rounds, [0]));

  for (const [subject, rival, want] of [
    [100, 100, 1],
    [150, 100, 1.5],
    [1, 3, 0.3333],
    [100, 0, 0],
    [0, 100, 0],
  ])
    it(`${subject} beside ${rival}`, () => {
      const [one, other] = [subject, rival].map((value) => scoreOf('x', [report(value, 1, 1, 0)]));
      assert.equal(ratioOf(one, other), want);
    });
});
