import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KubeObject, pathOf } from './api/objects.ts';
import { namespacesOf, type Population, residentsOf, sizeOf } from './population.ts';

const SMALL: Population = { namespaces: 3, services: 4, headless: 2, pods: 5 };
const objects = [...namespacesOf(SMALL), ...residentsOf(SMALL)].map(({ object }) => object);
const ofKind = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);

interface Endpoint {
  readonly addresses: readonly string[];
  readonly hostname?: string;
}
const endpointsOf = (slice: KubeObject): Endpoint[] => slice['endpoints'] as Endpoint[];

describe('a population', () => {
  const counts: { kind: string; count: number }[] = [
    { kind: 'Namespace', count: 3 },
    { kind: 'Service', count: 6 },
    { kind: 'EndpointSlice', count: 6 },
    { kind: 'Pod', count: 5 },
  ];
  for (const { kind, count } of counts)
    it(`has so many of kind ${kind}`, () => assert.equal(ofKind(kind).length, count));

  it('has the size that it says', () => assert.equal(objects.length, sizeOf(SMALL)));

  it('has no object twice', () => assert.equal(new Set(objects.map(pathOf)).size, objects.length));

  it('is the same each time', () => {
    assert.deepEqual([...residentsOf(SMALL)], [...residentsOf(SMALL)]);
  });

  it('lives in namespaces that exist', () => {
    const names = new Set(ofKind('Namespace').map(({ metadata }) => metadata.name));
    for (const { metadata, kind } of objects) {
      if (kind !== 'Namespace') assert.ok(names.has(metadata.namespace ?? ''), metadata.name);
    }
  });

  it('has headless services behind the others', () => {
    const headless = ofKind('Service').map(({ spec }) => (spec as { clusterIP?: string }).clusterIP === 'None');
    assert.deepEqual(headless, [false, false, false, false, true, true]);
  });

  it('has a slice for every service, with names of endpoints for headless ones only', () => {
    const slices = ofKind('EndpointSlice');
    const services = slices.map(({ metadata }) => metadata.labels?.['kubernetes.io/service-name']);
    assert.deepEqual(
      services,
      ofKind('Service').map(({ metadata }) => metadata.name),
    );
    assert.deepEqual(
      slices.map((slice) => endpointsOf(slice).filter(({ hostname }) => hostname !== undefined).length),
      [0, 0, 0, 0, 10, 10],
    );
  });

  it('has every address once', () => {
    const all = ofKind('EndpointSlice').flatMap((slice) => endpointsOf(slice).flatMap(({ addresses }) => addresses));
    assert.deepEqual([all.length, new Set(all).size], [4 * 3 + 2 * 10, 32]);
  });

  it('has pods that run, each with its address in the status', () => {
    const pods = [...residentsOf(SMALL)].filter(({ object }) => object.kind === 'Pod');
    const [first, second] = pods.map(({ status }) => (status as { status: { phase: string; podIP: string } }).status);
    assert.deepEqual([first.phase, first.podIP, second.podIP], ['Running', '10.128.0.0', '10.128.0.1']);
  });

  it('has addresses that are some, however many there are', () => {
    const last = [...residentsOf({ namespaces: 1, services: 0, headless: 0, pods: 70_000 })].at(-1);
    assert.match(JSON.stringify(last?.status), /"podIP":"10\.129\.17\.111"/);
  });
});
