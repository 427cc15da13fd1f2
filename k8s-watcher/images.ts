// The images of one cluster: which of them are published, which wait for their source, which are behind. Cold.

import type { ZoneImages } from '#zone/reader.ts';
import type { ZoneWriter } from '#zone/writer.ts';
import { ImageCompiler } from './compile/image.ts';
import type { ImageOptions } from './compile/options.ts';
import { kindsOf } from './needs.ts';
import type { Kind } from './objects/object.ts';
import type { Store } from './store/store.ts';
import { unixTime } from './unix-time.ts';

/** Where images are written, and how they read. */
export interface ImageMemory {
  readonly zones: ZoneWriter;
  readonly images: ZoneImages;
}

/**
 * `empty`: nothing has been published; what a predecessor left is still there. `live`: follows every batch. `behind`: a batch could not be published;
 * the next one compiles everything.
 */
type Phase = 'empty' | 'live' | 'behind';

interface Member {
  readonly options: ImageOptions;
  compiler: ImageCompiler;
  phase: Phase;
  synced: boolean;
}

export class ImageSet {
  readonly #memory: ImageMemory;
  readonly #store: Store;
  readonly #problem: (line: string) => void;
  readonly #members = new Map<string, Member>();
  #ttlLimit = Number.POSITIVE_INFINITY;

  constructor(memory: ImageMemory, store: Store, problem: (line: string) => void) {
    this.#memory = memory;
    this.#store = store;
    this.#problem = problem;
  }

  get size(): number {
    return this.#members.size;
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** Options of all images. */
  options(): ImageOptions[] {
    return [...this.#members.values()].map(({ options }) => options);
  }

  /** Options and serial of an image that holds everything; undefined for others. */
  state(key: string): { readonly options: ImageOptions; readonly serial: number } | undefined {
    const member = this.#members.get(key);
    if (member?.synced !== true) return undefined;
    return { options: member.options, serial: this.#memory.images.image(key).serial() };
  }

  /** Names and addresses of each image by its key. */
  names(): [key: string, names: number][] {
    return [...this.#members].map(([key, { compiler }]) => [key, compiler.names]);
  }

  /** Adds an image, with nothing in it that was not there before. */
  add(options: ImageOptions): void {
    this.#members.set(options.key, {
      options,
      compiler: this.#compilerOf(options),
      phase: 'empty',
      synced: false,
    });
  }

  drop(key: string): void {
    if (this.#members.delete(key)) this.#memory.zones.drop(key);
  }

  /** Publishes what the store has in an image that has not been published. Throws ZoneFullError. */
  publishAll(key: string): void {
    const member = this.#members.get(key);
    if (member === undefined || member.phase === 'live') return;
    member.compiler.publishAll(unixTime());
    member.phase = 'live';
  }

  /** Publishes images that nobody has published before: some of what they are made of is there, the rest may take long. */
  publishEmpty(): void {
    for (const [key, member] of this.#members)
      if (member.phase === 'empty' && member.compiler.names === 0) this.#try(member, () => this.publishAll(key));
  }

  /** Publishes what the batch has touched. */
  publish(): void {
    const now = unixTime();
    for (const [key, member] of this.#members) {
      if (member.phase === 'live') this.#try(member, () => member.compiler.publish(this.#store.changes, now));
      else if (member.phase === 'behind') this.#try(member, () => this.publishAll(key));
    }
  }

  /** Completes images of which everything is known; returns the keys of those that were not complete before. */
  complete(known: ReadonlySet<Kind>): string[] {
    const keys: string[] = [];
    for (const [key, member] of this.#members) {
      if (member.synced || !kindsOf(member.options).every((kind) => known.has(kind))) continue;
      this.#try(member, () => this.publishAll(key));
      if (member.phase !== 'live') continue;
      member.synced = true;
      member.compiler.setSynced();
      keys.push(key);
    }
    return keys;
  }

  /** No record is told to live longer than that, in seconds, from now on. */
  limitTtl(seconds: number): void {
    if (this.#ttlLimit === seconds) return;
    this.#ttlLimit = seconds;
    for (const [key, member] of this.#members) {
      if (member.compiler.options.ttl === Math.min(member.options.ttl, seconds)) continue;
      member.compiler = this.#compilerOf(member.options);
      if (member.phase === 'empty') continue;
      member.phase = 'behind';
      this.#try(member, () => this.publishAll(key));
    }
  }

  #compilerOf(options: ImageOptions): ImageCompiler {
    const { zones, images } = this.#memory;
    const { key, ttl } = options;
    const writer = zones.image(key);
    const limited = { ...options, ttl: Math.min(ttl, this.#ttlLimit) };
    return new ImageCompiler(limited, writer, this.#store, images.image(key).serial());
  }

  #try(member: Member, work: () => void): void {
    try {
      work();
    } catch (error) {
      member.phase = 'behind';
      this.#problem(error instanceof Error ? error.message : String(error));
    }
  }
}
