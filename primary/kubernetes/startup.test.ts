// How long a start waits, and what it says meanwhile (spec C3).

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { LevelLogger } from '#ops/log/logger.ts';
import { type SyncState, waitForSync } from './startup.ts';

class Lines extends LevelLogger {
  readonly lines: string[] = [];
  override write(level: string, _scope: string, text: string): void {
    this.lines.push(`${level} ${text}`);
  }
}

class State implements SyncState {
  readonly #synced = new Set<string>();
  readonly #waiting: { readonly keys: readonly string[]; readonly resolve: () => void }[] = [];

  isSynced(key: string): boolean {
    return this.#synced.has(key);
  }

  whenSynced(keys: readonly string[]): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ keys, resolve }));
  }

  sync(key: string): void {
    this.#synced.add(key);
    for (const { keys, resolve } of this.#waiting) if (keys.every((one) => this.#synced.has(one))) resolve();
  }
}

/** Lets everything happen that is not a matter of time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const WAITING = /waiting for Kubernetes API before starting server$/;
const UNSYNCED = /starting server with unsynced Kubernetes API$/;

class Rig {
  readonly state = new State();
  readonly log = new Lines();
  done = false;

  constructor(context: TestContext) {
    context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  }

  start(...awaited: readonly [key: string, timeout: number][]): void {
    const all = awaited.map(([key, timeout]) => ({ key, timeout }));
    void waitForSync(this.state, all, this.log).then(() => {
      this.done = true;
    });
  }

  matching(pattern: RegExp): number {
    return this.log.lines.filter((line) => pattern.test(line)).length;
  }
}

describe('waitForSync', () => {
  it('does not wait for what is complete', async (context) => {
    const rig = new Rig(context);
    rig.state.sync('a');
    rig.start(['a', 5000]);
    await settle();
    assert.ok(rig.done && rig.log.lines.length === 0);
  });

  it('ends as soon as everything is', async (context) => {
    const rig = new Rig(context);
    rig.start(['a', 5000], ['b', 5000]);
    context.mock.timers.tick(400);
    rig.state.sync('a');
    await settle();
    assert.equal(rig.done, false);
    rig.state.sync('b');
    await settle();
    assert.ok(rig.done && rig.log.lines.length === 0);
  });

  it('says twice a second that it waits, whatever the number of directives', async (context) => {
    const rig = new Rig(context);
    rig.start(['a', 5000], ['b', 5000]);
    context.mock.timers.tick(1600);
    assert.deepEqual([rig.matching(WAITING), rig.log.lines.length], [3, 3]);
    assert.match(rig.log.lines[0], /^\[INFO\] /);
    rig.state.sync('a');
    rig.state.sync('b');
    await settle();
    context.mock.timers.tick(5000);
    assert.equal(rig.matching(WAITING), 3);
  });

  it('gives up when its time is over, and says so', async (context) => {
    const rig = new Rig(context);
    rig.start(['a', 1200]);
    context.mock.timers.tick(1200);
    await settle();
    assert.ok(rig.done);
    assert.deepEqual([rig.matching(WAITING), rig.matching(UNSYNCED)], [2, 1]);
    assert.match(rig.log.lines.at(-1) ?? '', /^\[WARNING\] /);
  });

  it('each directive has its own time', async (context) => {
    const rig = new Rig(context);
    rig.start(['a', 100], ['b', 3000]);
    context.mock.timers.tick(100);
    await settle();
    assert.deepEqual([rig.done, rig.matching(UNSYNCED)], [false, 1]);
    rig.state.sync('b');
    await settle();
    assert.deepEqual([rig.done, rig.matching(UNSYNCED)], [true, 1]);
  });

  it('with no time at all serves at once', async (context) => {
    const rig = new Rig(context);
    rig.start(['a', 0]);
    context.mock.timers.tick(1);
    await settle();
    assert.deepEqual([rig.done, rig.matching(UNSYNCED), rig.matching(WAITING)], [true, 1, 0]);
  });
});
