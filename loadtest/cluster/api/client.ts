// What commands ask of an API server: create, change, delete, list, over connections that are kept. Cold, but measured: see Reply.at.

import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { ClusterError } from '#loadtest/errors.ts';
import type { ApiAccess } from './kubeconfig.ts';
import { collectionOf, type KubeObject, pathOf } from './objects.ts';

/** Objects asked for at once in lists: some megabytes of JSON. */
const PAGE = 1000;
/** Longest silence (ms) of the API server within a request. */
const PATIENCE = 60_000;
const JSON_TYPE = 'application/json';
const MERGE_PATCH = 'application/merge-patch+json';
/** Lists without what is in the objects. */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const OK = 200;
const MULTIPLE = 300;
const NOT_FOUND = 404;
const CONFLICT = 409;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** `performance.now()` when its last octet was read. */
  readonly at: number;
}

/** Of an object in a list: no more is asked for. */
export type Listed = Pick<KubeObject, 'metadata'>;

export interface ListOptions {
  /** Most objects. */
  readonly limit?: number;
  /** `fieldSelector` of the API: `status.phase!=Running`. */
  readonly selector?: string;
}

interface Sending {
  readonly body?: object;
  readonly type?: string;
  readonly accept?: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export class ClusterApi {
  readonly #access: ApiAccess;
  readonly #agent: HttpAgent;
  readonly #request: typeof requestHttp;

  /** `width`: requests at once; further ones wait. */
  constructor(access: ApiAccess, width: number) {
    const secure = access.url.startsWith('https:');
    const options = { keepAlive: true, maxSockets: width };
    this.#access = access;
    this.#agent = secure ? new HttpsAgent({ ...options, ...access.tls }) : new HttpAgent(options);
    this.#request = secure ? requestHttps : requestHttp;
  }

  /** False when there is one of that name already, which is left as it is. @throws ClusterError when it is refused otherwise */
  async create(object: KubeObject): Promise<boolean> {
    const path = collectionOf(object);
    const reply = await this.#send('POST', path, { body: object });
    if (reply.status === CONFLICT) return false;
    accepted(reply, 'POST', path);
    return true;
  }

  /** Creates it; the time of the reply (ms of `performance.now()`). @throws ClusterError when it is refused */
  async post(object: KubeObject): Promise<number> {
    const path = collectionOf(object);
    return accepted(await this.#send('POST', path, { body: object }), 'POST', path).at;
  }

  /** Writes it over the one of that name, whatever its version; the time of the reply. @throws ClusterError when it is refused */
  async put(object: KubeObject): Promise<number> {
    const path = pathOf(object);
    return accepted(await this.#send('PUT', path, { body: object }), 'PUT', path).at;
  }

  /** Changes what `change` names (RFC 7386), of the object or of its `/status`; the time of the reply. @throws ClusterError */
  async patch(object: KubeObject, change: object, subresource: '' | '/status' = ''): Promise<number> {
    const path = `${pathOf(object)}${subresource}`;
    return accepted(await this.#send('PATCH', path, { body: change, type: MERGE_PATCH }), 'PATCH', path).at;
  }

  /** The time of the reply; one that is gone already counts as deleted. @throws ClusterError when it is refused */
  async delete(object: KubeObject): Promise<number> {
    const path = pathOf(object);
    const reply = await this.#send('DELETE', path);
    return reply.status === NOT_FOUND ? reply.at : accepted(reply, 'DELETE', path).at;
  }

  /**
   * What is there of a collection, such as `/api/v1/services`, in pages. @throws ClusterError
   */
  async *list(
    path: string,
    { limit = Number.POSITIVE_INFINITY, selector = '' }: ListOptions = {},
  ): AsyncGenerator<Listed> {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit)) });
    if (selector !== '') query.set('fieldSelector', selector);
    let left = limit;
    do {
      const { body } = accepted(await this.#send('GET', `${path}?${query}`, { accept: METADATA }), 'GET', path);
      const { items, metadata } = body as { items: Listed[] | null; metadata: { continue?: string } };
      for (const item of items ?? []) if (left-- > 0) yield item;
      query.set('continue', metadata.continue ?? '');
    } while (query.get('continue') !== '' && left > 0);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(method: Method, path: string, sending: Sending = {}): Promise<Reply> {
    const { body, type = JSON_TYPE, accept = JSON_TYPE } = sending;
    const { url, headers } = this.#access;
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      headers: { ...headers, accept, 'content-type': type },
      timeout: PATIENCE,
    };
    const request = this.#request(`${url}${path}`, options);
    request.once('timeout', () => request.destroy(new Error(`silent for ${PATIENCE} ms`)));
    request.end(body === undefined ? undefined : JSON.stringify(body));
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      let text = '';
      response.setEncoding('utf8');
      for await (const piece of response) text += piece;
      const at = performance.now();
      return { status: response.statusCode ?? 0, body: parsed(text), at };
    } catch (error) {
      throw new ClusterError(`${method} ${url}${path}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Errors of what stands before the server are no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}

function accepted(reply: Reply, method: Method, path: string): Reply {
  const { status, body } = reply;
  if (status >= OK && status < MULTIPLE) return reply;
  const { message = '' } = body as { message?: string };
  throw new ClusterError(`${method} ${path}: ${status} ${message}`.trimEnd());
}
