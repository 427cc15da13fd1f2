// Keeps one kind in step with the server: list, watch, resume, list again (spec C2). One for every kind that is needed. Cold.

import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from './backoff.ts';
import type { ApiRequestError } from './errors.ts';
import { type EventReader, StreamError, type WatchEvent } from './events.ts';
import {
  BodyEndedError,
  failureOfEvent,
  isExpired,
  isStall,
  isUnreachable,
  refusesRequest,
  refusesStreaming,
} from './failures.ts';
import { Feed } from './feed.ts';
import { listItems } from './list.ts';
import { unlabelledKinds } from './plan.ts';
import { acceptOf, openListReader, openReader } from './reading.ts';
import { pathOf, type Resource } from './resources.ts';
import type { ApiResponse } from './response.ts';
import type { Terms } from './settings.ts';
import { type KindStats, type ListReason, newStats } from './stats.ts';

/** Milliseconds: a watch that lives shorter ended because something is wrong, and is begun again with backoff. */
const SHORT_WATCH = 1000;
/** Milliseconds, by chance within: before a watch that was cut is resumed, because all replicas lost theirs at the same time. */
const RESUME_SPREAD = 250;
/** Times that a stream may break at the same place before it is not tried again there. */
const PATIENCE = 3;

/**
 * A round is one connection: a streaming list that becomes a watch, or paged lists, or a watch that is resumed. Rounds follow each other
 * until `close`; what a failure means is decided in `#failed`.
 */
export class Reflector {
  readonly resource: Resource;
  readonly stats: KindStats;
  readonly feed: Feed;
  readonly #terms: Terms;
  /** Somebody looks at the labels of this kind. */
  readonly #labelled: boolean;
  readonly #backoff: Backoff;
  /** Told when the server has answered after it had not. */
  readonly #recovered: () => void;
  #closed = false;
  #work: Promise<void> = Promise.resolve();
  /** Ends the round; renewed for each one. */
  #round = new AbortController();
  /** Ends the wait before the next round, while the server cannot be reached. */
  #wait: AbortController | null = null;
  #reason: ListReason = 'start';
  /** The server refuses streaming lists. */
  #pagedOnly = false;
  /** Streaming lists that ended before their end, and watches that could not be read, one after the other. */
  #brokenLists = 0;
  #brokenWatches = 0;
  /** Times that the server had forgotten the version which it had just given. */
  #expirations = 0;
  /** The last line that was told; '' since the server obeys. */
  #problem = '';
  /** The server did what it was asked, the last time. */
  #well = false;
  /** Nobody answered, the last time. */
  #unreachable = false;
  /** A watch has been in force. */
  #watched = false;

  constructor(resource: Resource, terms: Terms, recovered: () => void) {
    this.resource = resource;
    this.#terms = terms;
    this.#labelled = !unlabelledKinds(terms.plan).includes(resource.kind);
    this.#recovered = recovered;
    this.#backoff = new Backoff(terms.settings.backoff);
    this.stats = newStats(resource.kind);
    this.feed = new Feed(resource, terms.sink, this.stats);
  }

  /** Begins: with a list, or with a watch from `resumeVersion` if that is not ''. */
  open(resumeVersion: string): void {
    if (resumeVersion !== '') this.feed.resume(resumeVersion);
    this.#work = this.#run();
  }

  /** What is known is not what the server has: everything is asked for again, now. */
  relist(reason: ListReason): void {
    this.#forget(reason);
    this.#round.abort();
    this.#wait?.abort();
  }

  /** Somebody else has reached the server: it is worth trying again. */
  hurry(): void {
    if (this.#unreachable) this.#wait?.abort();
  }

  /** Resolves when nothing will be told any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#round.abort();
    this.#wait?.abort();
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#round = new AbortController();
      const { signal } = this.#round;
      try {
        if (this.feed.version === '') await this.#list();
        else await this.#watch(false);
      } catch (error) {
        if (!signal.aborted) await this.#pause(this.#failed(error));
      } finally {
        this.stats.watching = false;
      }
    }
  }

  /** Milliseconds to wait before the next round. */
  #failed(error: unknown): number {
    if (isStall(error)) this.stats.stalls++;
    if (error instanceof BodyEndedError)
      return error.healthy ? Math.random() * RESUME_SPREAD : this.#backoff.after(performance.now());
    if (isExpired(error)) {
      this.#forget('expired');
      if (this.#expirations++ === 0) return 0;
    }
    this.stats.failures++;
    const failure = this.#terms.client.explain(error);
    this.#tell(failure);
    this.#well = false;
    this.#unreachable = isUnreachable(error);
    if (this.feed.listing) {
      this.#brokenLists++;
      this.feed.forget();
    } else if (error instanceof StreamError && ++this.#brokenWatches >= PATIENCE) this.#forget('broken');
    return this.#backoff.after(performance.now(), failure.retryAfter * 1000);
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#closed) return;
    const wait = new AbortController();
    this.#wait = wait;
    await sleep(milliseconds, undefined, { signal: wait.signal }).catch(() => {});
    this.#wait = null;
  }

  #forget(reason: ListReason): void {
    this.feed.forget();
    this.#reason = reason;
  }

  /** The line of the reference, once until it changes; a server that is not there is no news (spec C3). */
  #tell(failure: ApiRequestError): void {
    if (failure.refused || failure.cancelled) return;
    const { goType } = this.resource;
    const what = this.feed.version === '' ? `Failed to watch: failed to list ${goType}` : `Failed to watch ${goType}`;
    const line = `${what}: ${failure.message}`;
    if (line !== this.#problem) this.#terms.sink.problem(line);
    this.#problem = line;
  }

  /** The server does what it is asked. */
  #obeyed(): void {
    if (this.#well) return;
    this.#well = true;
    this.#unreachable = false;
    this.#problem = '';
    this.#recovered();
  }

  async #list(): Promise<void> {
    this.stats.lists[this.#reason]++;
    if (!this.#pagedOnly && this.#brokenLists < PATIENCE)
      try {
        await this.#watch(true);
        return;
      } catch (error) {
        if (this.feed.version !== '' || !refusesRequest(error)) throw error;
        this.#pagedOnly = refusesStreaming(error);
        this.#brokenLists++;
      }
    await this.#listPages();
  }

  async #listPages(): Promise<void> {
    const { feed, resource } = this;
    const { plan, settings } = this.#terms;
    const list = (resourceVersion: string, paged: boolean): Promise<string> => {
      feed.beginList();
      return listItems({
        ...{ resource, plan, resourceVersion, paged, accept: acceptOf(resource, settings) },
        ask: (path, accept) => this.#ask(path, accept, false),
        open: (contentType) => openListReader(resource, contentType, this.#labelled),
        each: (event) => feed.take(event),
        pageDone: () => feed.settlePage(),
      });
    };
    // A server that has lost something may not know it yet: then what it has at hand is not good enough.
    const atHand = this.#reason === 'start' ? '0' : '';
    const version = await list(atHand, true).catch((error: unknown) => {
      // Pages that become too old while they are read come in one answer, which is read item by item as well.
      if (isExpired(error)) return list('', false);
      throw error;
    });
    this.#complete(version);
  }

  #complete(version: string): void {
    this.#brokenLists = 0;
    this.feed.completeList(version);
    this.#obeyed();
  }

  /** One watch until it ends: a normal end resolves. `initial` asks for everything first. */
  async #watch(initial: boolean): Promise<void> {
    const { feed, resource } = this;
    const { signal } = this.#round;
    const { watchSeconds, watchSlack, confirmAfter } = this.#terms.settings;
    const seconds = Math.floor(watchSeconds * (1 + Math.random()));
    const response = await this.#ask(this.#watchPath(initial, seconds), acceptOf(resource, this.#terms.settings), true);
    if (!response.ok) throw await response.failure();
    const reader = openReader(resource, response.contentType, this.#labelled);
    const start = performance.now();
    const deadline = setTimeout(() => response.destroy(), seconds * 1000 + watchSlack);
    const confirmation = setTimeout(() => this.#confirm(), confirmAfter);
    if (initial) feed.beginList();
    else this.#watching();
    try {
      await response.read((chunk) => {
        signal.throwIfAborted();
        this.#push(reader, chunk);
      });
    } catch (error) {
      if (feed.listing || !isUnreachable(error)) throw error;
      throw new BodyEndedError('the connection was lost', isHealthy(start), error);
    } finally {
      clearTimeout(deadline);
      clearTimeout(confirmation);
      response.destroy();
    }
    if (feed.listing) throw new StreamError('the list ended before its end');
    if (!isHealthy(start)) throw new BodyEndedError('the watch ended at once', false);
  }

  /** What stands before something that cannot be read counts. */
  #push(reader: EventReader, chunk: Uint8Array): void {
    try {
      reader.push(chunk, (event) => this.#take(event));
    } finally {
      this.feed.settle();
    }
  }

  #watchPath(initial: boolean, seconds: number): string {
    const how = initial
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: this.feed.version };
    const query = { watch: 'true', ...how, allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) };
    return pathOf(this.resource, this.#terms.plan, query);
  }

  async #ask(path: string, accept: string, watch: boolean): Promise<ApiResponse> {
    const { client, settings } = this.#terms;
    return client.request({ path, accept, watch, signal: this.#round.signal, idleTimeout: settings.idleTimeout });
  }

  #take(event: WatchEvent): void {
    if (event.status !== undefined) throw failureOfEvent(event.status);
    if (this.feed.listing) {
      if (!event.initialEventsEnd) {
        this.feed.take(event);
        return;
      }
      this.stats.streamedLists++;
      this.#complete(event.resourceVersion);
      this.#watching();
    } else this.#confirm();
    this.#brokenWatches = 0;
    this.#expirations = 0;
    this.feed.take(event);
  }

  #watching(): void {
    this.stats.watching = true;
    if (this.#watched) this.stats.watchRestarts++;
    this.#watched = true;
  }

  /** A watch that was resumed is in force. */
  #confirm(): void {
    if (this.feed.version === '') return;
    if (!this.stats.synced) this.feed.confirm();
    this.#obeyed();
  }
}

/** A watch that began at `start` and has ended now had been in force. */
function isHealthy(start: number): boolean {
  return performance.now() - start >= SHORT_WATCH;
}
