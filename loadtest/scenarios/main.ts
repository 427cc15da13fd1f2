// Writes the files of all scenarios: `node loadtest/scenarios/main.ts --out FOLDER`. Cold.

import { runCommand } from '#loadtest/flags/command.ts';
import { count, text } from '#loadtest/flags/kinds.ts';
import { writeScenarios } from './files.ts';
import { MAX_SERVICES } from './services.ts';

const INTRO = `Writes a cluster of services as manifests (cluster.json) and as a zone file, and files of names to ask for (*.names).

  node loadtest/scenarios/main.ts --out FOLDER`;

const FLAGS = {
  out: text('FOLDER', 'where to; files of the same names are overwritten'),
  services: count('COUNT', 'services in the cluster', { value: 10_000, min: 1, max: MAX_SERVICES }),
} as const;

await runCommand(INTRO, FLAGS, ({ out, services }) => {
  const { manifests, names } = writeScenarios(out, services);
  process.stdout.write(`${[manifests, ...Object.values(names)].join('\n')}\n`);
  return 0;
});
