// The work of the watcher thread: clusters with their images, what the primary wants of them, what it is told. thread.ts is its entry. Cold.

import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { collect, collectLater } from '#native/collect.ts';
import { ZoneImages } from '#zone/reader.ts';
import type { TransferAsk } from '#zone/transfer.ts';
import { ZoneWriter } from '#zone/writer.ts';
import { unlabelledKinds } from './api/plan.ts';
import { Cluster } from './cluster.ts';
import type { ImageMemory } from './images.ts';
import type { ImagePlan, SourcePlan, WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';
import { Observations } from './observe.ts';
import { sourceOpener } from './sources.ts';
import { StateKeeper } from './state/keeper.ts';
import { TransferDesk } from './transfer/desk.ts';

/** Milliseconds after which the garbage of compiling everything is collected: after whoever waits for it has been told. */
const COMPILED = 100;
/** Milliseconds between two reports of numbers: what a scrape shows is at most that old. */
const STATS_INTERVAL = 1000;

/**
 * ```
 * const watcher = new ClusterWatcher(start, post);
 * await watcher.open();       // images can be read; rejects when a source never can
 * await watcher.obey(command);
 * await watcher.close();
 * ```
 * Images that a predecessor left are taken over: what has not changed is not written, what is gone is taken away.
 */
export class ClusterWatcher {
  readonly #start: WatcherStart;
  readonly #post: (event: WatcherEvent) => void;
  readonly #zones: ZoneWriter;
  readonly #memory: ImageMemory;
  readonly #observations = new Observations();
  readonly #transfers: TransferDesk;
  /** By the key of their source. */
  readonly #clusters = new Map<string, Cluster>();
  #work: Promise<void> = Promise.resolve();
  #statsTimer: NodeJS.Timeout | null = null;

  constructor(start: WatcherStart, post: (event: WatcherEvent) => void) {
    const { segments, seed } = start;
    this.#start = start;
    this.#post = post;
    this.#transfers = new TransferDesk((id, told) => post({ kind: 'transfer', id, told }));
    const cluster = Segment.map(segments.cluster, true);
    this.#zones = ZoneWriter.open(cluster, new Readers(Segment.map(segments.readers, false)), seed);
    this.#memory = { zones: this.#zones, images: new ZoneImages(cluster) };
  }

  /** Opens every source of the start. Rejects with ManifestError, ApiConfigError, ZoneFullError or RangeError. */
  async open(): Promise<void> {
    const { images } = this.#start;
    this.#drop(images.map(({ image }) => image.key));
    await this.#add(images);
    this.#post({ kind: 'opened' });
    this.#postStats();
    this.#statsTimer = setInterval(() => this.#postStats(), STATS_INTERVAL).unref();
  }

  async close(): Promise<void> {
    if (this.#statsTimer !== null) clearInterval(this.#statsTimer);
    this.#statsTimer = null;
    await this.#work;
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
    this.#clusters.clear();
  }

  /** Commands are obeyed one after the other; transfers, which change nothing, at once. */
  obey(command: WatcherCommand): Promise<void> {
    if (command.kind === 'transfer') {
      this.#transfer(command.id, command.ask);
      return Promise.resolve();
    }
    this.#work = this.#work.then(() => this.#obey(command));
    return this.#work;
  }

  async #obey(command: WatcherCommand): Promise<void> {
    if (command.kind === 'images') await this.#setImages(command.version, command.images);
    else if (command.kind === 'retain') {
      this.#drop(command.keys);
      for (const cluster of this.#clusters.values()) cluster.settleNeeds();
    }
  }

  #transfer(id: number, ask: TransferAsk): void {
    const { image } = ask.step === 'open' ? ask : { image: '' };
    const cluster = [...this.#clusters.values()].find((candidate) => candidate.has(image));
    this.#transfers.ask(id, ask, cluster?.transferSource(image));
  }

  /** New images are there before anybody is told; when one cannot be made, none of the new ones stays. */
  async #setImages(version: number, images: readonly ImagePlan[]): Promise<void> {
    const fresh = images.filter(({ image }) => !this.#has(image.key));
    try {
      await this.#add(fresh);
      this.#post({ kind: 'images', version });
    } catch (error) {
      for (const { image } of fresh) this.#dropOne(image.key);
      this.#post({ kind: 'images', version, error: error instanceof Error ? error.message : String(error) });
    }
    this.#postStats();
  }

  #has(key: string): boolean {
    return [...this.#clusters.values()].some((cluster) => cluster.has(key));
  }

  async #add(plans: readonly ImagePlan[]): Promise<void> {
    const sources = new Map(plans.map(({ source }) => [source.key, source]));
    for (const [key, source] of sources) {
      const images = plans.filter((plan) => plan.source.key === key).map(({ image }) => image);
      const known = this.#clusters.get(key);
      if (known !== undefined) {
        known.addImages(images);
        known.settleNeeds();
        continue;
      }
      const cluster = this.#newCluster(source);
      this.#clusters.set(key, cluster);
      await cluster.open(images);
    }
  }

  #newCluster(source: SourcePlan): Cluster {
    const { state, api } = this.#start;
    const log = {
      info: (line: string) => this.#post({ kind: 'info', line }),
      warning: (line: string) => this.#post({ kind: 'warning', line }),
    };
    const kept = source.kind === 'api' && state !== null;
    return new Cluster(source.key, {
      memory: this.#memory,
      openSource: sourceOpener(source, { settings: api, observations: this.#observations }),
      unlabelled: source.kind === 'api' ? unlabelledKinds(source) : [],
      keeper: kept ? new StateKeeper(state, source.key, log) : null,
      observations: this.#observations,
      listed: collect,
      synced: (keys) => this.#synced(keys),
      changing: (store) => this.#transfers.keep(store),
      problem: (line) => this.#post({ kind: 'error', line }),
      ...log,
    });
  }

  #synced(keys: readonly string[]): void {
    this.#post({ kind: 'synced', keys });
    collectLater(COMPILED);
  }

  /** Drops every image but these. */
  #drop(keys: readonly string[]): void {
    for (const key of this.#zones.keys()) if (!keys.includes(key)) this.#dropOne(key);
  }

  /** A source without images is closed. */
  #dropOne(key: string): void {
    for (const [source, cluster] of this.#clusters) {
      if (!cluster.has(key)) continue;
      cluster.dropImage(key);
      if (!cluster.empty) return;
      this.#clusters.delete(source);
      void cluster.close();
      return;
    }
    this.#zones.drop(key);
  }

  #postStats(): void {
    const clusters = [...this.#clusters.values()];
    const names = Object.fromEntries(clusters.flatMap((cluster) => cluster.names()));
    const { bytesUsed, limit } = this.#zones;
    const stats = clusters.map((cluster) => cluster.stats());
    this.#post({ kind: 'stats', stats: { clusters: stats, names, bytesUsed, bytesLimit: limit } });
    const observations = this.#observations.take();
    if (observations.length > 0) this.#post({ kind: 'observed', observations });
  }
}
