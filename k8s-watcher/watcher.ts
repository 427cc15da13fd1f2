// The work of the watcher thread: source → store → images. Its entry is thread.ts, its handle in the primary handle.ts. Cold.

import { Readers } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { ZoneImages } from '#zone/reader.ts';
import { ZoneWriter } from '#zone/writer.ts';
import { ImageCompiler } from './compile/image.ts';
import type { ImageOptions } from './compile/options.ts';
import { ManifestSource } from './manifests/source.ts';
import type { WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';
import type { SourceSink } from './source.ts';
import type { StoreEvent } from './store/store.ts';
import { Store } from './store/store.ts';

/**
 * ```
 * const watcher = new ClusterWatcher(start, post);
 * await watcher.open();       // everything is published; rejects when the source cannot be read
 * watcher.obey(command);
 * await watcher.close();
 * ```
 * Images that a predecessor left are taken over: what has not changed is not written, what is gone is taken away.
 */
export class ClusterWatcher implements SourceSink {
  readonly #start: WatcherStart;
  readonly #post: (event: WatcherEvent) => void;
  readonly #zones: ZoneWriter;
  readonly #images: ZoneImages;
  readonly #store = new Store();
  readonly #source: ManifestSource;
  readonly #compilers = new Map<string, ImageCompiler>();
  /** Images that could not be brought up to date; the next batch compiles them anew. */
  readonly #behind = new Set<string>();

  constructor(start: WatcherStart, post: (event: WatcherEvent) => void) {
    const { segments, seed, source } = start;
    this.#start = start;
    this.#post = post;
    const cluster = Segment.map(segments.cluster, true);
    this.#zones = ZoneWriter.open(cluster, new Readers(Segment.map(segments.readers, false)), seed);
    this.#images = new ZoneImages(cluster);
    this.#source = new ManifestSource(source.path, this, source.pollInterval);
  }

  /** Loads the source and publishes all images; rejects with ManifestError, ZoneFullError or RangeError. */
  async open(): Promise<void> {
    const listing = await this.#source.load();
    for (const image of this.#start.images) this.#open(image);
    this.#drop(this.#start.images.map(({ key }) => key));
    this.#store.settle();
    this.#store.tracking = true;
    this.#post({ kind: 'synced' });
    this.#tellStats();
    this.#source.watch(listing);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  obey(command: WatcherCommand): void {
    if (command.kind === 'retain') this.#drop(command.keys);
    else this.#setImages(command.version, command.images);
  }

  apply(events: readonly StoreEvent[]): void {
    for (const event of events) this.#store.apply(event);
    if (this.#store.changes.empty) return;
    const now = unixTime();
    for (const [key, compiler] of this.#compilers) this.#publish(key, compiler, now);
    this.#store.settle();
    this.#tellStats();
  }

  problem(line: string): void {
    this.#post({ kind: 'error', line });
  }

  #publish(key: string, compiler: ImageCompiler, now: number): void {
    try {
      if (this.#behind.has(key)) compiler.publishAll(now);
      else compiler.publish(this.#store.changes, now);
      this.#behind.delete(key);
    } catch (error) {
      this.#behind.add(key);
      this.problem(error instanceof Error ? error.message : String(error));
    }
  }

  /** New images are whole before anybody is told; when one cannot be made, none of the new ones stays. */
  #setImages(version: number, images: readonly ImageOptions[]): void {
    const fresh = images.filter(({ key }) => !this.#compilers.has(key));
    try {
      for (const image of fresh) this.#open(image);
      this.#post({ kind: 'images', version });
    } catch (error) {
      for (const { key } of fresh) this.#dropOne(key);
      this.#post({ kind: 'images', version, error: error instanceof Error ? error.message : String(error) });
    }
    this.#tellStats();
  }

  #open(options: ImageOptions): void {
    const { key } = options;
    const writer = this.#zones.image(key);
    const compiler = new ImageCompiler(options, writer, this.#store, this.#images.image(key).serial());
    this.#compilers.set(key, compiler);
    compiler.publishAll(unixTime());
    compiler.setSynced();
  }

  /** Drops every image but these. */
  #drop(keys: readonly string[]): void {
    for (const key of this.#zones.keys()) if (!keys.includes(key)) this.#dropOne(key);
  }

  #dropOne(key: string): void {
    this.#compilers.delete(key);
    this.#behind.delete(key);
    this.#zones.drop(key);
  }

  #tellStats(): void {
    const names = Object.fromEntries([...this.#compilers].map(([key, compiler]) => [key, compiler.names]));
    const { bytesUsed, limit } = this.#zones;
    this.#post({ kind: 'stats', stats: { ...this.#store.size(), names, bytesUsed, bytesLimit: limit } });
  }
}

function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}
