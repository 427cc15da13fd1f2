// The shared memory that a watcher works in, and a reader of what it publishes. Tests only.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { hashName } from '#wire/hash.ts';
import { type ZoneImage, ZoneImages } from '#zone/reader.ts';
import { relativeName } from '../compile/name.ts';
import type { ImageOptions } from '../compile/options.ts';
import type { ImagePlan, SourcePlan, WatcherStart } from '../messages.ts';

const SEED = 77;

/** Images of that folder. */
export function imagesOf(path: string, ...images: readonly ImageOptions[]): ImagePlan[] {
  const source: SourcePlan = { kind: 'manifests', key: `manifests:${path}`, path, pollInterval: 60_000 };
  return images.map((image) => ({ source, image }));
}

export class TestMemory {
  readonly cluster: Segment;
  readonly readers: Readers;
  readonly #readers: Segment = Segment.create('readers', readersBytes(4));

  constructor(bytes: number = 4 << 20) {
    this.cluster = Segment.create('cluster', bytes);
    this.readers = new Readers(this.#readers);
  }

  /** What a watcher with those images is started with. */
  start(images: readonly ImagePlan[], state: WatcherStart['state'] = null): WatcherStart {
    return {
      segments: { cluster: this.cluster.handle, readers: this.#readers.handle },
      seed: SEED,
      images,
      state,
      api: { version: 'test', auditInterval: 0, watchSilence: 60_000 },
    };
  }

  image(key: string): ZoneImage {
    return new ZoneImages(this.cluster).image(key);
  }

  /** True when the image has the relative name: `web.default.svc`. */
  has(key: string, name: string): boolean {
    const octets = Buffer.from(relativeName(...name.split('.')), 'latin1');
    return this.image(key).find(hashName(SEED, octets, 0, octets.length), octets, 0, octets.length) !== 0;
  }
}
