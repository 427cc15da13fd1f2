// Writes a population into an API server, as far as it is not there. Called by load.ts. Cold.

import type { ClusterApi } from './api/client.ts';
import { inParallel } from './parallel.ts';
import { namespacesOf, type Population, type Resident, residentsOf } from './population.ts';

export interface Loaded {
  readonly created: number;
  /** Those that were there already. */
  readonly existed: number;
}

/**
 * Doing it again changes nothing, and ends what was broken off. `onDone` hears of every object.
 * @throws ClusterError when one is refused
 */
export async function loadPopulation(
  api: ClusterApi,
  population: Population,
  width: number,
  onDone: () => void,
): Promise<Loaded> {
  let created = 0;
  let existed = 0;
  const load = async ({ object, status }: Resident): Promise<void> => {
    if (await api.create(object)) created++;
    else existed++;
    // Of one that existed, too: its status may be what was broken off.
    if (status !== undefined) await api.patch(object, status, '/status');
    onDone();
  };
  await inParallel(namespacesOf(population), width, load);
  await inParallel(residentsOf(population), width, load);
  return { created, existed };
}
