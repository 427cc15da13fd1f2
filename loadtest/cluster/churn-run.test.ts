import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Report } from '#loadtest/generator/report.ts';
import { Responder } from '#loadtest/generator/testing/responder.ts';
import { ClusterApi } from './api/client.ts';
import { Churn } from './changes/churn.ts';
import { askFor, churnLimits, churnTable, growthLimit, type Period, writeNames } from './churn-run.ts';
import type { Sample } from './footprint/sampler.ts';
import { FakeApiServer } from './testing/api-server.ts';

function period(p99: number, more: Partial<Period> & { lost?: number; rcodes?: Record<string, number> } = {}): Period {
  const { lost = 0, rcodes = { NOERROR: 10, NXDOMAIN: 1 }, ...rest } = more;
  const latencyMs = { mean: 1, p50: p99 / 2, p90: 1, p99, p999: 1, max: 1 };
  const report: Report = {
    ...{
      server: 's',
      loop: 'open',
      io: 'x',
      clients: 1,
      seconds: 1,
      sent: 11,
      answered: 11,
      unexpected: 0,
      truncated: 0,
    },
    ...{ dropped: 0, refused: 0, qps: 20_000, generatorCpuSeconds: 1 },
    lost,
    rcodes,
    latencyMs,
  };
  return { report, changes: 0, skipped: 0, memory: 100, ...rest };
}

describe('the limits', () => {
  const rows: { name: string; quiet: Period[]; churning: Period[]; missed: string[] }[] = [
    { name: 'are kept', quiet: [period(1)], churning: [period(1.5)], missed: [] },
    { name: 'count medians', quiet: [period(1)], churning: [period(1), period(9), period(1)], missed: [] },
    { name: 'of p99', quiet: [period(1)], churning: [period(1.6)], missed: ['p99 with changes by p99 without'] },
    { name: 'of losses', quiet: [period(1, { lost: 1 })], churning: [period(1)], missed: ['answers that were lost'] },
    {
      name: 'of errors',
      quiet: [period(1)],
      churning: [period(1, { rcodes: { SERVFAIL: 1 } })],
      missed: ['answers that were errors'],
    },
    {
      name: 'of changes that were not made',
      quiet: [period(1)],
      churning: [period(1, { skipped: 3 })],
      missed: ['changes that the API server was too slow for'],
    },
  ];
  for (const { name, quiet, churning, missed } of rows)
    it(name, () => {
      const found = churnLimits(quiet, churning, 1.5).filter(({ value, most }) => value > most);
      assert.deepEqual(
        found.map(({ what }) => what),
        missed,
      );
    });

  const memory: { name: string; totals: number[][]; want: number }[] = [
    { name: 'that stays', totals: [[100, 90, 100, 95]], want: 1 },
    { name: 'that grows', totals: [[100, 100, 150, 100]], want: 1.5 },
    {
      name: 'of rounds, their median',
      totals: [
        [1, 1, 1, 1],
        [1, 1, 9, 9],
        [1, 1, 1, 1],
      ],
      want: 1,
    },
  ];
  for (const { name, totals, want } of memory)
    it(`of memory ${name}`, () => {
      const rounds = totals.map((round) =>
        round.map((total, at): Sample => ({ at, footprint: { total, own: total, shared: 0, files: 0 } })),
      );
      assert.equal(growthLimit(rounds).value, want);
    });
});

it('the table has a row without changes and one with them', () => {
  assert.equal(
    churnTable([period(1)], [period(2, { changes: 1200, lost: 3, memory: 123.45 })]),
    `                 changes  answers/s  p50 ms  p99 ms  lost  highest MiB
without changes        0     20,000   0.500   1.000     0        100.0
with changes       1,200     20,000   1.000   2.000     3        123.5
`,
  );
});

describe('asking', () => {
  it('is for services of the cluster and those that change, each once', async () => {
    const server = await FakeApiServer.open();
    const api = new ClusterApi(server.access, 8);
    const folder = mkdtempSync(join(tmpdir(), 'shoal-churn-'));
    try {
      server.objects.set('/api/v1/namespaces/a/services/x', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'x', namespace: 'a' },
      });
      const churn = await Churn.open(api);
      await writeNames(join(folder, 'names'), api, churn);
      const lines = readFileSync(join(folder, 'names'), 'utf8').trimEnd().split('\n');
      assert.deepEqual([lines.length, new Set(lines).size], [201, 201]);
      assert.ok(lines.includes('x.a.svc.cluster.local A') && lines.includes(`${churn.names[0]} A`));
    } finally {
      rmSync(folder, { recursive: true });
      api.close();
      server.close();
    }
  });

  it('is done by a process of its own, at the rate that is wanted', async () => {
    const responder = await Responder.open();
    try {
      const report = await askFor(responder.port, join(import.meta.dirname, 'testing', 'one.names'), {
        seconds: 0.2,
        qps: 200,
        doze: true,
      });
      assert.deepEqual([report.loop, report.rate], ['open', 200]);
      assert.ok(report.answered > 0);
    } finally {
      responder.close();
    }
  });
});
