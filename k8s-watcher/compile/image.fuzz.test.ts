// Whatever happens in whatever order: an image that followed all events is the image that is compiled from the end state.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryLines, TestImage } from '../testing/image.ts';
import { type Plain, plainImport, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import type { ImageOptions } from './options.ts';

const BATCHES = 120;

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Few names and addresses, so that everything meets everything. */
class World {
  readonly objects = new Map<string, Plain>();
  readonly #pick: (below: number) => number;

  constructor(pick: (below: number) => number) {
    this.#pick = pick;
  }

  #of<T>(...choices: readonly T[]): T {
    return choices[this.#pick(choices.length)];
  }

  #labels(): Record<string, string> {
    return this.#of({}, { app: 'a' }, { app: 'b' }, { env: 'prod' }, { app: 'a', env: 'prod' });
  }

  /** Labels of slices of an import, in half of the cases. */
  #imported(service: string): Record<string, string> {
    if (this.#pick(2) === 0) return {};
    const cluster = this.#of('', 'east', 'West', 'a.b', 'a..b');
    return {
      'multicluster.kubernetes.io/service-name': service,
      'multicluster.kubernetes.io/source-cluster': cluster,
    };
  }

  #address(): string {
    return this.#of('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', 'fd00::1', 'fd00::2', 'x.example.org');
  }

  #object(): Plain {
    const namespace = this.#of('n1', 'n2');
    const labels = this.#labels();
    const name = this.#of('s1', 's2');
    const ports = this.#of<(string | number)[]>([], ['http 80'], ['http 80', 'dns 53/UDP'], [90]);
    switch (this.#pick(10)) {
      case 0:
        return plainNamespace(namespace, labels);
      case 1:
      case 2:
        return this.#pick(4) === 0
          ? plainService(name, { namespace, labels, externalName: 'example.org' })
          : plainService(name, {
              namespace,
              labels,
              ports,
              ip: this.#of<string | string[]>('None', '10.0.0.4', ['10.0.0.5', 'fd00::2'], []),
              exposed: this.#of<string[]>([], [], ['10.0.0.1'], ['10.0.0.1', 'fd00::3']),
              balancer: this.#of<string[]>([], [], ['10.0.0.2', 'a.test']),
            });
      case 3:
        return plainPod(this.#of('p1', 'p2', 'p3'), this.#of('', '10.0.0.1', 'fd00::1'), {
          namespace,
          labels,
          terminating: this.#pick(6) === 0,
        });
      case 4:
      case 5:
        return plainImport(name, {
          namespace,
          labels,
          ports,
          ip: this.#of<string | string[]>('Headless', '10.0.0.6', []),
        });
      default:
        return plainSlice(
          name,
          Array.from({ length: this.#pick(4) }, () => ({
            ip: this.#address(),
            ready: this.#of(true, true, false, null),
            pod: this.#of('pod-a', 'pod-b'),
            zone: this.#of('', 'z1', 'Z2.x'),
            ...(this.#pick(3) === 0 ? { hostname: this.#of('h1', 'h2') } : {}),
          })),
          { namespace, labels: { ...labels, ...this.#imported(name) }, ports, name: this.#of('e1', 'e2', 'e3') },
        );
    }
  }

  /** One batch: objects that are put and objects that go. */
  step(image: TestImage): void {
    const puts = Array.from({ length: this.#pick(5) }, () => this.#object());
    const keys = [...this.objects.keys()];
    const removals =
      keys.length === 0 ? [] : Array.from({ length: this.#pick(3) }, () => keys[this.#pick(keys.length)]);
    for (const plain of puts) this.#keep(plain);
    image.put(...puts);
    image.remove(...removals.map((key) => this.objects.get(key)).filter((plain) => plain !== undefined));
    for (const key of removals) this.objects.delete(key);
  }

  /** A pod that is being deleted changes nothing. */
  #keep(plain: Plain): void {
    const metadata = plain['metadata'] as Readonly<Record<string, unknown>>;
    if (metadata['deletionTimestamp'] !== undefined) return;
    this.objects.set(`${plain['kind']} ${metadata['namespace']}/${metadata['name']}`, plain);
  }
}

function contentOf(image: TestImage): Map<string, string[]> {
  const content = new Map<string, string[]>();
  image.writer.retain((key) => {
    const entry = image.writer.get(key);
    assert.ok(entry !== undefined);
    content.set(key, entryLines(entry));
    return true;
  });
  return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('an image that followed events is the compiled end state', () => {
  const app = [{ key: 'app', operator: 'exists', values: [] }] as const;
  const rows: { name: string; options: Partial<ImageOptions> }[] = [
    { name: 'plain', options: {} },
    {
      name: 'verified pods, pod names, clients',
      options: { pods: 'verified', clients: 'labels', endpointPodNames: true },
    },
    { name: 'labels', options: { pods: 'verified', clients: 'namespaces', labels: app } },
    {
      name: 'labels of namespaces',
      options: { pods: 'insecure', namespaceLabels: [{ key: 'env', operator: 'in', values: ['prod'] }] },
    },
    {
      name: 'namespaces, zonal, own addresses',
      options: { namespaces: ['n1'], zonal: true, localAddresses: ['10.0.0.1'] },
    },
    { name: 'outside of the cluster', options: { naming: 'external', localAddresses: ['10.0.0.1'] } },
    {
      name: 'outside of the cluster, headless, labels',
      options: { naming: 'external', labels: app, external: { ttl: 9, headless: true, apex: 'dns' } },
    },
    { name: 'empty services', options: { ignoreEmptyService: true } },
    { name: 'imports', options: { naming: 'imports', pods: 'verified', endpointPodNames: true } },
    {
      name: 'imports by labels',
      options: {
        naming: 'imports',
        ignoreEmptyService: true,
        labels: app,
        namespaceLabels: [{ key: 'env', operator: 'in', values: ['prod'] }],
      },
    },
    { name: 'no endpoints', options: { endpoints: false, ignoreEmptyService: true } },
  ];
  rows.forEach(({ name, options }, row) => {
    it(name, () => {
      const world = new World(randomNumbers(1000 + row));
      const image = new TestImage(options);
      for (let batch = 0; batch < BATCHES; batch++) {
        world.step(image);
        if (batch % 10 !== 9) continue;
        const fresh = new TestImage(options, [...world.objects.values()]);
        assert.deepEqual(contentOf(image), contentOf(fresh), `batch ${batch}`);
      }
    });
  });
});
