// What the primary makes of sightings of its probes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Log } from '#ops/log/log.ts';
import type { Labels, Metric } from '#ops/metrics/metric.ts';
import { freePort } from '#workers/net/rig.ts';
import { until } from '#workers/testing/upstream.ts';
import { readConfiguration } from '../plan/configuration.ts';
import { completeLoops, Loops } from './loops.ts';

const log = new Log({ atomicBytes: 4096, write: (_bytes, from, to) => to - from, close: () => undefined });

interface Order {
  readonly path: string;
  readonly name: string;
}

/** Loops of a Corefile whose threads are the test. */
class Scene {
  readonly orders: Order[] = [];
  readonly fatal: string[] = [];
  readonly gauges = new Map<string, number>();
  readonly counts = new Map<string, number>();
  readonly loops: Loops;

  constructor() {
    const series = ({ name }: Metric, labels: Labels = {}): string => [name, ...Object.values(labels)].join(' ');
    this.loops = new Loops({
      log,
      fatal: (line) => this.fatal.push(line),
      probe: (order) => this.orders.push(order) > 0,
      located: (forward) => forward,
      metrics: {
        add: (metric, labels) => {
          const key = series(metric, labels);
          this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
        },
        set: (metric, value, labels) => this.gauges.set(series(metric, labels), value),
      },
    });
  }

  /** Takes up a Corefile of these blocks. */
  async start(...blocks: string[]): Promise<void> {
    this.loops.start(await configurationOf(...blocks));
  }

  see(name: string, times = 1): void {
    for (let i = 0; i < times; i++) {
      this.loops.receive({
        kind: 'loop',
        thread: 1,
        source: '127.0.0.1:9',
        listener: 'dns://127.0.0.1:53',
        zone: '.',
        name,
      });
    }
  }

  /** Every probe through the upstream comes back, until three have. */
  async loop(path: string): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const { length } = this.orders.filter((order) => order.path === path);
      if (length <= round) await until(() => this.#of(path).length > round, `round ${round} of ${path}`);
      this.see(this.#of(path)[round].name);
    }
  }

  #of(path: string): Order[] {
    return this.orders.filter((order) => order.path === path);
  }
}

async function configurationOf(...blocks: string[]) {
  const text = blocks.map((block) => `${block.replace('{', '{\n bind 127.0.0.1\n')}\n`).join('');
  const configuration = readConfiguration({ file: 'Corefile', text }, await freePort('127.0.0.1'), {}, log);
  completeLoops(configuration.blocks);
  return configuration;
}

async function play(body: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = new Scene();
  try {
    await body(scene);
  } finally {
    scene.loops.stop();
  }
}

const QUARANTINE = '. {\n loop quarantine\n forward . 192.0.2.1 192.0.2.2\n}';
const FIRST = '. 192.0.2.1:53';

describe('loop quarantine', () => {
  it('probes every upstream of every rule at once, under zones that they are asked for', () =>
    play(async (scene) => {
      await scene.start(
        '. {\n loop quarantine\n forward a.test 192.0.2.1\n forward . 192.0.2.1:54 192.0.2.2\n}',
        'b.test {\n loop quarantine\n forward . 192.0.2.3\n forward c.test 192.0.2.4\n}',
        'd.test {\n forward . 192.0.2.5\n}',
      );
      assert.deepEqual(
        scene.orders.map(({ path, name }) => [path, name.split('.').slice(2).join('.')]),
        [
          ['a.test. 192.0.2.1:53', 'a.test.'],
          ['. 192.0.2.1:54', ''],
          ['. 192.0.2.2:53', ''],
          ['b.test. 192.0.2.3:53', 'b.test.'],
        ],
      );
    }));

  it('puts an upstream that leads back in quarantine, and no other', () =>
    play(async (scene) => {
      await scene.start(QUARANTINE);
      await scene.loop(FIRST);
      assert.deepEqual([...scene.gauges], [['shoal_loop_quarantined . 192.0.2.1:53', 1]]);
      assert.equal(scene.counts.get('shoal_loop_detected_total . 192.0.2.1:53'), 1);
      assert.equal(scene.counts.get('shoal_loop_probes_total . 192.0.2.1:53 returned'), 3);
      assert.equal(scene.counts.get('shoal_loop_sightings_total own'), 3);
      assert.deepEqual(scene.fatal, []);
    }));

  it('does not believe names of former rounds and of strangers', () =>
    play(async (scene) => {
      await scene.start(QUARANTINE);
      const [{ name }] = scene.orders;
      scene.see(name, 10);
      scene.see(`7.${name.split('.')[1]}.`, 10);
      assert.equal(scene.gauges.size, 0);
      assert.deepEqual(
        ['own', 'late', 'unknown'].map((of) => scene.counts.get(`shoal_loop_sightings_total ${of}`)),
        [1, 9, 10],
      );
    }));

  it('keeps a quarantine over a reload, unless the upstream has gone', () =>
    play(async (scene) => {
      await scene.start(QUARANTINE);
      await scene.loop(FIRST);
      const { length } = scene.orders;
      await scene.start(QUARANTINE);
      assert.equal(scene.gauges.get(`shoal_loop_quarantined ${FIRST}`), 1);
      assert.equal(scene.orders.length, length, 'what is probed already is not probed anew');
      await scene.start(QUARANTINE.replace(' 192.0.2.1', ''));
      assert.equal(scene.gauges.get(`shoal_loop_quarantined ${FIRST}`), 0);
    }));

  it('after the end nothing is seen any more', () =>
    play(async (scene) => {
      await scene.start(QUARANTINE);
      const [{ name }] = scene.orders;
      scene.loops.stop();
      scene.see(name, 9);
      assert.equal(scene.counts.get('shoal_loop_sightings_total own'), undefined);
    }));
});

describe('loop', () => {
  const HALT = '. {\n loop\n forward . 192.0.2.1\n}';

  it('probes the server at the start, and upstreams later', () =>
    play(async (scene) => {
      await scene.start(HALT);
      assert.deepEqual(scene.orders, []);
    }));

  it('ends the process with a line that says where when two probes come round', () =>
    play(async (scene) => {
      const configuration = await configurationOf(HALT);
      scene.loops.start(configuration);
      const name = configuration.blocks[0].get('loop')?.name ?? '';
      scene.see(name, 3);
      assert.deepEqual(scene.fatal, [], 'there is another one');
      scene.see(name, 9);
      assert.deepEqual(scene.fatal, [], 'the former one does not count any more');
      assert.equal(scene.counts.get('shoal_loop_sightings_total late'), 9);
    }));
});

describe('the marks of blocks', () => {
  const BLOCK = '. {\n cache\n redis_cache {\n fleet_key 0123456789abcdef\n }\n loop\n forward . 192.0.2.1\n}';
  const markOf = async (block: string): Promise<string> =>
    (await configurationOf(block)).blocks[0].get('loop')?.mark ?? '';

  it('with redis_cache are those of their fleet', async () => {
    const mark = await markOf(BLOCK);
    assert.equal(await markOf(BLOCK), mark);
    assert.notEqual(await markOf(BLOCK.replace('0123', '3210')), mark);
    assert.notEqual(await markOf('. {\n loop\n}'), mark);
  });

  it('are part of the first probe', async () => {
    const loop = (await configurationOf(BLOCK)).blocks[0].get('loop');
    assert.equal(loop?.name.split('.')[1], loop?.mark);
  });
});
