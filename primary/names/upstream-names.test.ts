import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { Logger } from '#ops/log/logger.ts';
import type { ForwardOptions } from '#plugins/forward/options.ts';
import { plugin } from '#plugins/forward/setup.ts';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { until } from '#workers/testing/upstream.ts';
import type { Found } from './resolve.ts';
import { type NamedConfiguration, UpstreamNames } from './upstream-names.ts';

const TIMES = { least: 5, most: 20, unknown: 10, retry: 2 };

/** A world in which names have addresses, and a server that wants to know. */
class Scene {
  /** By name: addresses, or why there are none. */
  readonly world = new Map<string, readonly string[] | Error>();
  readonly lines: string[] = [];
  readonly asked: string[] = [];
  moves = 0;
  takesMoves = true;
  ttl: number | undefined = 1;
  readonly names: UpstreamNames;

  constructor(world: Readonly<Record<string, readonly string[] | Error>>) {
    for (const [name, addresses] of Object.entries(world)) this.world.set(name, addresses);
    const write = (line: string): void => {
      this.lines.push(line);
    };
    const log = { warning: write, info: write } as Partial<Logger> as Logger;
    this.names = new UpstreamNames({
      log: { plugin: () => log } as Partial<Logger> as Logger,
      times: TIMES,
      moved: async () => {
        this.moves++;
        return this.takesMoves;
      },
      resolve: (name, resolvers) => this.#resolve([name, ...resolvers.map(({ text }) => text)].join(' ')),
    });
    scenes.push(this);
  }

  async #resolve(key: string): Promise<Found> {
    this.asked.push(key);
    const addresses = this.world.get(key) ?? new Error(`lookup ${key}: no such host`);
    if (addresses instanceof Error) throw addresses;
    return { addresses, ttl: this.ttl };
  }

  /** Addresses that the first rule of the options asks. */
  texts(options: ForwardOptions): string[] {
    return this.names.optionsOf(options).rules[0].upstreams.map(({ text }) => text);
  }
}

const scenes: Scene[] = [];
afterEach(() => {
  for (const scene of scenes.splice(0)) scene.names.stop();
});

function read(text: string): ForwardOptions {
  return plugin.setup(new TextDirective('forward', text), testScope());
}

function configuration(...all: readonly ForwardOptions[]): NamedConfiguration {
  return { blocks: all.map((options) => ({ get: () => options })), listeners: [{ address: '', port: 53 }] };
}

describe('before a configuration is in force', () => {
  test('addresses take the place of their name, in the order of the TOs, equal ones once', async () => {
    const scene = new Scene({ 'a.test': ['10.0.0.1', '::1'], 'b.test': ['10.0.0.2', '10.0.0.9'] });
    const options = read('forward . 10.0.0.9 a.test:5353 b.test 10.0.0.8');
    await scene.names.prepare(configuration(options));
    assert.deepEqual(scene.texts(options), [
      '10.0.0.9:53',
      '10.0.0.1:5353',
      '[::1]:5353',
      '10.0.0.2:53',
      '10.0.0.8:53',
    ]);
    assert.deepEqual(scene.asked, ['a.test', 'b.test']);
  });

  test('rules without names stay as they are, and nobody is asked', async () => {
    const scene = new Scene({});
    const options = read('forward . 10.0.0.9');
    await scene.names.prepare(configuration(options));
    assert.equal(scene.names.optionsOf(options).rules[0], options.rules[0]);
    assert.deepEqual(scene.asked, []);
  });

  test('a name is asked for once for each set of resolvers', async () => {
    const scene = new Scene({ 'a.test': ['10.0.0.1'], 'a.test 10.9.9.9:53': ['10.0.0.2'] });
    const plain = read('forward . a.test\nforward b.test a.test:54');
    const other = read('forward . a.test {\n resolver 10.9.9.9\n}');
    await scene.names.prepare(configuration(plain, other));
    assert.deepEqual(scene.asked.toSorted(), ['a.test', 'a.test 10.9.9.9:53']);
    assert.deepEqual([...scene.texts(plain), ...scene.texts(other)], ['10.0.0.1:53', '10.0.0.2:53']);
  });

  test('an unknown name is a mistake', () =>
    assert.rejects(new Scene({}).names.prepare(configuration(read('forward . a.test { resolver 192.0.2.1 }'))), {
      name: 'ConfigError',
      message: 'plugin/forward: failed to resolve "a.test": lookup a.test 192.0.2.1:53: no such host',
    }));

  test('more addresses than a forward may have are a mistake', () => {
    const many = Array.from({ length: 15 }, (_, i) => `10.0.0.${i + 1}`);
    const scene = new Scene({ 'a.test': many });
    return assert.rejects(scene.names.prepare(configuration(read('forward . 10.1.0.1 a.test'))), {
      message: 'plugin/forward: more than 15 TOs configured: 16',
    });
  });

  test('transport and certificate name of a target belong to all its addresses', async () => {
    const scene = new Scene({ 'a.test': ['10.0.0.1'] });
    const { rules } = read('forward . a.test');
    const options = { rules: [{ ...rules[0], targets: [{ ...rules[0].targets[0], secure: 'tls' as const }] }] };
    await scene.names.prepare(configuration(options));
    assert.equal(scene.names.optionsOf(options).rules[0].upstreams[0].secure, 'tls');
  });
});

describe('a resolver that is this server itself', () => {
  test('is asked again when the server answers, and then the name has addresses', async () => {
    const scene = new Scene({});
    const options = read('forward . a.test {\n resolver 127.0.0.1\n}');
    await scene.names.prepare(configuration(options));
    assert.deepEqual(scene.texts(options), []);
    scene.names.commit();
    await until(() => scene.asked.length > 3, 'further tries');
    assert.equal(scene.moves, 0);
    scene.world.set('a.test 127.0.0.1:53', ['10.0.0.1']);
    await until(() => scene.moves === 1, 'the name is found');
    assert.deepEqual(scene.texts(options), ['10.0.0.1:53']);
    assert.equal(scene.lines.filter((line) => line.includes('failed to resolve')).length, 2, scene.lines.join('\n'));
    assert.deepEqual(scene.names.counts(), [{ labels: { name: 'a.test' }, value: 1 }]);
  });
});

describe('while a configuration is in force', () => {
  async function running(world: Readonly<Record<string, readonly string[]>>, text = 'forward . a.test') {
    const scene = new Scene(world);
    const options = read(text);
    await scene.names.prepare(configuration(options));
    scene.names.commit();
    return { scene, options };
  }

  test('names that have moved are told, in whatever order they come those that have not are not', async () => {
    const { scene, options } = await running({ 'a.test': ['10.0.0.1', '10.0.0.2'] });
    scene.world.set('a.test', ['10.0.0.2', '10.0.0.1']);
    await until(() => scene.asked.length >= 4, 'further look-ups');
    assert.equal(scene.moves, 0);
    scene.world.set('a.test', ['10.0.0.3']);
    await until(() => scene.moves === 1, 'the move');
    assert.deepEqual(scene.texts(options), ['10.0.0.3:53']);
  });

  test('a name that is not found any more stays where it was, which is said once', async () => {
    const { scene, options } = await running({ 'a.test': ['10.0.0.1'] });
    scene.world.delete('a.test');
    await until(() => scene.asked.length >= 5, 'further look-ups');
    assert.deepEqual(scene.texts(options), ['10.0.0.1:53']);
    assert.deepEqual(scene.lines, [
      'failed to resolve "a.test": lookup a.test: no such host; it stays at 10.0.0.1, and is looked up again',
    ]);
    scene.world.set('a.test', ['10.0.0.1']);
    await until(() => scene.lines.length === 2, 'the end of the failure');
    assert.equal(scene.lines[1], 'a.test is found again');
    assert.equal(scene.moves, 0);
  });

  test('what the threads did not take is told again', async () => {
    const { scene } = await running({ 'a.test': ['10.0.0.1'] });
    scene.takesMoves = false;
    scene.world.set('a.test', ['10.0.0.2']);
    await until(() => scene.moves >= 2, 'a second try');
    scene.takesMoves = true;
    const { moves } = scene;
    const { length } = scene.asked;
    await until(() => scene.asked.length > length + 3, 'further look-ups');
    assert.ok(scene.moves <= moves + 1);
  });

  test('the next configuration keeps what is known and stops asking for what it does not need', async () => {
    const { scene } = await running({ 'a.test': ['10.0.0.1'], 'b.test': ['10.0.0.2'] }, 'forward . a.test b.test');
    scene.ttl = undefined;
    const next = read('forward . b.test');
    await scene.names.prepare(configuration(next));
    scene.names.commit();
    const since = scene.asked.length;
    await until(() => scene.asked.length >= since + 3, 'further look-ups');
    assert.deepEqual(new Set(scene.asked.slice(since + 1)), new Set(['b.test']));
    assert.deepEqual(scene.texts(next), ['10.0.0.2:53']);
  });

  test('a configuration that is given up leaves everything as it was', async () => {
    const { scene, options } = await running({ 'a.test': ['10.0.0.1'] });
    await assert.rejects(scene.names.prepare(configuration(read('forward . c.test { resolver 192.0.2.1 }'))));
    scene.names.abort();
    assert.deepEqual(scene.texts(options), ['10.0.0.1:53']);
    const [{ labels, value }] = scene.names.ages();
    assert.deepEqual(labels, { name: 'a.test' });
    assert.ok(value >= 0 && value < 10);
  });

  test('addresses without end do not take series without end', async () => {
    const { scene, options } = await running({ 'a.test': ['10.0.0.1'] });
    for (let i = 0; i < 100; i++) {
      scene.world.set('a.test', [`10.0.1.${i}`]);
      const { moves } = scene;
      await until(() => scene.moves > moves, 'the move');
      scene.texts(options);
    }
    const [upstream] = scene.names.optionsOf(options).rules[0].upstreams;
    assert.deepEqual(upstream, { address: '10.0.1.99', port: 53, text: '10.0.1.99:53', label: 'a.test:53' });
  });
});
