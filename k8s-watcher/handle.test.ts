// The watcher as the primary has it: a real thread, real shared memory.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { SpareThread, Watcher } from './handle.ts';
import type { WatcherEvent } from './messages.ts';
import { TestFolder, until } from './testing/folder.ts';
import { PLAIN_OPTIONS } from './testing/image.ts';
import { imagesOf, TestMemory } from './testing/memory.ts';
import { plainNamespace, plainService } from './testing/objects.ts';

const A = { ...PLAIN_OPTIONS, key: 'a' };
const B = { ...PLAIN_OPTIONS, key: 'b', ttl: 30 };

interface Rig {
  readonly folder: TestFolder;
  readonly memory: TestMemory;
  readonly watcher: Watcher;
  readonly events: WatcherEvent[];
}

function rigOf(context: TestContext, maxHeap = 0, spare?: SpareThread): Rig {
  const folder = new TestFolder(context);
  folder.write('ns.json', plainNamespace('default'));
  folder.write('web.json', plainService('web', { ip: '10.96.0.20' }));
  const memory = new TestMemory();
  const events: WatcherEvent[] = [];
  const options = { ...memory.start(imagesOf(folder.path, A)), maxHeap, backoffMin: 1, backoffMax: 20, spare };
  const watcher = new Watcher(options, (event) => events.push(event));
  context.after(() => watcher.close());
  return { folder, memory, watcher, events };
}

function endedSpare(): SpareThread {
  const spare = new SpareThread(0);
  spare.end();
  return spare;
}

describe('Watcher', () => {
  it('starts, takes other images, drops those that nobody wants, ends', async (context) => {
    const { memory, watcher, events, folder } = rigOf(context, 256);
    assert.equal(watcher.isSynced('a'), false);
    await watcher.start();
    assert.ok(watcher.isSynced('a') && memory.has('a', 'web.default.svc'));
    await watcher.setImages(imagesOf(folder.path, B));
    assert.ok(memory.has('a', 'web.default.svc') && memory.has('b', 'web.default.svc'));
    watcher.retainImages(['b']);
    await until('the end of image a', () => memory.image('a').names() === 0);
    folder.write('db.json', plainService('db', { ip: '10.96.0.30' }));
    await until('the new service', () => memory.has('b', 'db.default.svc'));
    assert.deepEqual(
      events.filter(({ kind }) => kind !== 'stats').map(({ kind }) => kind),
      ['synced', 'opened', 'synced', 'images'],
    );
    await watcher.close();
    assert.ok(memory.has('b', 'db.default.svc'));
  });

  it('says why it cannot start, and does not try again', async (context) => {
    const { watcher, folder, events } = rigOf(context);
    folder.write('bad.json', '{');
    await assert.rejects(watcher.start(), {
      code: 'ERR_WATCHER',
      message: /^manifests: .*bad\.json: document 1 \(line 1\): /,
    });
    await watcher.close();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['failed'],
    );
  });

  it('gives up a start whose thread dies again and again', async (context) => {
    const { watcher, folder, events } = rigOf(context, 16);
    const many = Array.from({ length: 60_000 }, (_, i) =>
      plainService(`s${i}`, { labels: { unique: `label-${i}-${'x'.repeat(200)}` } }),
    );
    folder.write('many.json', { kind: 'List', items: many });
    await assert.rejects(watcher.start(), { code: 'ERR_WATCHER', message: /^kubernetes: watcher thread: / });
    assert.equal(events.filter(({ kind }) => kind === 'died').length, 2);
  });

  it('says why images cannot be made', async (context) => {
    const { watcher, folder } = rigOf(context);
    await watcher.start();
    const tooMany = Array.from({ length: 70 }, (_, i) => ({ ...A, key: `image-${i}` }));
    await assert.rejects(watcher.setImages(imagesOf(folder.path, ...tooMany)), {
      code: 'ERR_WATCHER',
      message: /at most 64 images/,
    });
  });

  it('a thread that dies is started again, takes the images over and answers what was asked meanwhile', async (context) => {
    const { memory, watcher, events, folder } = rigOf(context, 24);
    await watcher.start();
    // More than the heap of the thread holds.
    const many = Array.from({ length: 60_000 }, (_, i) =>
      plainService(`s${i}`, { labels: { unique: `label-${i}-${'x'.repeat(200)}` } }),
    );
    folder.write('many.json', { kind: 'List', items: many });
    await until('its death', () => events.some(({ kind }) => kind === 'died'));
    assert.ok(watcher.isSynced('a') && memory.image('a').synced() && memory.has('a', 'web.default.svc'));
    folder.remove('many.json');
    await watcher.setImages(imagesOf(folder.path, B));
    assert.ok(memory.has('b', 'web.default.svc'));
    folder.write('db.json', plainService('db', { ip: '10.96.0.30' }));
    await until('the new service', () => memory.has('a', 'db.default.svc'));
  });

  const spares: readonly { name: string; make: () => SpareThread }[] = [
    { name: 'is taken', make: () => new SpareThread(0) },
    { name: 'that was ended is not missed', make: endedSpare },
    // Less heap than its modules take.
    { name: 'that dies is not missed', make: () => new SpareThread(8) },
  ];
  for (const { name, make } of spares)
    it(`a spare thread ${name}`, async (context) => {
      const spare = make();
      const { memory, watcher } = rigOf(context, 0, spare);
      await watcher.start();
      assert.ok(memory.has('a', 'web.default.svc'));
      assert.equal(spare.take(), null);
      spare.end();
      assert.equal(watcher.transfer(1, { step: 'close' }), true, 'ending a spare that was taken ends nothing');
    });

  it('what waits when it is closed is told so', async (context) => {
    const { watcher } = rigOf(context);
    const started = watcher.start();
    const refused = assert.rejects(started, { code: 'ERR_WATCHER', message: /closed/ });
    await watcher.close();
    await refused;
  });
});
