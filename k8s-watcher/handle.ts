// The primary's side of the watcher thread: starts it, tells it which images are wanted, starts it again when it dies. Cold.

import { Worker } from 'node:worker_threads';
import type { TransferAsk } from '#zone/transfer.ts';
import { WatcherError } from './errors.ts';
import type { ImagePlan, WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';

/** Milliseconds that the thread has for keeping its state when it is closed: 50,000 objects take half a second. */
const CLOSING = 3000;
/** How often the first thread is tried. */
const BIRTHS = 3;
/** A thread that lived this long (ms) before it died is started again after the shortest pause. */
const HEALTHY_LIFE = 10_000;

export interface WatcherOptions extends WatcherStart {
  /** Limit of the thread's heap in MiB; 0 for none. A thread that reaches it is started again. */
  readonly maxHeap: number;
  /** Milliseconds before the thread is started again: first and longest. */
  readonly backoffMin: number;
  readonly backoffMax: number;
  /** Taken instead of a first thread of our own; of the same `maxHeap`. */
  readonly spare?: SpareThread | undefined;
}

/** It loads its modules and waits for its WatcherStart. */
function newThread(maxHeap: number): Worker {
  return new Worker(new URL('./thread.ts', import.meta.url), {
    name: 'watcher',
    ...(maxHeap > 0 ? { resourceLimits: { maxOldGenerationSizeMb: maxHeap } } : {}),
  });
}

/**
 * A watcher thread that is started before anybody knows what it is to watch: its modules take as long to load as those of the primary, and
 * it does so at the same time. A Watcher takes it; whoever made it ends it when no Watcher has, which does nothing after that.
 */
export class SpareThread {
  #worker: Worker | null;

  constructor(maxHeap: number) {
    this.#worker = newThread(maxHeap);
    // One that dies before it is taken is not worth a word: the Watcher's own will tell why.
    for (const end of ['error', 'exit']) this.#worker.once(end, () => this.take());
  }

  /** Null when there is none any more. */
  take(): Worker | null {
    const worker = this.#worker;
    this.#worker = null;
    return worker;
  }

  end(): void {
    void this.take()?.terminate();
  }
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * ```
 * const watcher = new Watcher(options, (event) => …);
 * await watcher.start();            // images can be read; rejects when a source never can
 * await watcher.setImages(images);  // a reload: new images are there, old ones still are
 * watcher.retainImages(keys);       // nobody reads the others any more
 * await watcher.close();
 * ```
 * An image that waits for an API server can be read too: `isSynced` tells when everything is in it.
 * While the thread is away readers go on with the images as they are; its successor takes them over.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #onEvent: (event: WatcherEvent) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** Images that held everything once. */
  readonly #synced = new Set<string>();
  readonly #awaited = new Set<{ readonly keys: readonly string[]; readonly resolve: () => void }>();
  #images: readonly ImagePlan[];
  #worker: Worker | null = null;
  #first: Waiting | null = null;
  #version = 0;
  #closing = false;
  #startedAt = 0;
  /** Threads that died before the first one had opened its sources. */
  #stillborn = 0;
  #delay = 0;
  #retry: NodeJS.Timeout | null = null;

  constructor(options: WatcherOptions, onEvent: (event: WatcherEvent) => void) {
    this.#options = options;
    this.#onEvent = onEvent;
    this.#images = options.images;
  }

  /** True once the image held everything that its source had; it stays true, also while the thread is away (spec C3). */
  isSynced(key: string): boolean {
    return this.#synced.has(key);
  }

  /** Resolves when all of these are, or when the watcher is closed. */
  whenSynced(keys: readonly string[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited.add({ keys, resolve });
    this.#tellAwaited();
    return promise;
  }

  #tellAwaited(): void {
    for (const awaited of this.#awaited) {
      if (!this.#closing && !awaited.keys.every((key) => this.#synced.has(key))) continue;
      this.#awaited.delete(awaited);
      awaited.resolve();
    }
  }

  /** Resolves when all images can be read, those of manifests complete. Rejects with WatcherError when a source cannot be read. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#launch();
    });
  }

  /** Resolves when every one of these images can be read, beside those that were there. Rejects with WatcherError when one cannot be made. */
  setImages(images: readonly ImagePlan[]): Promise<void> {
    const keys = new Set(images.map(({ image }) => image.key));
    this.#images = [...this.#images.filter(({ image }) => !keys.has(image.key)), ...images];
    const version = ++this.#version;
    return new Promise((resolve, reject) => {
      this.#waiting.set(version, { resolve, reject });
      this.#send({ kind: 'images', version, images: this.#images });
    });
  }

  /** Drops every image whose key is not among these. */
  retainImages(keys: readonly string[]): void {
    this.#images = this.#images.filter(({ image }) => keys.includes(image.key));
    for (const key of this.#synced) if (!keys.includes(key)) this.#synced.delete(key);
    this.#send({ kind: 'retain', keys });
  }

  /** Passes a wish of a zone transfer on; false while the thread is away. */
  transfer(id: number, ask: TransferAsk): boolean {
    if (this.#worker === null) return false;
    this.#send({ kind: 'transfer', id, ask });
    return true;
  }

  /** Ends the thread, which keeps its state first; the images stay as they are. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#tellAwaited();
    this.#rejectAll(new WatcherError('kubernetes: the watcher was closed'));
    const worker = this.#worker;
    if (worker === null) return;
    const timer = setTimeout(() => worker.terminate(), CLOSING);
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#send({ kind: 'close' });
    await ended;
    clearTimeout(timer);
  }

  #launch(): void {
    const { maxHeap, segments, seed, state, api, spare } = this.#options;
    this.#retry = null;
    this.#startedAt = performance.now();
    const start: WatcherStart = { segments, seed, images: this.#images, state, api };
    const worker = spare?.take() ?? newThread(maxHeap);
    this.#worker = worker;
    worker.postMessage(start);
    let why = 'ended';
    worker.on('message', (event: WatcherEvent) => {
      if (event.kind === 'failed') why = event.line;
      this.#receive(event);
    });
    worker.on('error', (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => this.#ended(why));
    // A setImages whose command went to the predecessor is asked for again.
    for (const version of this.#waiting.keys()) this.#send({ kind: 'images', version, images: this.#images });
  }

  #send(command: WatcherCommand): void {
    this.#worker?.postMessage(command);
  }

  #receive(event: WatcherEvent): void {
    if (event.kind === 'synced') {
      for (const key of event.keys) this.#synced.add(key);
      this.#tellAwaited();
    }
    if (event.kind === 'opened') {
      this.#first?.resolve();
      this.#first = null;
    } else if (event.kind === 'images') this.#answer(event.version, event.error);
    else if (event.kind === 'failed' && this.#first !== null) {
      this.#closing = true;
      this.#first.reject(new WatcherError(event.line));
      this.#first = null;
    }
    this.#onEvent(event);
  }

  #answer(version: number, error: string | undefined): void {
    const waiting = this.#waiting.get(version);
    this.#waiting.delete(version);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(new WatcherError(error));
  }

  #ended(why: string): void {
    this.#worker = null;
    // Nobody shall wait for ever for a thread that cannot come up: its heap limit is too small, or a file is missing.
    if (this.#first !== null && ++this.#stillborn === BIRTHS) this.#closing = true;
    if (this.#closing) {
      this.#rejectAll(new WatcherError(`kubernetes: watcher thread: ${why}`));
      return;
    }
    const { backoffMin, backoffMax } = this.#options;
    const healthy = performance.now() - this.#startedAt > HEALTHY_LIFE;
    this.#delay = healthy ? backoffMin : Math.min(backoffMax, Math.max(backoffMin, this.#delay * 2));
    this.#onEvent({ kind: 'died', line: `kubernetes: watcher thread died: ${why}`, retryIn: this.#delay });
    this.#retry = setTimeout(() => this.#launch(), this.#delay);
  }

  #rejectAll(error: Error): void {
    this.#first?.reject(error);
    this.#first = null;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
