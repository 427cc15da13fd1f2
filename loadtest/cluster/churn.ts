// Answers while EndpointSlices change all the time: `node loadtest/cluster/churn.ts --kubeconfig FILE`. Cold.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, decimal, toggle } from '#loadtest/flags/kinds.ts';
import type { Values } from '#loadtest/flags/parse.ts';
import { ClusterApi } from './api/client.ts';
import { readKubeconfig } from './api/kubeconfig.ts';
import { Churn, type Churned } from './changes/churn.ts';
import { Probe } from './changes/probe.ts';
import { askFor, churnLimits, churnTable, growthLimit, type Period, writeNames } from './churn-run.ts';
import { checkLimits, KUBECONFIG, runClusterCommand } from './command.ts';
import { highest, type Sample, Sampler, SELDOM } from './footprint/sampler.ts';
import { Progress } from './progress.ts';
import { SHOAL } from './servers/programs.ts';
import { ClusterServer } from './servers/server.ts';

const INTRO = `Answers of Shoal while EndpointSlices change all the time, and while nothing does.

  node loadtest/cluster/churn.ts --kubeconfig FILE --rate 200 --qps 20000 --seconds 60

Asks for services of the cluster, 10,000 at most, and for 200 of its own in the namespace shoal-loadtest, whose slices change.
Every round is --seconds without changes and --seconds with them; figures are medians of the rounds. Exit status 1 when the p99 with
changes is above --ratio times that without, when an answer is lost or an error, when a change is not answered with at the end, or when
memory with changes grows by more than a tenth from the first half of the time to the second.`;

const FLAGS = {
  kubeconfig: KUBECONFIG,
  rate: count('COUNT', 'changes a second', { value: 200, min: 1, max: 10_000 }),
  qps: count('COUNT', 'queries a second', { value: 20_000, min: 1, max: 10_000_000 }),
  seconds: decimal('SECONDS', 'time to measure, without changes and with them', { value: 60, min: 0.1, max: 86_400 }),
  doze: toggle('let the generator sleep between queries: where server, API server and it have fewer than four cores'),
  rounds: count('COUNT', 'rounds', { value: 1, min: 1, max: 100 }),
  ratio: decimal('RATIO', 'most times that the p99 with changes may be that without', {
    value: 1.5,
    min: 0,
    max: 1000,
  }),
} as const;

type Options = Values<typeof FLAGS>;

await runClusterCommand(INTRO, FLAGS, async (options) => {
  const api = new ClusterApi(readKubeconfig(options.kubeconfig), 64);
  const folder = mkdtempSync(join(tmpdir(), 'shoal-churn-'));
  try {
    const churn = await Churn.open(api);
    try {
      await writeNames(join(folder, 'names'), api, churn);
      return await serveAndMeasure(churn, join(folder, 'names'), options);
    } finally {
      await churn.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
    api.close();
  }
});

async function serveAndMeasure(churn: Churn, names: string, options: Options): Promise<number> {
  const server = await ClusterServer.start(SHOAL, { kubeconfig: options.kubeconfig, podsVerified: false });
  try {
    await server.ready();
    return await measureRounds(server, churn, names, options);
  } finally {
    await server.stop();
  }
}

async function measureRounds(server: ClusterServer, churn: Churn, names: string, options: Options): Promise<number> {
  const { rounds, rate, ratio } = options;
  const quiet: Period[] = [];
  const churning: Period[] = [];
  const samples: (readonly Sample[])[] = [];
  const progress = new Progress('periods', 2 * rounds);
  const still = async (end: Promise<unknown>): Promise<Churned> => end.then(() => ({ changes: 0, skipped: 0 }));
  for (let round = 0; round < rounds; round++) {
    quiet.push((await measurePeriod(server, names, options, still)).period);
    progress.advance();
    const { period, seen } = await measurePeriod(server, names, options, (end) => churn.run(rate, end));
    churning.push(period);
    samples.push(seen);
    progress.advance();
  }
  progress.close();
  const probe = await Probe.open(server.port);
  try {
    await churn.settled(probe);
  } finally {
    probe.close();
  }
  process.stdout.write(churnTable(quiet, churning));
  return checkLimits([...churnLimits(quiet, churning, ratio), growthLimit(samples)]);
}

/** Asks while `meanwhile` lasts, which is until all has been asked. */
async function measurePeriod(
  server: ClusterServer,
  names: string,
  asked: Options,
  meanwhile: (end: Promise<unknown>) => Promise<Churned>,
): Promise<{ period: Period; seen: readonly Sample[] }> {
  const sampler = new Sampler(server.pid, SELDOM);
  try {
    const asking = askFor(server.port, names, asked);
    const [report, churned] = await Promise.all([asking, meanwhile(asking)]);
    const memory = highest(sampler.samples)?.footprint.total ?? 0;
    return { period: { report, ...churned, memory }, seen: sampler.samples };
  } finally {
    sampler.close();
  }
}
