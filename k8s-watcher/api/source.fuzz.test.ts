// Whatever happens to connections, history and bodies while objects change: in the end everything is known, and nothing else.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../testing/folder.ts';
import { LITTLE, service, statsOf, type World, worldOf } from './testing/world.ts';

const STEPS = 250;
const NAMES = 12;

let state = 5;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

function change({ api }: World): void {
  for (let count = random(6); count > 0; count--) {
    const name = `s${random(NAMES)}`;
    if (random(3) === 0) api.delete('Service', 'default', name);
    else api.put(service(name, String(1 + random(1000))));
  }
}

const MISHAPS: ((world: World) => unknown)[] = [
  ({ api }) => api.closeConnections(),
  ({ api }) => api.endWatches(),
  ({ api }) => api.failWatches(),
  ({ api }) => api.compact(),
  ({ api }) => api.bookmark(),
  ({ api }) => api.inject('{"type":"ADDED","ob\n', { resource: 'services' }),
  ({ api }) => api.faults.cut(random(2000), { times: 2 }),
  ({ api }) => api.faults.slow(1 + random(300), 0, { times: 2 }),
  ({ api }) => api.faults.fail(500, 'InternalError', 'etcdserver: request timed out', { times: 2 }),
  ({ api }) => api.faults.fail(403, 'Forbidden', 'services is forbidden', { times: 2 }),
  ({ api }) => api.faults.garbage('nonsense\n', { times: 2 }),
  ({ api }) => {
    api.faults.noStreamingList = random(2) === 0;
  },
  ({ api }) => api.faults.clear(),
  async ({ api }) => {
    await api.stop();
    await api.restart();
  },
];

/** What the server has, as the sink shows it. */
function truth({ api }: World): string[] {
  const [seen] = api.requests.filter(({ resource }) => resource === 'services');
  const { resource } = seen.target!;
  return api.state
    .list(resource)
    .map(({ object }) => object['metadata'] as { name: string; labels: Record<string, string> })
    .map(({ name, labels }) => `default/${name} v=${labels['v']}`)
    .sort();
}

describe('a source in a storm', () => {
  for (const protobuf of [false, true])
    it(protobuf ? 'protobuf' : 'JSON', async (context) => {
      const world = await worldOf(context, { source: { protobuf, backoff: { first: 1, longest: 5 } } });
      world.source.start(LITTLE);
      for (let step = 0; step < STEPS; step++) {
        change(world);
        if (random(3) === 0) await MISHAPS[random(MISHAPS.length)](world);
        if (random(3) === 0) await sleep(random(8));
      }
      world.api.faults.clear();
      change(world);
      await until('the truth', () => world.sink.names('Service').join() === truth(world).join());
      const { lists, watchRestarts } = statsOf(world.source);
      assert.ok(lists.expired > 0 && watchRestarts > 0, JSON.stringify(statsOf(world.source)));
    });
});
