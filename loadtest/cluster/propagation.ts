// From a change in the API server to the answer: `node loadtest/cluster/propagation.ts --kubeconfig FILE --against coredns`. Cold.

import { orderOf } from '#loadtest/compare/score.ts';
import { count, decimal } from '#loadtest/flags/kinds.ts';
import { ClusterApi } from './api/client.ts';
import { readKubeconfig } from './api/kubeconfig.ts';
import { KINDS, NAMESPACE_OBJECT } from './changes/steps.ts';
import { AGAINST, checkLimits, KUBECONFIG, runClusterCommand } from './command.ts';
import { Progress } from './progress.ts';
import { latencyLimits, latencyTable, measureChanges, noLatencies } from './propagation-run.ts';
import { programsFor } from './servers/programs.ts';
import { ClusterServer } from './servers/server.ts';

const INTRO = `How long a change in the API server takes to show in answers, from the API server's reply to the first right answer.

  node loadtest/cluster/propagation.ts --kubeconfig FILE --against coredns --changes 300

Creates, changes and deletes services and EndpointSlices of the namespace shoal-loadtest, one at a time, and asks all the while.
Servers run one after the other, in rounds. Exit status 1 when Shoal takes longer than --p50 or --p99 for one kind of change.`;

const FLAGS = {
  kubeconfig: KUBECONFIG,
  against: AGAINST,
  changes: count('COUNT', 'changes of every kind', { value: 300, min: 1, max: 10_000 }),
  rounds: count('COUNT', 'rounds that they are spread over', { value: 2, min: 1, max: 100 }),
  p50: decimal('MS', 'longest time that half of the changes may take', { value: 2, min: 0, max: 10_000 }),
  p99: decimal('MS', 'longest time that 99 % of the changes may take', { value: 10, min: 0, max: 10_000 }),
} as const;

await runClusterCommand(INTRO, FLAGS, async ({ kubeconfig, against, changes, rounds, p50, p99 }) => {
  const programs = programsFor(against);
  const api = new ClusterApi(readKubeconfig(kubeconfig), 2);
  const perRound = Math.ceil(changes / rounds);
  const progress = new Progress('changes', programs.length * rounds * perRound * KINDS.length);
  const found = new Map(programs.map(({ name }) => [name, noLatencies()]));
  try {
    await api.create(NAMESPACE_OBJECT);
    for (let round = 0; round < rounds; round++)
      for (const program of orderOf(round, programs)) {
        const server = await ClusterServer.start(program, { kubeconfig, podsVerified: false });
        try {
          await server.ready();
          await measureChanges(api, server.port, perRound, found.get(program.name) ?? noLatencies(), () =>
            progress.advance(),
          );
        } finally {
          await server.stop();
        }
      }
  } finally {
    progress.close();
    api.close();
  }
  process.stdout.write(latencyTable(found));
  return checkLimits(latencyLimits(found.get(programs[0].name) ?? noLatencies(), { p50, p99 }));
});
