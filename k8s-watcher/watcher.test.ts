// Source, store and images together, without the thread.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ImageOptions } from './compile/options.ts';
import type { WatcherEvent } from './messages.ts';
import type { Kind } from './objects/object.ts';
import type { WatcherStats } from './stats.ts';
import { TestFolder, until } from './testing/folder.ts';
import { PLAIN_OPTIONS } from './testing/image.ts';
import { imagesOf, TestMemory } from './testing/memory.ts';
import { plainNamespace, plainPod, plainService, plainSlice } from './testing/objects.ts';
import { ClusterWatcher } from './watcher.ts';

const A: ImageOptions = { ...PLAIN_OPTIONS, key: 'a' };
const B: ImageOptions = { ...PLAIN_OPTIONS, key: 'b', pods: 'verified' };

class Rig {
  readonly folder: TestFolder;
  readonly memory: TestMemory;
  readonly events: WatcherEvent[] = [];
  readonly watcher: ClusterWatcher;

  constructor(
    context: TestContext,
    options: { memory?: TestMemory; folder?: TestFolder; images?: readonly ImageOptions[] } = {},
  ) {
    this.folder = options.folder ?? new TestFolder(context);
    this.memory = options.memory ?? new TestMemory();
    const start = this.memory.start(imagesOf(this.folder.path, ...(options.images ?? [A])));
    this.watcher = new ClusterWatcher(start, (event) => this.events.push(event));
    context.after(() => this.watcher.close());
  }

  of<Kind extends WatcherEvent['kind']>(kind: Kind): Extract<WatcherEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<WatcherEvent, { kind: Kind }> => event.kind === kind);
  }

  get stats(): WatcherStats {
    const last = this.of('stats').at(-1);
    assert.ok(last !== undefined);
    return last.stats;
  }
}

function fill(folder: TestFolder): void {
  folder.write('ns.json', plainNamespace('default'));
  folder.write('web.json', plainService('web', { ip: '10.96.0.20', ports: ['http 80'] }));
  folder.write('slice.json', plainSlice('web', ['10.244.0.5'], { ports: ['http 8080'] }));
  folder.write('pod.json', plainPod('web-0', '10.244.0.5'));
}

describe('ClusterWatcher', () => {
  it('publishes what the source has, marks the images synced and counts', async (context) => {
    const rig = new Rig(context, { images: [A, B] });
    fill(rig.folder);
    assert.equal(rig.memory.image('a').synced(), false);
    await rig.watcher.open();
    assert.equal(rig.memory.image('a').synced(), true);
    assert.ok(rig.memory.has('a', '_http._tcp.web.default.svc'));
    assert.ok(rig.memory.has('b', '10-244-0-5.default.pod'));
    assert.equal(rig.memory.has('a', '10-244-0-5.default.pod'), false);
    assert.deepEqual(rig.of('synced'), [{ kind: 'synced', keys: ['a', 'b'] }]);
    const { bytesUsed, bytesLimit, names, clusters } = rig.stats;
    assert.deepEqual(names, { a: 6, b: 8 });
    assert.deepEqual(
      ['Service', 'EndpointSlice', 'Namespace', 'Pod'].map((kind) => clusters[0].amounts[kind as Kind]?.objects),
      [1, 1, 1, 1],
    );
    assert.ok(bytesUsed > 0 && bytesUsed < bytesLimit);
  });

  it('follows changes of the source', async (context) => {
    const rig = new Rig(context);
    fill(rig.folder);
    await rig.watcher.open();
    rig.folder.write('db.json', plainService('db', { ip: '10.96.0.30' }));
    rig.folder.remove('web.json');
    await until(
      'db in place of web',
      () => rig.memory.has('a', 'db.default.svc') && !rig.memory.has('a', 'web.default.svc'),
    );
    await until('the counts', () => rig.stats.clusters[0].amounts.Service?.objects === 1 && rig.stats.names['a'] === 4);
  });

  it('makes new images whole before it says so, and drops old ones when told', async (context) => {
    const rig = new Rig(context);
    fill(rig.folder);
    await rig.watcher.open();
    await rig.watcher.obey({ kind: 'images', version: 7, images: imagesOf(rig.folder.path, A, B) });
    assert.deepEqual(rig.of('images'), [{ kind: 'images', version: 7 }]);
    assert.ok(rig.memory.image('b').synced());
    assert.ok(rig.memory.has('b', 'web.default.svc') && rig.memory.has('a', 'web.default.svc'));
    await rig.watcher.obey({ kind: 'retain', keys: ['b'] });
    assert.equal(rig.memory.has('a', 'web.default.svc'), false);
    assert.ok(rig.memory.has('b', 'web.default.svc'));
  });

  it('says why an image cannot be made, and leaves none half made', async (context) => {
    const rig = new Rig(context, { memory: new TestMemory(48 << 10) });
    fill(rig.folder);
    for (let i = 0; i < 60; i++)
      rig.folder.write(`s${i}.json`, plainService(`s${i}`, { ip: `10.97.0.${i}`, ports: ['http 80'] }));
    await rig.watcher.open();
    const images = Array.from({ length: 3 }, (_, i) => ({ ...A, key: `more-${i}` }));
    await rig.watcher.obey({ kind: 'images', version: 1, images: imagesOf(rig.folder.path, A, ...images) });
    const [answer] = rig.of('images');
    assert.match(answer.error ?? '', /zone memory is full: .* raise memory\.zones/);
    for (const { key } of images) assert.equal(rig.memory.image(key).names(), 0);
    assert.ok(rig.memory.has('a', 's59.default.svc'));
  });

  it('reports memory that is full and mends the image when there is room again', async (context) => {
    const rig = new Rig(context, { memory: new TestMemory(24 << 10) });
    fill(rig.folder);
    await rig.watcher.open();
    const many = Array.from({ length: 200 }, (_, i) =>
      plainService(`s${i}`, { ip: `10.97.0.${i}`, ports: ['http 80'] }),
    );
    rig.folder.write('many.json', { kind: 'List', items: many });
    await until('the error', () => rig.of('error').some(({ line }) => line.includes('zone memory is full')));
    assert.ok(rig.memory.has('a', 'web.default.svc'));
    rig.folder.write('many.json', { kind: 'List', items: [plainService('last', { ip: '10.97.1.1' })] });
    await until('the last service', () => rig.memory.has('a', 'last.default.svc'));
    await until('the whole image', () => rig.stats.names['a'] === 8);
    assert.ok(rig.memory.has('a', '10-244-0-5.web.default.svc'));
  });

  it('a successor takes over what is there: names stay readable, what has gone meanwhile goes', async (context) => {
    const first = new Rig(context, { images: [A, B] });
    fill(first.folder);
    await first.watcher.open();
    const serial = first.memory.image('a').serial();
    assert.ok(serial > 0);
    await first.watcher.close();
    first.folder.remove('slice.json');
    const { memory, folder } = first;
    const second = new Rig(context, { memory, folder, images: [A] });
    assert.ok(memory.image('a').synced() && memory.has('a', '10-244-0-5.web.default.svc'));
    await second.watcher.open();
    assert.ok(memory.has('a', 'web.default.svc'));
    assert.equal(memory.has('a', '10-244-0-5.web.default.svc'), false);
    assert.equal(memory.has('b', 'web.default.svc'), false);
    assert.ok(memory.image('a').serial() >= serial);
  });

  it('does not open when the source is broken', async (context) => {
    const rig = new Rig(context);
    rig.folder.write('bad.json', '{');
    await assert.rejects(rig.watcher.open(), { code: 'ERR_MANIFEST' });
    assert.equal(rig.memory.image('a').synced(), false);
  });
});
