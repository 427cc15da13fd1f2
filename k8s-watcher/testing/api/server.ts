// `FakeApi`: an API server as Kubernetes 1.34's behaves towards a DNS server, with faults at will. Tests only.

import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../folder.ts';
import type { Plain } from '../objects.ts';
import { Answer } from './answer.ts';
import { Body } from './body.ts';
import { mayEnter } from './credentials.ts';
import type { Encoder } from './encode.ts';
import { negotiate, shown } from './encode.ts';
import type { Effects, Only } from './faults.ts';
import { Faults, meets } from './faults.ts';
import { listObject } from './list.ts';
import type { SeenRequest } from './requests.ts';
import { RequestLog } from './requests.ts';
import type { Target } from './resources.ts';
import { resourceNamed } from './resources.ts';
import { State } from './state.ts';
import { expired, forbidden, StatusError } from './status.ts';
import { readWatchOptions, Watch } from './watch.ts';
import { handleObject } from './write.ts';

export interface FakeApiOptions {
  /** 0, the default, for any that is free. */
  readonly port?: number;
  /** Serves https with these: `key`, `cert`, and `ca` with `requestCert` to know clients by their certificates. */
  readonly tls?: ServerOptions;
  /** Who may ask: bearer tokens, or whole values of Authorization. Everybody, when left out. */
  readonly tokens?: readonly string[];
  /** Named by refusals. */
  readonly user?: string;
  /** Where versions begin. */
  readonly resourceVersion?: number;
  /** Milliseconds between bookmarks; a minute, as the real one has it. */
  readonly bookmarkEvery?: number;
  /** False: a list of `resourceVersion=0` comes in pages, too. With a watch cache, which the real one has, its limit counts for nothing. */
  readonly watchCache?: boolean;
  /**
   * False: the watch cache of a resource only knows of its own changes, and so do bookmarks and lists from the cache, as with an etcd that
   * does not tell how far its watches have come. Otherwise they know of all versions.
   */
  readonly progress?: boolean;
  /** Forms that clients may accept beside JSON, for resources that are not custom ones. */
  readonly encoders?: readonly Encoder[];
}

export class FakeApi {
  /** Which tokens are good now: take one away, and it has expired. */
  readonly tokens: Set<string>;
  readonly faults: Faults;
  readonly state: State;
  readonly #options: FakeApiOptions;
  readonly #log = new RequestLog();
  readonly #watches = new Set<Watch>();
  #server: Server | undefined;
  #port: number;

  private constructor(options: FakeApiOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.tokens = new Set(options.tokens);
    this.state = new State(options.resourceVersion ?? 1000);
    this.faults = new Faults((only) => {
      for (const watch of this.#matching(only)) watch.silence();
    });
  }

  static async start(options: FakeApiOptions = {}): Promise<FakeApi> {
    const api = new FakeApi(options);
    await api.restart();
    return api;
  }

  get port(): number {
    return this.#port;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Everything that was asked, in order. */
  get requests(): readonly SeenRequest[] {
    return this.#log.all;
  }

  /** Watches that are open, of one resource or all. */
  watches(resource?: string): readonly SeenRequest[] {
    return this.#matching(resource === undefined ? {} : { resource }).map(({ seen }) => seen);
  }

  /** Creates or updates. Labels, uid and the like may be left out; an object that is what it was changes nothing. Returns its version. */
  put(plain: Plain): string {
    return String(this.state.put(plain).version);
  }

  load(plains: Iterable<Plain>): void {
    for (const plain of plains) this.state.put(plain);
  }

  /** False when there is no such object. `namespace` is '' for namespaces. */
  delete(kind: string, namespace: string, name: string): boolean {
    return this.state.delete(resourceNamed(kind), namespace, name) !== undefined;
  }

  /** Changes an annotation, and nothing that matters. */
  touch(kind: string, namespace: string, name: string): string {
    const stored = this.state.get(resourceNamed(kind), namespace, name);
    if (stored === undefined) throw new Error(`there is no ${kind} ${namespace}/${name}`);
    const metadata = stored.object['metadata'] as Plain;
    const annotations = { touched: String(this.state.version) };
    return this.put({ ...stored.object, metadata: { ...metadata, annotations } });
  }

  /** History is forgotten: watches and pages of before are told 410. Open watches stay. */
  compact(): void {
    this.state.compact();
  }

  /** What `change` does is told to no watch, now or later: only lists show it. */
  gap(change: () => void): void {
    this.state.gap(change);
  }

  /** Sends a bookmark to those who take them, at once. */
  bookmark(only: Only = {}): void {
    for (const watch of this.#matching(only)) watch.bookmark();
  }

  /** Open watches get an ERROR event and end; 410 when no error is given. */
  failWatches(error?: StatusError, only: Only = {}): void {
    const gone = error ?? expired(this.state.oldest, this.state.version);
    for (const watch of this.#matching(only)) watch.fail(gone);
  }

  /** Open watches end as after their time. */
  endWatches(only: Only = {}): void {
    for (const watch of this.#matching(only)) watch.end();
  }

  /** Writes into open watches what is no event. */
  inject(text: string | Uint8Array, only: Only = {}): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    for (const watch of this.#matching(only)) watch.inject(bytes);
  }

  /** Waits until `look` finds something in what was asked so far; fails after 10 s. */
  waitFor<T>(what: string, look: (requests: readonly SeenRequest[]) => T | undefined | false): Promise<T> {
    return until(what, () => look(this.requests));
  }

  /** All connections break; the server goes on. */
  closeConnections(): void {
    this.#server?.closeAllConnections();
  }

  /** Nobody listens any more: connections are refused. The objects stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
  }

  /** Listens again, on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    const { tls } = this.#options;
    const listener: RequestListener = (message, response) => void this.#serve(message, response);
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.stop();
  }

  #matching(only: Only): Watch[] {
    return [...this.#watches].filter(({ seen }) => meets(only, seen.resource, seen.verb));
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = this.#log.add(message);
    const effects = this.faults.take(seen.resource, seen.verb);
    const body = new Body(response, effects);
    response.on('close', () => {
      body.closed();
      seen.open = false;
      seen.octets = body.octets;
    });
    response.on('error', () => undefined);
    if (effects.delay === Number.POSITIVE_INFINITY) return;
    if (effects.delay !== undefined) await sleep(effects.delay);
    const answer = new Answer(response, body, seen, effects);
    try {
      await this.#answer(message, seen, effects, answer);
    } catch (error) {
      if (error instanceof StatusError) answer.refuse(error, this.#encoders());
      else answer.text(500, String(error));
    }
  }

  async #answer(message: IncomingMessage, seen: SeenRequest, effects: Partial<Effects>, answer: Answer): Promise<void> {
    const tokens = this.#options.tokens === undefined ? undefined : this.tokens;
    const user = mayEnter(message, tokens, this.#user());
    if (effects.fail !== undefined) throw effects.fail;
    if (effects.tooMany !== undefined) answer.tooMany(effects.tooMany);
    else if (effects.missing === true) answer.noPage();
    else if (seen.target === undefined) answer.other(seen.path);
    else if (effects.deny === true || user !== this.#user()) throw forbidden(user, seen.verb, seen.target);
    else if (seen.verb === 'watch') this.#watch(seen, seen.target, answer);
    else this.#object(seen, seen.target, answer, seen.verb === 'list' ? '' : await readText(message));
  }

  #object(seen: SeenRequest, target: Target, answer: Answer, text: string): void {
    const form = negotiate(seen.headers.accept ?? '', this.#encoders(), target.resource);
    if (seen.verb === 'list') {
      const cache = this.#options.watchCache === false ? undefined : (): number => this.#reached(target);
      const list = listObject(this.state, target, seen.query, form, cache);
      answer.object(200, list, form.encoder);
      return;
    }
    const { status, object } = handleObject(this.state, seen, target, text);
    answer.object(status, shown(object, form), form.encoder);
  }

  #watch(seen: SeenRequest, target: Target, answer: Answer): void {
    const form = negotiate(seen.headers.accept ?? '', this.#encoders(), target.resource);
    const options = readWatchOptions(target, seen.query, this.faults.noStreamingList);
    const body = answer.stream(form.encoder.watchContentType);
    const { state, faults } = this;
    const bookmarkEvery = this.#options.bookmarkEvery ?? 60_000;
    const reached = (): number => this.#reached(target);
    const watch = new Watch(options, { state, faults, body, form, seen, bookmarkEvery, reached });
    this.#watches.add(watch);
    answer.closed(() => {
      watch.stop();
      this.#watches.delete(watch);
    });
    watch.open();
  }

  /** How far the watch cache is. */
  #reached({ resource }: Target): number {
    return this.#options.progress === false ? this.state.versionOf(resource) : this.state.version;
  }

  #user(): string {
    return this.#options.user ?? 'system:serviceaccount:kube-system:coredns';
  }

  #encoders(): readonly Encoder[] {
    return this.#options.encoders ?? [];
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
