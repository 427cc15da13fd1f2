// Fills an API server with a large cluster: `node loadtest/cluster/load.ts --kubeconfig FILE`. Cold.

import { count } from '#loadtest/flags/kinds.ts';
import { thousands } from '#loadtest/report/summary.ts';
import { table } from '#loadtest/report/table.ts';
import { ClusterApi } from './api/client.ts';
import { readKubeconfig } from './api/kubeconfig.ts';
import { KUBECONFIG, runClusterCommand } from './command.ts';
import { loadPopulation } from './loading.ts';
import { sizeOf } from './population.ts';
import { Progress } from './progress.ts';

const INTRO = `Fills an API server with a large cluster. Every service gets an EndpointSlice with 3 endpoints, a headless one 10 with host names.

  node loadtest/cluster/load.ts --kubeconfig FILE --services 9000 --headless 1000 --pods 30000

What is there already stays as it is: doing it again changes nothing, and a larger number adds to a smaller one if it is
--pods or --headless that grows. Meant for an API server without controllers: nobody runs these pods.`;

const FLAGS = {
  kubeconfig: KUBECONFIG,
  services: count('COUNT', 'services with an address', { value: 9000, min: 0, max: 99_999 }),
  headless: count('COUNT', 'headless services', { value: 1000, min: 0, max: 99_999 }),
  pods: count('COUNT', 'pods that run', { value: 0, min: 0, max: 999_999 }),
  namespaces: count('COUNT', 'namespaces that all of these are spread over', { value: 50, min: 1, max: 999 }),
  width: count('COUNT', 'requests at once', { value: 32, min: 1, max: 256 }),
} as const;

await runClusterCommand(INTRO, FLAGS, async ({ kubeconfig, width, ...population }) => {
  const api = new ClusterApi(readKubeconfig(kubeconfig), width);
  const progress = new Progress('loading', sizeOf(population));
  const start = performance.now();
  try {
    const { created, existed } = await loadPopulation(api, population, width, () => progress.advance());
    progress.close();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const figures = [thousands(created), thousands(existed), seconds];
    process.stdout.write(
      table([
        ['objects', 'created', 'there already', 'seconds'],
        [thousands(sizeOf(population)), ...figures],
      ]),
    );
    return 0;
  } finally {
    progress.close();
    api.close();
  }
});
