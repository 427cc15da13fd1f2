// Where names come from: the Kubernetes watcher and hosts files. Keeps their images in step with the configuration. Cold.

import { Readers } from '#memory/quiescence.ts';
import type { Participant } from '#ops/http/readiness.ts';
import type { Log } from '#ops/log/log.ts';
import { ConfigError } from '#plugins/contract.ts';
import { HostsSource } from '#plugins/hosts/load.ts';
import { ENTRIES, RELOADED } from '#plugins/hosts/metrics.ts';
import type { ImageOptions } from '#watcher/compile/options.ts';
import { Watcher } from '#watcher/handle.ts';
import type { WatcherEvent } from '#watcher/messages.ts';
import { ZoneWriter } from '#zone/writer.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import type { Tuning } from './config/tuning.ts';
import type { Environment } from './corefile/environment.ts';
import type { BlockConfig } from './plan/blocks.ts';
import type { Configuration } from './plan/configuration.ts';
import type { Segments } from './segments.ts';

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
  readonly #files: ZoneWriter;
  #hosts = new Map<string, HostsSource>();
  /** Hosts sources of a configuration that is being prepared. */
  #newHosts = new Map<string, HostsSource>();
  #watcher: Watcher | null = null;
  #images: readonly ImageOptions[] = [];
  #newImages: readonly ImageOptions[] = [];

  constructor(context: SourcesContext) {
    this.#context = context;
    this.#files = ZoneWriter.open(context.segments.files, new Readers(context.segments.readers), context.seed);
  }

  /** Makes every image that the configuration needs readable, beside those in use. Rejects with the operator's line. */
  async prepare(configuration: Configuration): Promise<void> {
    this.#newImages = imagesOf(configuration);
    this.#prepareHosts(configuration);
    if (this.#newImages.length === 0) return;
    if (this.#watcher === null) await this.#startWatcher();
    else await this.#watcher.setImages(this.#newImages);
  }

  /** What was prepared is in force; the images of the former configuration go when nobody reads them any more. */
  commit(): void {
    this.#images = this.#newImages;
    const former = [...this.#hosts].filter(([key]) => !this.#newHosts.has(key));
    this.#hosts = this.#newHosts;
    this.#newHosts = new Map();
    for (const [, source] of former) source.close();
    setTimeout(() => this.#dropUnused(former.map(([key]) => key)), LINGER).unref();
  }

  /** Gives up what was prepared. */
  abort(): void {
    for (const [key, source] of this.#newHosts) if (!this.#hosts.has(key)) source.close();
    this.#newHosts = new Map();
    this.#watcher?.retainImages(this.#images.map((image) => image.key));
  }

  #dropUnused(hosts: readonly string[]): void {
    for (const key of hosts) if (!this.#hosts.has(key)) this.#files.drop(key);
    this.#watcher?.retainImages(this.#images.map((image) => image.key));
  }

  #prepareHosts({ blocks }: Configuration): void {
    for (const options of blocks.flatMap((block) => block.get('hosts') ?? [])) {
      const known = this.#hosts.get(options.image) ?? this.#newHosts.get(options.image);
      this.#newHosts.set(options.image, known ?? this.#openHosts(options));
    }
  }

  #openHosts(options: ConstructorParameters<typeof HostsSource>[0]): HostsSource {
    const { log, metrics } = this.#context;
    const source = new HostsSource(options, this.#files.image(options.image), {
      warn: (text) => log.plugin('hosts').warning(text),
      entries: (count) => metrics().set(ENTRIES, count, { hostsfile: options.file }),
      reloaded: (seconds) => metrics().set(RELOADED, seconds),
    });
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
    for (const source of this.#hosts.values()) source.close();
    void this.#watcher?.close().catch(() => undefined);
  }
}

function imagesOf({ blocks }: Configuration): ImageOptions[] {
  const images = blocks.flatMap((block) => block.get('kubernetes')?.image ?? []);
  return [...new Map(images.map((image) => [image.key, image])).values()];
}
