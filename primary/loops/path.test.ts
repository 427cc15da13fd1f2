// One upstream's rounds: what is a loop, what is none, when a quarantine ends. Time is the test's.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type Path, PathWatch } from './path.ts';

const PATH: Path = {
  key: '. 192.0.2.1:53',
  zone: '.',
  upstream: '192.0.2.1:53',
  label: '192.0.2.1:53',
  mark: '42',
  interval: 60_000,
  retryMin: 30_000,
  retryMax: 100_000,
};
/** Longer than any pause between rounds that bear each other out. */
const SOON = 700;
const STEP = 250;

/** A path whose rounds end as the test says. */
class Scene {
  readonly events: string[] = [];
  readonly names: string[] = [];
  readonly watch: PathWatch;
  /** Whether a thread can send. */
  ready = true;
  fleet = false;
  /** Whether another replica has seen the probe. */
  noted = false;

  constructor(path: Partial<Path> = {}) {
    this.watch = new PathWatch(
      { ...PATH, ...path },
      {
        name: () => `${this.names.length}.42.`,
        send: (_, name) => {
          this.names.push(name);
          return this.ready;
        },
        hasFleet: () => this.fleet,
        elsewhere: () => Promise.resolve(this.noted),
        ended: (_, result) => this.events.push(result),
        detected: (_, source, retryIn) => this.events.push(`loop (${source}), again in ${retryIn}`),
        lifted: () => this.events.push('lifted'),
      },
    );
  }

  get #name(): string {
    return this.names.at(-1) ?? '';
  }

  sighting(name = this.#name): boolean {
    return this.watch.sighted({
      kind: 'loop',
      thread: 1,
      source: '192.0.2.1:9',
      listener: 'dns://:53',
      zone: '.',
      name,
    });
  }

  /** The round under way ends so. */
  async end(how: 'returned' | 'clear' | 'unanswered'): Promise<void> {
    if (how === 'returned') assert.ok(this.sighting());
    else {
      this.watch.probed(this.#name, how === 'clear');
      await this.pass(SOON);
      return;
    }
    await this.pass(SOON);
  }

  /** Time goes by, in steps, so that promises between timers come to their end. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= STEP) {
      mock.timers.tick(Math.min(STEP, left));
      for (let i = 0; i < 4; i++) await Promise.resolve();
    }
  }

  /** Time goes by until the next probe is sent; returns how much it was. */
  async next(): Promise<number> {
    const { length } = this.names;
    let passed = 0;
    for (; this.names.length === length; passed += STEP) {
      assert.ok(passed < 200_000, 'no more probes');
      await this.pass(STEP);
    }
    return passed;
  }

  take(): string[] {
    return this.events.splice(0);
  }
}

const LOOP = 'loop (192.0.2.1:9 -> :53), again in 30000';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

describe('a path that is asked', () => {
  it('is probed at once when that is wanted, otherwise after an interval', async () => {
    const soon = new Scene();
    soon.watch.start(true);
    assert.equal(soon.names.length, 1);
    const later = new Scene();
    later.watch.start(false);
    const passed = await later.next();
    assert.ok(passed > 44_000 && passed < 76_000, String(passed));
  });

  it('is never probed with an interval of 0', async () => {
    const scene = new Scene({ interval: 0 });
    scene.watch.start(false);
    await scene.pass(600_000);
    assert.deepEqual(scene.names, []);
  });

  it('leads back when three probes in a row have come back, each with another name', async () => {
    const scene = new Scene();
    scene.watch.start(true);
    await scene.end('returned');
    await scene.end('returned');
    assert.equal(scene.watch.quarantined, false);
    await scene.end('returned');
    assert.deepEqual(scene.take(), ['returned', 'returned', 'returned', LOOP]);
    assert.equal(scene.watch.quarantined, true);
    assert.equal(new Set(scene.names).size, 3);
  });

  for (const how of ['clear', 'unanswered'] as const) {
    it(`does not lead back when one of three is ${how}`, async () => {
      const scene = new Scene();
      scene.watch.start(true);
      for (const result of ['returned', 'returned', how] as const) await scene.end(result);
      await scene.next();
      await scene.end('returned');
      await scene.end('returned');
      assert.equal(scene.watch.quarantined, false);
    });
  }

  it('does not lead back because of names that are not under way', async () => {
    const scene = new Scene();
    scene.watch.start(true);
    await scene.end('returned');
    for (const name of ['0.42.', '7.42.', '', '.']) assert.equal(scene.sighting(name), false, name);
    await scene.end('clear');
    for (let i = 0; i < 10; i++) assert.equal(scene.sighting(), false, 'between rounds');
    assert.deepEqual(scene.take(), ['returned', 'clear']);
  });

  it('one sighting counts once, however many threads report it', () => {
    const scene = new Scene();
    scene.watch.start(true);
    assert.deepEqual(
      Array.from({ length: 5 }, () => scene.sighting()),
      [true, false, false, false, false],
    );
    assert.deepEqual(scene.take(), ['returned']);
  });

  it('a sighting just after the answer counts', async () => {
    const scene = new Scene();
    scene.watch.start(true);
    scene.watch.probed('0.42.', true);
    await scene.pass(50);
    assert.ok(scene.sighting());
    await scene.pass(50);
    assert.deepEqual(scene.take(), ['returned']);
  });

  it('a round ends when nobody reports what became of it', async () => {
    const scene = new Scene();
    scene.watch.start(true);
    await scene.pass(4100);
    assert.deepEqual(scene.take(), ['unanswered']);
    await scene.next();
    assert.equal(scene.names.length, 2);
  });

  it('a round that nobody can send ends at once, and the next one comes', async () => {
    const scene = new Scene();
    scene.ready = false;
    scene.watch.start(true);
    assert.deepEqual(scene.take(), ['unanswered']);
    await scene.next();
    assert.equal(scene.names.length, 2);
  });

  it('leads back when another replica has seen three probes, answered or not', async () => {
    const scene = new Scene();
    scene.fleet = true;
    scene.noted = true;
    scene.watch.start(true);
    for (const how of ['clear', 'unanswered', 'clear'] as const) await scene.end(how);
    assert.deepEqual(scene.take(), ['returned', 'returned', 'returned', 'loop (another replica), again in 30000']);
  });
});

describe('a path in quarantine', () => {
  /** One that has just been found. */
  async function found(): Promise<Scene> {
    const scene = new Scene();
    scene.watch.start(true);
    for (let i = 0; i < 3; i++) await scene.end('returned');
    scene.take();
    return scene;
  }

  it('is probed again after pauses that double up to the longest', async () => {
    const scene = await found();
    for (const pause of [30_000, 60_000, 100_000, 100_000]) {
      // What is left of it after the round has ended.
      const passed = await scene.next();
      assert.ok(passed > pause - 2 * SOON && passed <= pause, `${passed} of ${pause}`);
      await scene.end('returned');
    }
    assert.ok(scene.watch.quarantined);
  });

  it('is asked again when three probes in a row were answered and did not come back', async () => {
    const scene = await found();
    await scene.next();
    await scene.end('clear');
    await scene.end('clear');
    assert.ok(scene.watch.quarantined);
    await scene.end('clear');
    assert.deepEqual(scene.take(), ['clear', 'clear', 'clear', 'lifted']);
    assert.equal(scene.watch.quarantined, false);
    await scene.next();
    assert.equal(scene.names.length, 7, 'it is watched as before');
  });

  for (const how of ['returned', 'unanswered'] as const) {
    it(`stays there when one of three is ${how}`, async () => {
      const scene = await found();
      await scene.next();
      await scene.end('clear');
      await scene.end('clear');
      await scene.end(how);
      await scene.next();
      await scene.end('clear');
      await scene.end('clear');
      assert.ok(scene.watch.quarantined);
    });
  }

  it('is left alone once it is stopped', async () => {
    const scene = await found();
    scene.watch.stop();
    await scene.pass(600_000);
    assert.equal(scene.names.length, 3);
  });
});
