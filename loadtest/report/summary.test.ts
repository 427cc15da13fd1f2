import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Report } from '#loadtest/generator/report.ts';
import { summarize, thousands } from './summary.ts';

const CLOSED: Report = {
  server: '127.0.0.1:53',
  loop: 'closed',
  window: 256,
  io: 'batched',
  clients: 8,
  seconds: 5,
  sent: 1_000_010,
  answered: 1_000_000,
  lost: 10,
  unexpected: 0,
  truncated: 0,
  dropped: 0,
  refused: 0,
  qps: 200_000,
  rcodes: { NOERROR: 999_999, NXDOMAIN: 1 },
  latencyMs: { mean: 1.1, p50: 1, p90: 2, p99: 3, p999: 4, max: 5 },
  generatorCpuSeconds: 4.5,
};

/** The lines by their labels. */
function lines(report: Report): Record<string, string> {
  const entries = summarize(report).trimEnd().split('\n');
  return Object.fromEntries(entries.map((line) => [line.slice(0, 12).trim(), line.slice(13)]));
}

it('a closed loop', () =>
  assert.equal(
    summarize(CLOSED),
    `server       127.0.0.1:53 (closed, 256 outstanding, 8 clients, batched)
queries      1,000,010 sent, 1,000,000 answered, 10 lost
answers      200,000/s over 5 s: NOERROR 999,999, NXDOMAIN 1
latency ms   mean 1.1, p50 1, p90 2, p99 3, p99.9 4, max 5
generator    4.5 CPU s
`,
  ));

describe('lines that are there when they say something', () => {
  const { window: _, ...common } = CLOSED;
  const rows: { name: string; report: Report; label: string; want: string | undefined }[] = [
    { name: 'unexpected', report: { ...CLOSED, unexpected: 2 }, label: 'unexpected', want: '2' },
    { name: 'none unexpected', report: CLOSED, label: 'unexpected', want: undefined },
    { name: 'refused', report: { ...CLOSED, refused: 1200 }, label: 'refused', want: '1,200' },
    { name: 'unsent', report: { ...CLOSED, unsent: 3 }, label: 'unsent', want: '3' },
    { name: 'all sent', report: { ...CLOSED, unsent: 0 }, label: 'unsent', want: undefined },
    { name: 'no answers', report: { ...CLOSED, rcodes: {} }, label: 'answers', want: '200,000/s over 5 s: none' },
    {
      name: 'an open loop',
      report: { ...common, loop: 'open', rate: 50_000, lagMs: 0.5, unsent: 0 },
      label: 'late by',
      want: '0.5 ms at most (the generator, not the server)',
    },
    {
      name: 'CPU time of the server',
      report: { ...CLOSED, serverCpuSeconds: 2.5, answersPerCpuSecond: 400_000 },
      label: 'server',
      want: '2.5 CPU s, 400,000 answers a CPU s',
    },
    { name: 'a server that did nothing', report: { ...CLOSED, serverCpuSeconds: 0 }, label: 'server', want: '0 CPU s' },
  ];
  for (const { name, report, label, want } of rows) it(name, () => assert.equal(lines(report)[label], want));
});

describe('numbers', () => {
  for (const [value, want] of [
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567.8, '1,234,568'],
  ] as const)
    it(want, () => assert.equal(thousands(value), want));
});
