// Where names come from: the Kubernetes watcher, hosts files and files of weights. Keeps their images in step with the configuration. Cold.

import { Readers } from '#memory/quiescence.ts';
import type { Participant } from '#ops/http/readiness.ts';
import type { Log } from '#ops/log/log.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import { ConfigError } from '#plugins/contract.ts';
import { HostsSource } from '#plugins/hosts/load.ts';
import { ENTRIES, RELOADED } from '#plugins/hosts/metrics.ts';
import { WeightsSource } from '#plugins/loadbalance/weights.ts';
import type { OptionsOf } from '#plugins/setups.ts';
import type { ImageOptions } from '#watcher/compile/options.ts';
import { Watcher } from '#watcher/handle.ts';
import type { WatcherEvent } from '#watcher/messages.ts';
import { ZoneWriter } from '#zone/writer.ts';
import type { Tuning } from './config/tuning.ts';
import type { Environment } from './corefile/environment.ts';
import type { BlockConfig } from './plan/blocks.ts';
import type { Configuration } from './plan/configuration.ts';
import type { Segments } from './segments.ts';

/** A file that is read again and again, and its image. */
interface FileSource {
  close(): void;
}

/** Milliseconds that images of a former plan stay: its handlers live on for as long (workers/thread.ts). */
const LINGER = 7000;

export interface SourcesContext {
  readonly segments: Segments;
  readonly seed: number;
  readonly tuning: Tuning;
  readonly log: Log;
  readonly metrics: () => MetricRegistry;
  readonly manifests: string | undefined;
  readonly env: Environment;
}

export class Sources {
  readonly #context: SourcesContext;
  readonly #writer: ZoneWriter;
  #files = new Map<string, FileSource>();
  /** Those of a configuration that is being prepared. */
  #newFiles = new Map<string, FileSource>();
  #watcher: Watcher | null = null;
  #images: readonly ImageOptions[] = [];
  #newImages: readonly ImageOptions[] = [];

  constructor(context: SourcesContext) {
    this.#context = context;
    this.#writer = ZoneWriter.open(context.segments.files, new Readers(context.segments.readers), context.seed);
  }

  /** Makes every image that the configuration needs readable, beside those in use. Rejects with the operator's line. */
  async prepare(configuration: Configuration): Promise<void> {
    this.#newImages = imagesOf(configuration);
    this.#prepareFiles(configuration);
    if (this.#newImages.length === 0) return;
    if (this.#watcher === null) await this.#startWatcher();
    else await this.#watcher.setImages(this.#newImages);
  }

  /** What was prepared is in force; the images of the former configuration go when nobody reads them any more. */
  commit(): void {
    this.#images = this.#newImages;
    const former = [...this.#files].filter(([key]) => !this.#newFiles.has(key));
    this.#files = this.#newFiles;
    this.#newFiles = new Map();
    for (const [, source] of former) source.close();
    setTimeout(() => this.#dropUnused(former.map(([key]) => key)), LINGER).unref();
  }

  /** Gives up what was prepared. */
  abort(): void {
    for (const [key, source] of this.#newFiles) if (!this.#files.has(key)) source.close();
    this.#newFiles = new Map();
    this.#watcher?.retainImages(this.#images.map((image) => image.key));
  }

  #dropUnused(files: readonly string[]): void {
    for (const key of files) if (!this.#files.has(key)) this.#writer.drop(key);
    this.#watcher?.retainImages(this.#images.map((image) => image.key));
  }

  #prepareFiles({ blocks }: Configuration): void {
    const keep = (key: string, make: () => FileSource): void => {
      const known = this.#files.get(key) ?? this.#newFiles.get(key);
      this.#newFiles.set(key, known ?? make());
    };
    for (const block of blocks) {
      const hosts = block.get('hosts');
      const weights = block.get('loadbalance');
      if (hosts !== undefined) keep(hosts.image, () => this.#openHosts(hosts));
      if (weights?.policy === 'weighted') keep(weights.image, () => this.#openWeights(weights));
    }
  }

  #openHosts(options: OptionsOf<'hosts'>): FileSource {
    const { log, metrics } = this.#context;
    const source = new HostsSource(options, this.#writer.image(options.image), {
      warn: (text) => log.plugin('hosts').warning(text),
      entries: (count) => metrics().set(ENTRIES, count, { hostsfile: options.file }),
      reloaded: (seconds) => metrics().set(RELOADED, seconds),
    });
    source.open();
    return source;
  }

  #openWeights(options: OptionsOf<'loadbalance'>): FileSource {
    const { log } = this.#context;
    const source = new WeightsSource(options, this.#writer.image(options.image), (text) =>
      log.plugin('loadbalance').warning(text),
    );
    source.open();
    return source;
  }

  async #startWatcher(): Promise<void> {
    const { segments, seed, tuning, manifests } = this.#context;
    if (manifests === undefined) throw new ConfigError(this.#noSource());
    this.#watcher = new Watcher(
      {
        segments: { cluster: segments.cluster.handle, readers: segments.readers.handle },
        seed,
        source: { kind: 'manifests', path: manifests },
        images: this.#newImages,
        maxHeap: tuning.kubernetes.maxHeap,
        ...tuning.supervisor,
      },
      (event) => this.#heard(event),
    );
    await this.#watcher.start();
  }

  /** The reference's own words outside of a cluster; inside, what this version cannot do yet. */
  #noSource(): string {
    const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = this.#context.env;
    const inside = KUBERNETES_SERVICE_HOST !== undefined && KUBERNETES_SERVICE_PORT !== undefined;
    const why = inside
      ? 'this version of Shoal does not talk to an API server yet'
      : 'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined';
    return `plugin/kubernetes: ${why}; give the objects with -manifests PATH`;
  }

  #heard(event: WatcherEvent): void {
    const { log } = this.#context;
    if (event.kind === 'error') log.plugin('kubernetes').error(event.line);
    else if (event.kind === 'died') log.error(`${event.line}; restarting in ${event.retryIn}ms`);
  }

  /** Who keeps /ready waiting on behalf of a block. */
  participantsOf(block: BlockConfig): Participant[] {
    return block.has('kubernetes') ? [{ name: 'kubernetes', ready: () => this.#watcher?.synced === true }] : [];
  }

  /** Stops reading; what has been published stays. */
  stop(): void {
    for (const source of this.#files.values()) source.close();
    void this.#watcher?.close().catch(() => undefined);
  }
}

function imagesOf({ blocks }: Configuration): ImageOptions[] {
  const images = blocks.flatMap((block) => block.get('kubernetes')?.image ?? []);
  return [...new Map(images.map((image) => [image.key, image])).values()];
}
