// Writes a population into an API server, as far as it is not there. Called by load.ts. Cold.

import type { ClusterApi } from './api/client.ts';
import { allOf, type KubeObject } from './api/objects.ts';
import { inParallel } from './parallel.ts';
import { namespacesOf, type Population, type Resident, residentsOf } from './population.ts';

export interface Loaded {
  readonly created: number;
  /** Those that were there already. */
  readonly existed: number;
}

const KINDS = [
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  { apiVersion: 'v1', kind: 'Pod' },
] as const;

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
  const known = await knownTo(api);
  let created = 0;
  let existed = 0;
  const load = async ({ object, status }: Resident): Promise<void> => {
    const there = known.objects.has(keyOf(object.kind, object));
    if (!there && (await api.create(object))) created++;
    else existed++;
    if (status !== undefined && (!there || known.waiting.has(keyOf(object.kind, object))))
      await api.patch(object, status, '/status');
    onDone();
  };
  await inParallel(namespacesOf(population), width, load);
  await inParallel(residentsOf(population), width, load);
  return { created, existed };
}

interface Known {
  readonly objects: ReadonlySet<string>;
  /** Pods whose status was not written. */
  readonly waiting: ReadonlySet<string>;
}

/** Asked for first: to try to create a service that is there costs the API server an address that it has to give back. */
async function knownTo(api: ClusterApi): Promise<Known> {
  const objects = new Set<string>();
  for (const kind of KINDS) for await (const object of api.list(allOf(kind))) objects.add(keyOf(kind.kind, object));
  const waiting = new Set<string>();
  const pods = api.list(allOf(KINDS[3]), { selector: 'status.phase!=Running' });
  for await (const pod of pods) waiting.add(keyOf('Pod', pod));
  return { objects, waiting };
}

function keyOf(kind: string, { metadata: { namespace = '', name } }: Pick<KubeObject, 'metadata'>): string {
  return `${kind} ${namespace}/${name}`;
}
