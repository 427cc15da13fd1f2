// One source, its store and its images: when names appear, when they count as complete, when they go.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { hashName } from '#wire/hash.ts';
import { type ZoneImage, ZoneImages } from '#zone/reader.ts';
import { ZoneWriter } from '#zone/writer.ts';
import type { ApiNeeds } from './api/plan.ts';
import { Cluster, type ClusterContext } from './cluster.ts';
import { relativeName } from './compile/name.ts';
import type { ImageOptions } from './compile/options.ts';
import type { Kind } from './objects/object.ts';
import { idOf } from './objects/object.ts';
import { Observations } from './observe.ts';
import type { ApiSink } from './source.ts';
import type { ClusterSource } from './sources.ts';
import { FORMAT, VERSION } from './state/format.ts';
import { StateKeeper } from './state/keeper.ts';
import { saveState } from './state/save.ts';
import { TestFolder, until } from './testing/folder.ts';
import { PLAIN_OPTIONS } from './testing/image.ts';
import { decoded, type Plain, plainNamespace, plainPod, plainService, plainSlice } from './testing/objects.ts';

const SEED = 5;
const A: ImageOptions = { ...PLAIN_OPTIONS, key: 'a', ttl: 30 };
const PODS: ImageOptions = { ...PLAIN_OPTIONS, key: 'pods', pods: 'verified' };
const OBJECTS: Readonly<Record<'Namespace' | 'Service' | 'EndpointSlice' | 'Pod', Plain>> = {
  Namespace: plainNamespace('default'),
  Service: plainService('web', { ip: '10.96.0.20', ports: ['http 80'] }),
  EndpointSlice: plainSlice('web', ['10.244.0.5'], { ports: ['http 8080'] }),
  Pod: plainPod('web-0', '10.244.0.5'),
};

/** An API server whose every word the test decides on. */
class Script implements ClusterSource {
  readonly whole = false;
  readonly needs: ApiNeeds[] = [];
  resume: ReadonlyMap<Kind, string> = new Map();
  closed = 0;
  readonly sink: ApiSink;

  constructor(sink: ApiSink) {
    this.sink = sink;
  }

  async open(needs: ApiNeeds, resume: ReadonlyMap<Kind, string>): Promise<void> {
    this.needs.push(needs);
    this.resume = resume;
  }

  setNeeds(needs: ApiNeeds): void {
    this.needs.push(needs);
  }

  stats(): [] {
    return [];
  }

  async close(): Promise<void> {
    this.closed++;
  }

  put(...plains: readonly Plain[]): void {
    this.sink.apply(plains.map((plain) => ({ action: 'put', object: decoded(plain) })));
  }

  delete(plain: Plain): void {
    this.sink.apply([{ action: 'delete', id: idOf(decoded(plain)) }]);
  }

  /** The kind is listed: nothing but these. */
  list(kind: Kind, version: string, ...plains: readonly Plain[]): void {
    this.sink.mark(kind);
    this.put(...plains);
    this.sink.sweep(kind);
    this.sink.synced(kind, version);
  }

  listAll(version = '7'): void {
    for (const [kind, plain] of Object.entries(OBJECTS)) this.list(kind as Kind, version, plain);
  }
}

class Rig {
  readonly segment: Segment;
  readonly zones: ZoneWriter;
  readonly synced: string[] = [];
  readonly lines: string[] = [];
  readonly observations = new Observations();
  readonly cluster: Cluster;
  listed = 0;
  script: Script | undefined;

  constructor(context: TestContext, options: { segment?: Segment; keeper?: StateKeeper; unlabelled?: Kind[] } = {}) {
    this.segment = options.segment ?? Segment.create('cluster', 4 << 20);
    this.zones = ZoneWriter.open(this.segment, new Readers(Segment.create('readers', readersBytes(2))), SEED);
    this.cluster = new Cluster('api-1', this.#contextOf(options.keeper ?? null, options.unlabelled ?? []));
    context.after(() => this.cluster.close());
  }

  #contextOf(keeper: StateKeeper | null, unlabelled: readonly Kind[]): ClusterContext {
    const tell = (line: string): void => {
      this.lines.push(line);
    };
    return {
      memory: { zones: this.zones, images: new ZoneImages(this.segment) },
      openSource: (sink) => {
        this.script = new Script(sink);
        return this.script;
      },
      keeper,
      unlabelled,
      observations: this.observations,
      listed: () => {
        this.listed++;
      },
      synced: (keys) => this.synced.push(...keys),
      changing: () => undefined,
      problem: tell,
      warning: tell,
      info: tell,
    };
  }

  get source(): Script {
    assert.ok(this.script !== undefined);
    return this.script;
  }

  image(key: string): ZoneImage {
    return new ZoneImages(this.segment).image(key);
  }

  has(key: string, name: string): boolean {
    const octets = Buffer.from(relativeName(...name.split('.')), 'latin1');
    return this.image(key).find(hashName(SEED, octets, 0, octets.length), octets, 0, octets.length) !== 0;
  }
}

describe('a cluster whose API server tells', () => {
  it('asks for what the images need, and for more or less when they change', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    assert.deepEqual(rig.source.needs, [{ slices: true, pods: false, imports: false }]);
    rig.cluster.addImages([PODS]);
    rig.cluster.settleNeeds();
    assert.deepEqual(rig.source.needs.at(-1), { slices: true, pods: true, imports: false });
    rig.cluster.dropImage('pods');
    rig.cluster.settleNeeds();
    assert.deepEqual(rig.source.needs.at(-1), { slices: true, pods: false, imports: false });
    assert.equal(rig.cluster.empty, false);
  });

  it('publishes once everything is listed, and then every change', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    rig.source.list('Namespace', '1', OBJECTS.Namespace);
    rig.source.list('Service', '2', OBJECTS.Service);
    assert.equal(rig.has('a', 'web.default.svc'), false);
    assert.equal(rig.image('a').synced(), false);
    rig.source.list('EndpointSlice', '3', OBJECTS.EndpointSlice);
    assert.deepEqual([rig.synced, rig.listed], [['a'], 1]);
    assert.ok(rig.image('a').synced() && rig.has('a', '10-244-0-5.web.default.svc'));
    rig.source.put(plainService('db', { ip: '10.96.0.30' }));
    assert.ok(rig.has('a', 'db.default.svc'));
    rig.source.delete(OBJECTS.Service);
    assert.equal(rig.has('a', 'web.default.svc'), false);
    assert.deepEqual(rig.lines, []);
  });

  it('an image waits for its own kinds only', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A, PODS]);
    for (const kind of ['Namespace', 'Service', 'EndpointSlice'] as const) rig.source.list(kind, '1', OBJECTS[kind]);
    assert.deepEqual(rig.synced, ['a']);
    rig.source.list('Pod', '2', OBJECTS.Pod);
    assert.deepEqual(rig.synced, ['a', 'pods']);
    assert.ok(rig.has('pods', '10-244-0-5.default.pod') && !rig.has('a', '10-244-0-5.default.pod'));
  });

  it('a kind that does not come does not hide the others for long', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    rig.source.list('Namespace', '1', OBJECTS.Namespace);
    rig.source.list('Service', '2', OBJECTS.Service);
    await until('the service', () => rig.has('a', 'web.default.svc'));
    assert.equal(rig.image('a').synced(), false);
    rig.source.put(plainService('db', { ip: '10.96.0.30' }));
    assert.ok(rig.has('a', 'db.default.svc'));
    rig.source.list('EndpointSlice', '3', OBJECTS.EndpointSlice);
    assert.ok(rig.image('a').synced() && rig.has('a', '10-244-0-5.web.default.svc'));
  });

  it('a later list replaces what was known, by its difference', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    rig.source.listAll();
    const many = Array.from({ length: 1200 }, (_, i) => plainService(`s${i}`, { ip: `10.97.${i >> 8}.${i & 255}` }));
    rig.source.put(...many);
    rig.source.sink.mark('Service');
    rig.source.put(OBJECTS.Service);
    assert.equal(rig.source.sink.sweep('Service'), 1200);
    assert.ok(rig.has('a', 'web.default.svc') && !rig.has('a', 's7.default.svc'));
    assert.equal(rig.source.sink.count('Service'), 1);
  });

  it('images of a predecessor stay as they are until everything is known', async (context) => {
    const first = new Rig(context);
    await first.cluster.open([A]);
    first.source.listAll();
    const second = new Rig(context, { segment: first.segment });
    await second.cluster.open([A]);
    second.source.list('Namespace', '1', OBJECTS.Namespace);
    assert.ok(second.image('a').synced() && second.has('a', 'web.default.svc'));
    second.source.list('Service', '2', plainService('db', { ip: '10.96.0.30' }));
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.ok(second.has('a', 'web.default.svc'), 'also when nothing comes for a while');
    second.source.list('EndpointSlice', '3');
    assert.ok(second.has('a', 'db.default.svc') && !second.has('a', 'web.default.svc'));
  });

  it('measures how long changes of endpoints took, but not those of the first list', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    const noted = (name: string, address: string): Plain => {
      const slice = plainSlice(name, [address]);
      const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': new Date().toISOString() };
      return { ...slice, metadata: { ...(slice['metadata'] as Plain), annotations } };
    };
    rig.source.listAll();
    rig.source.list('EndpointSlice', '9', noted('web', '10.244.0.5'));
    rig.observations.take();
    rig.source.put(noted('web', '10.244.0.6'), noted('nobody', '10.244.0.7'));
    const observed = rig.observations.take();
    assert.deepEqual(
      observed.map(({ metric, labels }) => [metric, labels]),
      [['programming', { service_kind: 'cluster_ip' }]],
    );
    assert.ok(observed[0].value >= 0 && observed[0].value < 60);
  });

  it('says when an image has no room, and mends it when there is some', async (context) => {
    const rig = new Rig(context, { segment: Segment.create('small', 48 << 10) });
    await rig.cluster.open([A]);
    rig.source.listAll();
    const many = Array.from({ length: 400 }, (_, i) =>
      plainService(`s${i}`, { ip: `10.97.1.${i & 255}`, ports: ['x 1'] }),
    );
    rig.source.put(...many);
    assert.match(rig.lines[0], /zone memory is full/);
    assert.ok(rig.has('a', 'web.default.svc'));
    for (const plain of many) rig.source.delete(plain);
    rig.source.put(plainService('last', { ip: '10.96.0.99' }));
    assert.ok(rig.has('a', 'last.default.svc'));
  });

  it('ends with its source', async (context) => {
    const rig = new Rig(context);
    await rig.cluster.open([A]);
    await rig.cluster.close();
    assert.equal(rig.source.closed, 1);
  });
});

describe('a cluster with a kept state', () => {
  async function kept(context: TestContext): Promise<{ folder: string; keeper: () => StateKeeper; lines: string[] }> {
    const folder = new TestFolder(context).path;
    const lines: string[] = [];
    const log = { info: (line: string) => lines.push(line), warning: (line: string) => lines.push(line) };
    const plan = { folder, interval: 60_000, maxAge: 3600 };
    const keeper = (): StateKeeper => new StateKeeper(plan, 'api-1', log);
    const head = {
      ...({ format: FORMAT, version: VERSION, source: 'api-1', savedAt: Math.floor(Date.now() / 1000) - 5 } as const),
      resourceVersions: { Namespace: '11', Service: '12', EndpointSlice: '13' },
    };
    const objects = [OBJECTS.Namespace, OBJECTS.Service, OBJECTS.EndpointSlice].map((plain) => decoded(plain));
    await saveState(`${folder}/cluster-api-1.state`, head, objects);
    return { folder, keeper, lines };
  }

  it('serves it at once with short TTLs, and asks for what came after it', async (context) => {
    const { keeper } = await kept(context);
    const rig = new Rig(context, { keeper: keeper() });
    await rig.cluster.open([A]);
    assert.deepEqual(rig.synced, ['a']);
    assert.ok(rig.has('a', '10-244-0-5.web.default.svc'));
    assert.equal(rig.image('a').ttl(), 5);
    assert.deepEqual(
      [...rig.source.resume],
      [
        ['Namespace', '11'],
        ['Service', '12'],
        ['EndpointSlice', '13'],
      ],
    );
    assert.ok(rig.cluster.stats().servedState > 0);
    for (const kind of ['Namespace', 'Service'] as const) rig.source.sink.synced(kind, '20');
    assert.equal(rig.image('a').ttl(), 5);
    rig.source.sink.synced('EndpointSlice', '20');
    assert.deepEqual([rig.image('a').ttl(), rig.cluster.stats().servedState], [30, 0]);
    assert.ok(rig.has('a', '10-244-0-5.web.default.svc'));
    assert.deepEqual(rig.synced, ['a'], 'told once');
  });

  it('takes what has changed since as changes', async (context) => {
    const { keeper } = await kept(context);
    const rig = new Rig(context, { keeper: keeper() });
    await rig.cluster.open([A]);
    rig.source.delete(OBJECTS.Service);
    rig.source.put(plainService('db', { ip: '10.96.0.30' }));
    assert.ok(rig.has('a', 'db.default.svc') && !rig.has('a', 'web.default.svc'));
  });

  it('an image that needs more than was kept waits for it', async (context) => {
    const { keeper } = await kept(context);
    const rig = new Rig(context, { keeper: keeper() });
    await rig.cluster.open([A, PODS]);
    assert.deepEqual(rig.synced, ['a']);
    rig.source.list('Pod', '30', OBJECTS.Pod);
    assert.deepEqual(rig.synced, ['a', 'pods']);
  });

  it('keeps what it knows when it is closed, with versions', async (context) => {
    const { keeper, lines } = await kept(context);
    const first = new Rig(context, { keeper: keeper() });
    await first.cluster.open([A]);
    for (const kind of ['Namespace', 'Service', 'EndpointSlice'] as const) first.source.sink.synced(kind, '40');
    first.source.put(plainService('db', { ip: '10.96.0.30' }));
    first.source.sink.reached('Service', '41');
    await first.cluster.close();
    const second = new Rig(context, { keeper: keeper() });
    await second.cluster.open([A]);
    assert.ok(second.has('a', 'db.default.svc') && second.has('a', 'web.default.svc'));
    assert.equal(second.source.resume.get('Service'), '41');
    assert.ok(lines.every((line) => line.startsWith('Serving the state')));
  });
});
