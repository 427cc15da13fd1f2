// Audits find changes that no watch told, and nothing else; then that kind is listed anew.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeApi } from '../testing/api/server.ts';
import { until } from '../testing/folder.ts';
import { type Plain, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import type { ApiPlan } from './plan.ts';
import {
  LITTLE,
  service,
  servicesAre,
  statsOf,
  type World,
  type WorldOptions,
  watching,
  worldOf,
} from './testing/world.ts';

const QUICK = { auditInterval: 30, auditPatience: 60 };
const THREE = [service('a'), service('b'), service('c')];

async function auditedWorld(context: Parameters<typeof worldOf>[0], options: WorldOptions = {}): Promise<World> {
  const source = { ...QUICK, ...options.source };
  const world = await worldOf(context, { objects: THREE, ...options, source });
  world.source.start({ ...LITTLE, slices: true, pods: true });
  await watching(world);
  return world;
}

/** Waits for so many more audits of services. */
async function audits(world: World, count: number, kind: Parameters<typeof statsOf>[1] = 'Service'): Promise<void> {
  const stats = statsOf(world.source, kind);
  const end = stats.audits + count;
  await until(`${count} audits`, () => stats.audits >= end);
}

const gaps: { name: string; change: (world: World) => void; want: string[]; finding: RegExp }[] = [
  {
    name: 'a service that was made',
    change: ({ api }) => api.put(service('d')),
    want: ['a', 'b', 'c', 'd'],
    finding: /the watch has not told 1 changes up to resource version 1004/,
  },
  {
    name: 'a service that was changed',
    change: ({ api }) => api.put(service('b', '2')),
    want: ['a', 'b v=2', 'c'],
    finding: /the watch has not told 1 changes/,
  },
  {
    name: 'a service that was deleted',
    change: ({ api }) => api.delete('Service', 'default', 'b'),
    want: ['a', 'c'],
    finding: /the server has 2 objects at resource version 1004, 3 are known/,
  },
  {
    name: 'one that was deleted and another one that was made',
    change: ({ api }) => {
      api.delete('Service', 'default', 'b');
      api.put(service('d'));
    },
    want: ['a', 'c', 'd'],
    finding: /the watch has not told 1 changes/,
  },
];

describe('a silent gap', () => {
  for (const protobuf of [false, true])
    for (const { name, change, want, finding } of gaps)
      it(`${name}, ${protobuf ? 'protobuf' : 'JSON'}`, async (context) => {
        const world = await auditedWorld(context, { source: { protobuf } });
        world.api.gap(() => change(world));
        await servicesAre(world, ...want);
        const [line] = world.sink.warnings;
        assert.match(line, /^Audit of \*v1\.Service: .*; it is listed anew$/);
        assert.match(line, finding);
        assert.deepEqual(
          world.source.stats().map(({ kind, findings, lists }) => [kind, findings, lists.audit]),
          [
            ['Namespace', 0, 0],
            ['Service', 1, 1],
            ['EndpointSlice', 0, 0],
            ['Pod', 0, 0],
          ],
        );
        await audits(world, 2);
        assert.equal(statsOf(world.source).findings, 1);
      });

  it('in the midst of changes that are told', async (context) => {
    const world = await auditedWorld(context);
    world.api.gap(() => world.api.put(service('b', '2')));
    world.api.put(service('a', '2'));
    world.api.put(service('c', '2'));
    await servicesAre(world, 'a v=2', 'b v=2', 'c v=2');
    assert.equal(statsOf(world.source).lists.audit, 1);
  });

  it('where a kept state was taken up', async (context) => {
    const world = await worldOf(context, { objects: THREE, source: QUICK });
    world.api.gap(() => world.api.put(service('d')));
    world.source.start(LITTLE, new Map([['Service', '1003']]));
    await servicesAre(world, 'a', 'b', 'c', 'd');
  });
});

describe('nothing is found', () => {
  const rows: { name: string; objects: readonly Plain[]; plan?: Partial<ApiPlan> }[] = [
    { name: 'when all is well', objects: [...THREE, plainPod('p', '10.1.0.1'), plainSlice('a', ['10.1.0.1'])] },
    { name: 'in objects that cannot be read', objects: [...THREE, plainService('x', { ip: 'x' })] },
    { name: 'in pods that have ended', objects: [...THREE, plainPod('p', '10.1.0.1', { phase: 'Succeeded' })] },
    {
      name: 'in what the selector leaves out',
      objects: [service('a', '1'), service('b', '2')],
      plan: { labels: 'v=1' },
    },
    { name: 'in many pages', objects: Array.from({ length: 1100 }, (_, index) => service(`s${index}`)) },
  ];
  for (const { name, objects, plan } of rows)
    it(name, async (context) => {
      const world = await auditedWorld(context, { objects, ...plan });
      for (const kind of ['Service', 'EndpointSlice', 'Pod'] as const) await audits(world, 2, kind);
      assert.ok(
        world.source.stats().every(({ findings }) => findings === 0),
        world.sink.warnings.join('\n'),
      );
    });

  it('while much changes', async (context) => {
    const world = await auditedWorld(context);
    let round = 0;
    const timer = setInterval(() => {
      round++;
      world.api.put(service(`n${round % 7}`, String(round)));
      if (round % 3 === 0) world.api.delete('Service', 'default', `n${(round + 3) % 7}`);
    }, 1);
    context.after(() => clearInterval(timer));
    await audits(world, 10);
    assert.equal(statsOf(world.source).findings, 0, world.sink.warnings.join('\n'));
  });

  it('when versions of a quiet kind fall behind and no bookmark tells', async (context) => {
    const world = await auditedWorld(context);
    world.api.state.advance(5000);
    await audits(world, 2);
    assert.equal(statsOf(world.source).findings, 0);
  });

  it('when the server refuses the list', async (context) => {
    const world = await auditedWorld(context);
    world.api.faults.deny('services', 'list');
    const seen = (): number =>
      world.api.requests.filter(({ resource, status }) => resource === 'services' && status === 403).length;
    await until('three refusals', () => seen() >= 3);
    assert.equal(statsOf(world.source).findings, 0);
    assert.equal(statsOf(world.source).watching, true);
    assert.deepEqual(world.sink.warnings, []);
  });
});

describe('a server that was set back', () => {
  it('is listed anew', async (context) => {
    const world = await auditedWorld(context, { source: { ...QUICK, auditInterval: 200 } });
    const { port } = world.api;
    await world.api.stop();
    const older = await FakeApi.start({ port, resourceVersion: 500 });
    context.after(() => older.close());
    older.load([service('a'), service('z')]);
    await servicesAre(world, 'a', 'z');
    assert.match(world.sink.warnings.join('\n'), /the server is at resource version 502, and was at 1003 before/);
  });
});
