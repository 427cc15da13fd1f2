// From events of a list or watch to the keeper of objects: batches, how far they reach, what could not be read. One a reflector. Cold.

import type { ObjectId } from '../objects/object.ts';
import type { ApiSink } from '../source.ts';
import type { StoreEvent } from '../store/store.ts';
import type { WatchEvent } from './events.ts';
import type { Resource } from './resources.ts';
import type { KindStats } from './stats.ts';
import { compareVersions, Told } from './told.ts';

/**
 * Objects of a list that are handed on together: more outlive the young generation of the heap and wait in the old one for a collection, fewer
 * are published in more batches.
 */
const LIST_BATCH = 64;
/** Names of objects that cannot be read, for audits; with more of them audits do not count. */
const UNREAD_LIMIT = 10_000;

/** Somebody who waits until changes up to a version have been told. */
interface Waiter {
  readonly version: string;
  readonly wake: () => void;
}

export class Feed {
  readonly told = new Told();
  /** Called after every single event while an audit compares; events are applied one by one then. */
  trace: ((version: string) => void) | null = null;
  readonly #resource: Resource;
  readonly #sink: ApiSink;
  readonly #stats: KindStats;
  #version = '';
  /** Lists that were begun or given up: whoever compares must begin again. */
  #epoch = 0;
  #listing = false;
  #pending: StoreEvent[] = [];
  #pendingVersion = '';
  #unread = new Set<string>();
  #waiters: Waiter[] = [];

  constructor(resource: Resource, sink: ApiSink, stats: KindStats) {
    this.#resource = resource;
    this.#sink = sink;
    this.#stats = stats;
  }

  /** Everything up to this resource version has been told; '' while a list is needed. */
  get version(): string {
    return this.#version;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get listing(): boolean {
    return this.#listing;
  }

  /** Objects that the server has and that could not be read; infinite when they are too many to be known. */
  get unread(): number {
    return this.#unread.size < UNREAD_LIMIT ? this.#unread.size : Number.POSITIVE_INFINITY;
  }

  /** What is known came from elsewhere and is that of `version`. */
  resume(version: string): void {
    this.#version = version;
    this.#pendingVersion = version;
    this.told.reset(version);
  }

  /** A list begins that replaces what was known. */
  beginList(): void {
    this.forget();
    this.#listing = true;
    this.#unread = new Set();
    this.#sink.mark(this.#resource.kind);
  }

  /** The list is complete: it was that of `version`. */
  completeList(version: string): void {
    this.#apply();
    this.#listing = false;
    this.#sink.sweep(this.#resource.kind);
    this.resume(version);
    this.confirm();
  }

  /** Nothing can be continued: a list is needed. What was put stays. */
  forget(): void {
    this.#epoch++;
    this.#listing = false;
    this.#pending = [];
    this.#version = '';
    this.#pendingVersion = '';
    this.#wake(() => true);
  }

  /** The server holds to what is known: nothing is missing. */
  confirm(): void {
    this.#stats.synced = true;
    this.#stats.lastHeard = Date.now();
    this.#sink.synced(this.#resource.kind, this.#version);
  }

  /** Takes any event but ERROR. `settle` publishes it. */
  take(event: WatchEvent): void {
    const now = Date.now();
    this.#stats.lastHeard = now;
    if (event.type === 'BOOKMARK') this.#stats.lastBookmark = now;
    else this.#change(event, now);
    if (!this.#listing) this.#pendingVersion = event.resourceVersion || this.#pendingVersion;
    else if (this.#pending.length >= LIST_BATCH) this.#apply();
    if (this.trace !== null) this.settle();
  }

  /** What has been taken is published, as one: at the end of a chunk. A list is published in larger batches. */
  settle(): void {
    if (this.#listing) return;
    this.#apply();
    if (this.#pendingVersion === this.#version) return;
    this.#version = this.#pendingVersion;
    this.#sink.reached(this.#resource.kind, this.#version);
    this.trace?.(this.#version);
    this.#wake(({ version }) => compareVersions(this.#version, version) >= 0);
  }

  /** The page of a list is complete. */
  settlePage(): void {
    this.#apply();
  }

  /** Calls `wake` once `version` is reached, or a list has begun; the answer is how to wait no longer. */
  whenReached(version: string, wake: () => void): () => void {
    const waiter = { version, wake };
    if (this.#version === '' || compareVersions(this.#version, version) >= 0) wake();
    else this.#waiters.push(waiter);
    return () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    };
  }

  #change({ type, object, id, problem, resourceVersion }: WatchEvent, now: number): void {
    this.#stats.lastEvent = now;
    this.#stats.events++;
    if (type !== 'DELETED' && !this.#listing) this.told.add(resourceVersion);
    if (problem !== undefined && id !== undefined) this.#tellUnread(id, problem);
    else if (id !== undefined && this.#unread.size > 0) this.#unread.delete(keyOf(id));
    if (object !== undefined && type !== 'DELETED') this.#pending.push({ action: 'put', object });
    else if (id !== undefined) this.#pending.push({ action: 'delete', id });
  }

  #tellUnread(id: ObjectId, problem: string): void {
    this.#stats.decodeErrors++;
    if (this.#unread.size < UNREAD_LIMIT) this.#unread.add(keyOf(id));
    this.#sink.problem(problem);
  }

  #apply(): void {
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#sink.apply(batch);
  }

  #wake(due: (waiter: Waiter) => boolean): void {
    if (this.#waiters.length === 0) return;
    const woken = this.#waiters.filter(due);
    this.#waiters = this.#waiters.filter((waiter) => !woken.includes(waiter));
    for (const { wake } of woken) wake();
  }
}

function keyOf({ namespace, name }: ObjectId): string {
  return `${namespace}/${name}`;
}
