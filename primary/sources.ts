// Where names come from: the Kubernetes watcher, hosts files and files of weights. Keeps their images in step with the configuration. Cold.

import { Readers } from '#memory/quiescence.ts';
import type { Participant } from '#ops/http/readiness.ts';
import type { Log } from '#ops/log/log.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import { HostsSource } from '#plugins/hosts/load.ts';
import { ENTRIES, RELOADED } from '#plugins/hosts/metrics.ts';
import { WeightsSource } from '#plugins/loadbalance/weights.ts';
import type { OptionsOf } from '#plugins/setups.ts';
import type { SpareThread } from '#watcher/handle.ts';
import type { TransferAsk } from '#zone/transfer.ts';
import { ZoneWriter } from '#zone/writer.ts';
import type { Tuning } from './config/tuning.ts';
import type { Environment } from './corefile/environment.ts';
import { Clusters } from './kubernetes/clusters.ts';
import type { BlockConfig } from './plan/blocks.ts';
import type { Configuration } from './plan/configuration.ts';
import type { Segments } from './segments.ts';
import type { Transfers } from './transfers.ts';

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
  /** Who waits for what the watcher says of zone transfers. */
  readonly transfers: () => Pick<Transfers, 'told' | 'watcherDied'>;
  readonly manifests: string | undefined;
  /** A watcher thread that loads its modules already. */
  readonly spare: SpareThread | undefined;
  readonly env: Environment;
}

export class Sources {
  readonly #context: SourcesContext;
  readonly #writer: ZoneWriter;
  readonly #clusters: Clusters;
  #files = new Map<string, FileSource>();
  /** Those of a configuration that is being prepared. */
  #newFiles = new Map<string, FileSource>();

  constructor(context: SourcesContext) {
    this.#context = context;
    this.#clusters = new Clusters(context);
    this.#writer = ZoneWriter.open(context.segments.files, new Readers(context.segments.readers), context.seed);
  }

  /** Makes every image that the configuration needs readable, beside those in use. Rejects with the operator's line. */
  async prepare(configuration: Configuration): Promise<void> {
    this.#prepareFiles(configuration);
    await this.#clusters.prepare(configuration);
  }

  /** What was prepared is in force; the images of the former configuration go when nobody reads them any more. */
  commit(): void {
    this.#clusters.commit();
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
    this.#clusters.dropUnused();
  }

  #dropUnused(files: readonly string[]): void {
    for (const key of files) if (!this.#files.has(key)) this.#writer.drop(key);
    this.#clusters.dropUnused();
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

  /** Who keeps /ready waiting on behalf of a block. */
  participantsOf(block: BlockConfig): Participant[] {
    const key = block.get('kubernetes')?.image.key;
    return key === undefined ? [] : [{ name: 'kubernetes', ready: () => this.#clusters.isSynced(key) }];
  }

  /** Passes a wish of a zone transfer on to the watcher; false when there is none. */
  askTransfer(id: number, ask: TransferAsk): boolean {
    return this.#clusters.askTransfer(id, ask);
  }

  /** Stops reading; what has been published stays. Resolves when what is kept over a restart is written. */
  async stop(): Promise<void> {
    for (const source of this.#files.values()) source.close();
    await this.#clusters.close().catch(() => undefined);
  }
}
