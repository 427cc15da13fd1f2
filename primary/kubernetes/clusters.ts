// Keeps the images of all kubernetes directives in step with the configuration, by way of the watcher thread. Cold.

import type { Log } from '#ops/log/log.ts';
import type { MetricRegistry } from '#ops/metrics/registry.ts';
import { externalImage } from '#plugins/k8s_external/setup.ts';
import type { KubernetesOptions } from '#plugins/kubernetes/setup.ts';
import { kubernetesImages } from '#plugins/kubernetes/setup.ts';
import { type SpareThread, Watcher } from '#watcher/handle.ts';
import type { ImagePlan, WatcherEvent } from '#watcher/messages.ts';
import type { TransferAsk } from '#zone/transfer.ts';
import { VERSION } from '../cli/version.ts';
import type { Tuning } from '../config/tuning.ts';
import type { Configuration } from '../plan/configuration.ts';
import type { Segments } from '../segments.ts';
import type { Transfers } from '../transfers.ts';
import { type SourceScope, sourcePlanOf } from './plans.ts';
import { countObservations, KubernetesReport } from './report.ts';
import { type Awaited, waitForSync } from './startup.ts';

export interface ClustersContext extends SourceScope {
  readonly segments: Segments;
  readonly seed: number;
  readonly tuning: Tuning;
  readonly log: Log;
  readonly metrics: () => MetricRegistry;
  /** Who waits for what the watcher says of zone transfers. */
  readonly transfers: () => Pick<Transfers, 'told' | 'watcherDied'>;
  /** For the first configuration, if that has anything to watch. */
  readonly spare: SpareThread | undefined;
}

export class Clusters {
  readonly #context: ClustersContext;
  readonly #report = new KubernetesReport();
  #watcher: Watcher | null = null;
  #images: readonly ImagePlan[] = [];
  /** Those of a configuration that is being prepared. */
  #newImages: readonly ImagePlan[] = [];

  constructor(context: ClustersContext) {
    this.#context = context;
  }

  /** Makes every image of the configuration readable beside those in use, complete if the API server answers in time. Rejects with the operator's line. */
  async prepare(configuration: Configuration): Promise<void> {
    const directives = configuration.blocks.flatMap((block) => block.get('kubernetes') ?? []);
    this.#newImages = this.#imagesOf(configuration);
    if (this.#newImages.length === 0) {
      this.#context.spare?.end();
      return;
    }
    const known = this.#watcher;
    await known?.setImages(this.#newImages);
    const watcher = known ?? (await this.#startWatcher());
    await waitForSync(watcher, awaitedOf(directives), this.#context.log.plugin('kubernetes'));
  }

  commit(): void {
    this.#images = this.#newImages;
  }

  /** Drops images that the configuration in force does not read. */
  dropUnused(): void {
    this.#watcher?.retainImages(this.#images.map(({ image }) => image.key));
  }

  /** True once the image held everything that its source had (spec C3). */
  isSynced(key: string): boolean {
    return this.#watcher?.isSynced(key) === true;
  }

  /** Passes a wish of a zone transfer on; false when there is nobody to ask. */
  askTransfer(id: number, ask: TransferAsk): boolean {
    return this.#watcher?.transfer(id, ask) === true;
  }

  /** Ends the talk with API servers; what has been published stays, and what is to be kept over a restart is written. */
  async close(): Promise<void> {
    this.#context.spare?.end();
    await this.#watcher?.close();
  }

  #imagesOf({ blocks }: Configuration): ImagePlan[] {
    const plans = blocks.flatMap((block) => {
      const options = block.get('kubernetes');
      if (options === undefined) return [];
      const source = sourcePlanOf(options, this.#context);
      const external = block.get('k8s_external');
      const outside = external === undefined ? [] : [externalImage(external, options.image)];
      return [...kubernetesImages(options), ...outside].map((image) => ({ source, image }));
    });
    return [...new Map(plans.map((plan) => [plan.image.key, plan])).values()];
  }

  /** One that cannot start is forgotten: the next configuration gets another. */
  async #startWatcher(): Promise<Watcher> {
    const { segments, seed, tuning, metrics, spare } = this.#context;
    const { maxHeap, stateFolder, stateInterval, stateMaxAge, auditInterval, watchSilence } = tuning.kubernetes;
    this.#report.register(metrics());
    const watcher = new Watcher(
      {
        segments: { cluster: segments.cluster.handle, readers: segments.readers.handle },
        seed,
        images: this.#newImages,
        state: stateFolder === '' ? null : { folder: stateFolder, interval: stateInterval, maxAge: stateMaxAge / 1000 },
        api: { version: VERSION, auditInterval, watchSilence },
        maxHeap,
        ...tuning.supervisor,
        spare,
      },
      (event) => this.#heard(event),
    );
    this.#watcher = watcher;
    try {
      await watcher.start();
    } catch (error) {
      this.#watcher = null;
      throw error;
    }
    return watcher;
  }

  #heard(event: WatcherEvent): void {
    const log = this.#context.log.plugin('kubernetes');
    switch (event.kind) {
      case 'error':
        log.error(event.line);
        break;
      case 'warning':
        log.warning(event.line);
        break;
      case 'info':
        log.info(event.line);
        break;
      case 'died':
        this.#context.log.error(`${event.line}; restarting in ${event.retryIn}ms`);
        this.#context.transfers().watcherDied();
        break;
      case 'transfer':
        this.#context.transfers().told(event.id, event.told);
        break;
      case 'stats':
        this.#report.set(event.stats);
        break;
      case 'observed':
        countObservations(this.#context.metrics(), event.observations);
        break;
    }
  }
}

/** Images of multicluster zones are not waited for: what they are made of may not even be installed. */
function awaitedOf(directives: readonly KubernetesOptions[]): Awaited[] {
  return directives.map(({ image, startupTimeout }) => ({ key: image.key, timeout: startupTimeout }));
}
