// One source with everything that is made of it: source → store → images. The watcher thread has one for every source. Cold.

import type { ApiNeeds } from './api/plan.ts';
import type { ImageOptions } from './compile/options.ts';
import { type ImageMemory, ImageSet } from './images.ts';
import { kindsOf, needsOf } from './needs.ts';
import { type ClusterObject, KINDS, type Kind } from './objects/object.ts';
import type { Observations } from './observe.ts';
import type { ApiSink } from './source.ts';
import type { ClusterSource, SourceOpener } from './sources.ts';
import type { StateKeeper } from './state/keeper.ts';
import type { ClusterStats } from './stats.ts';
import { Store, type StoreEvent } from './store/store.ts';
import type { TransferSource } from './transfer/desk.ts';

/**
 * Milliseconds without a new object after which what is known so far is published, though a kind is still missing: the API server refuses it or is
 * away. Shorter publishes the first list in pieces, which costs twice the work.
 */
const PATIENCE = 500;
/** Most objects that are taken away in one batch after a list: what a client waits for behind them. */
const SWEEP = 500;
/** Seconds that records live while a kept state is served, at most: what has changed meanwhile shows soon after the API server is back. */
const STATE_TTL = 5;

export interface ClusterContext {
  readonly memory: ImageMemory;
  readonly openSource: SourceOpener;
  /** Null: no state is kept. */
  readonly keeper: StateKeeper | null;
  /** Kinds whose labels nobody looks at. */
  readonly unlabelled: readonly Kind[];
  readonly observations: Observations;
  /** Everything has been told once and is about to be compiled. */
  listed(): void;
  /** Images that are complete now. */
  synced(keys: readonly string[]): void;
  /** The store has changed; what it was before can still be seen in its `changes`. */
  changing(store: Store): void;
  problem(line: string): void;
  warning(line: string): void;
  info(line: string): void;
}

export class Cluster implements ApiSink {
  readonly key: string;
  readonly #context: ClusterContext;
  readonly #store = new Store();
  readonly #images: ImageSet;
  readonly #source: ClusterSource;
  /** Kinds of which everything is known: from the source, or from a kept state. */
  readonly #known = new Set<Kind>();
  /** Those of them that the source has not confirmed. */
  readonly #unconfirmed = new Set<Kind>();
  /** How far the source has told of each kind. */
  readonly #versions = new Map<Kind, string>();
  #servedState = 0;
  #filledAt = 0;
  #patience: NodeJS.Timeout | null = null;

  constructor(key: string, context: ClusterContext) {
    this.key = key;
    this.#context = context;
    for (const kind of context.unlabelled) this.#store.codec.dropLabels(kind);
    this.#images = new ImageSet(context.memory, this.#store, (line) => context.problem(line));
    this.#source = context.openSource(this);
  }

  /** Resolves when the images can be read: complete for manifests, as far as a kept state goes for an API server. Rejects when there is no source. */
  async open(images: readonly ImageOptions[]): Promise<void> {
    const resume = this.#loadState();
    if (this.#source.whole) {
      await this.#source.open(needsOf(images), resume);
      for (const kind of KINDS) this.#known.add(kind);
    }
    this.addImages(images);
    this.#context.keeper?.start(() => this.#save());
    if (this.#source.whole) return;
    this.#filledAt = performance.now();
    this.#patience = setInterval(() => this.#impatient(), PATIENCE);
    await this.#source.open(needsOf(images), resume);
  }

  async close(): Promise<void> {
    this.#endPatience();
    await this.#source.close();
    await this.#context.keeper?.close(() => this.#save());
  }

  /** Adds images to those that are there; when one cannot be made, none of them stays. Throws ZoneFullError. */
  addImages(images: readonly ImageOptions[]): void {
    const fresh = images.filter(({ key }) => !this.#images.has(key));
    try {
      for (const image of fresh) {
        this.#images.add(image);
        if (kindsOf(image).every((kind) => this.#known.has(kind))) this.#images.publishAll(image.key);
      }
    } catch (error) {
      for (const { key } of fresh) this.#images.drop(key);
      throw error;
    }
    this.#complete();
    if (this.#store.tracking) this.#images.publishEmpty();
  }

  /** The images that are needed from now on have been added and dropped: what nobody needs is not watched. */
  settleNeeds(): void {
    this.#source.setNeeds(this.#needs());
  }

  get empty(): boolean {
    return this.#images.size === 0;
  }

  has(key: string): boolean {
    return this.#images.has(key);
  }

  dropImage(key: string): void {
    this.#images.drop(key);
  }

  names(): [key: string, names: number][] {
    return this.#images.names();
  }

  /** What a transfer of that image is made from; undefined while something of it is missing. */
  transferSource(key: string): TransferSource | undefined {
    const state = this.#store.tracking ? this.#images.state(key) : undefined;
    return state === undefined ? undefined : { store: this.#store, ...state };
  }

  #needs(): ApiNeeds {
    return needsOf(this.#images.options());
  }

  apply(events: readonly StoreEvent[]): void {
    for (const event of events) this.#store.apply(event);
    if (!this.#store.tracking) {
      this.#filledAt = performance.now();
      return;
    }
    if (this.#store.changes.empty) return;
    this.#images.publish();
    this.#observe(events);
    this.#context.changing(this.#store);
    this.#store.settle();
    this.#context.keeper?.touch();
  }

  problem(line: string): void {
    this.#context.problem(line);
  }

  warning(line: string): void {
    this.#context.warning(line);
  }

  mark(kind: Kind): void {
    this.#store.mark(kind);
  }

  sweep(kind: Kind): number {
    let dropped = 0;
    let batch: StoreEvent[] = [];
    const flush = (): void => {
      dropped += batch.length;
      this.apply(batch);
      batch = [];
    };
    for (const id of this.#store.unmarked(kind)) {
      batch.push({ action: 'delete', id });
      if (batch.length === SWEEP) flush();
    }
    if (batch.length > 0) flush();
    return dropped;
  }

  synced(kind: Kind, resourceVersion: string): void {
    this.#versions.set(kind, resourceVersion);
    this.#known.add(kind);
    this.#unconfirmed.delete(kind);
    if (this.#unconfirmed.size === 0 && this.#servedState !== 0) {
      this.#servedState = 0;
      this.#images.limitTtl(Number.POSITIVE_INFINITY);
    }
    this.#complete();
    this.#context.keeper?.touch();
  }

  reached(kind: Kind, resourceVersion: string): void {
    this.#versions.set(kind, resourceVersion);
  }

  count(kind: Kind): number {
    return this.#store.amount(kind).objects;
  }

  stats(): ClusterStats {
    const { key } = this;
    return {
      key,
      amounts: Object.fromEntries(KINDS.map((kind) => [kind, { ...this.#store.amount(kind) }])),
      kinds: this.#source.stats(),
      servedState: this.#servedState,
      savedAt: this.#context.keeper?.savedAt ?? 0,
      savedBytes: this.#context.keeper?.savedBytes ?? 0,
    };
  }

  /** Tells of images that are complete now; once all are, and nothing is missing, changes are followed one by one. */
  #complete(): void {
    const whole = this.#isWhole();
    if (whole && !this.#source.whole && !this.#store.tracking) this.#context.listed();
    const keys = this.#images.complete(this.#known);
    if (keys.length > 0) this.#context.synced(keys);
    if (!whole) return;
    this.#endPatience();
    this.#follow();
  }

  /** Everything that images are made of has been told, now or before. */
  #isWhole(): boolean {
    return this.#images
      .options()
      .flatMap(kindsOf)
      .every((kind) => this.#known.has(kind));
  }

  #follow(): void {
    if (this.#store.tracking) return;
    this.#store.settle();
    this.#store.tracking = true;
  }

  /** Some kind does not come: what there is has to do, and every change of it shows at once. */
  #impatient(): void {
    if (performance.now() - this.#filledAt < PATIENCE) return;
    this.#endPatience();
    this.#images.publishEmpty();
    this.#follow();
  }

  #endPatience(): void {
    if (this.#patience !== null) clearInterval(this.#patience);
    this.#patience = null;
  }

  /** Serves what was kept, until the source has said everything. */
  #loadState(): ReadonlyMap<Kind, string> {
    const head = this.#context.keeper?.load((objects) => this.#fill(objects));
    const versions = Object.entries(head?.resourceVersions ?? {}) as [Kind, string][];
    for (const [kind, version] of versions) {
      this.#known.add(kind);
      this.#unconfirmed.add(kind);
      this.#versions.set(kind, version);
    }
    if (head !== undefined) {
      this.#servedState = head.savedAt;
      this.#images.limitTtl(STATE_TTL);
    }
    return new Map(versions);
  }

  #fill(objects: readonly ClusterObject[]): void {
    for (const object of objects) this.#store.apply({ action: 'put', object });
  }

  /** What a state file is made of, now. */
  #save(): { versions: ReadonlyMap<Kind, string>; objects: Iterable<ClusterObject> } {
    const versions = new Map([...this.#versions].filter(([kind]) => this.#known.has(kind)));
    return { versions, objects: this.#store.objects() };
  }

  /** Time from the change of an endpoint, as the controller has noted it, until now that it is answered (spec E). */
  #observe(events: readonly StoreEvent[]): void {
    const now = Date.now();
    for (const event of events) {
      if (event.action !== 'put' || event.object.kind !== 'EndpointSlice') continue;
      const { changedAt, namespace, service } = event.object;
      const owner = changedAt === undefined ? undefined : this.#store.service(namespace, service);
      if (changedAt === undefined || owner === undefined) continue;
      const kind = owner.mode === 'headless' ? 'headless_with_selector' : 'cluster_ip';
      this.#context.observations.add('programming', { service_kind: kind }, (now - changedAt) / 1000);
    }
  }
}
