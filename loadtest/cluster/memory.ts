// Memory and time to ready beside a rival: `node loadtest/cluster/memory.ts --kubeconfig FILE --against coredns`. Cold.

import { orderOf } from '#loadtest/compare/score.ts';
import { count, toggle } from '#loadtest/flags/kinds.ts';
import { readKubeconfig } from './api/kubeconfig.ts';
import { AGAINST, checkLimits, KUBECONFIG, runClusterCommand } from './command.ts';
import { limitsOf, measureMemory, memoryTable, type Phases } from './memory-run.ts';
import { Progress } from './progress.ts';
import { programsFor } from './servers/programs.ts';

const INTRO = `Memory of all processes of a server from its start on, and how long it takes to be ready.

  node loadtest/cluster/memory.ts --kubeconfig FILE --against coredns --seconds 300

Servers run one after the other. What counts is the memory of all their processes as if nothing else ran on the machine: pages
that they share among each other once, pages of files in full. Prints the medians of the rounds. Against a rival, exit status 1 when
Shoal's highest memory in the first minute is above 0.9 times the rival's (0.5 with --pods-verified), that after five minutes, when it
runs so long, above 1.3 times (1.0), or when it is ready later. For the price of one object, measure clusters of several sizes.`;

const FLAGS = {
  kubeconfig: KUBECONFIG,
  against: AGAINST,
  'pods-verified': toggle('serve with `pods verified`, for which all pods must be known'),
  seconds: count('SECONDS', 'how long every server runs', { value: 60, min: 1, max: 86_400 }),
  rounds: count('COUNT', 'rounds', { value: 1, min: 1, max: 100 }),
} as const;

await runClusterCommand(INTRO, FLAGS, async (options) => {
  const { kubeconfig, seconds, rounds } = options;
  const podsVerified = options['pods-verified'];
  readKubeconfig(kubeconfig); // what is wrong with it is to be told before a server is started
  const programs = programsFor(options.against);
  const progress = new Progress('seconds', programs.length * rounds * seconds);
  const found = new Map<string, Phases[]>(programs.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++)
      for (const program of orderOf(round, programs)) {
        const phases = await measureMemory(program, { kubeconfig, podsVerified }, seconds, () => progress.advance());
        found.get(program.name)?.push(phases);
      }
  } finally {
    progress.close();
  }
  process.stdout.write(memoryTable(found));
  return checkLimits(limitsOf(found, seconds, podsVerified));
});
