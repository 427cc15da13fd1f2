// Requests to one API server: in turn, with credentials, over few connections that are kept, and with failures that explain themselves. Cold.

import type { IncomingMessage } from 'node:http';
import type { Credential } from './access/credentials.ts';
import { Agents } from './agents.ts';
import type { Connection } from './connection.ts';
import { ApiRequestError } from './errors.ts';
import { exchange } from './exchange.ts';
import { Limiter } from './limiter.ts';
import { NO_OBSERVER, type RequestObserver } from './observer.ts';
import type { ApiLimits } from './plan.ts';
import { explain } from './problem.ts';
import { ApiResponse } from './response.ts';

/** A GET; nothing else is asked of an API server. */
export interface ApiRequest {
  /** Absolute, with its query: `/api/v1/services?limit=500`. The server's own path goes before it. */
  readonly path: string;
  readonly accept: string;
  /** Ends the request wherever it is: waiting for its turn, under way, or in the midst of its body. */
  readonly signal: AbortSignal;
  /** Milliseconds without one octet, before the head or within the body, after which the connection counts as dead. */
  readonly idleTimeout: number;
  /** A watch gives its place among the requests under way back as soon as it has begun. */
  readonly watch: boolean;
}

export interface ApiClientOptions {
  readonly connection: Connection;
  readonly limits: ApiLimits;
  /** See `userAgent`. */
  readonly userAgent: string;
  readonly observer?: RequestObserver;
  /** Milliseconds until TCP and TLS stand. */
  readonly connectTimeout?: number;
}

/**
 * As long as the reference's dialler allows is 30 s; servers of a cluster are near, and a start waits for this. Raise it if
 * `coredns_kubernetes_rest_client_requests_total{code="<error>"}` grows while the server answers others.
 */
const CONNECT_TIMEOUT = 10_000;

/**
 * A list is compressed to a twentieth, and comes in half the time: uncompressed the server sends it in pieces of 2 kB, each encrypted by itself.
 * Events of a watch would wait for others to be compressed with.
 */
const COMPRESSED = { 'accept-encoding': 'gzip' };

export class ApiClient {
  readonly #connection: Connection;
  readonly #agents: Agents;
  readonly #limiter: Limiter;
  readonly #userAgent: string;
  readonly #observer: RequestObserver;
  readonly #connectTimeout: number;
  readonly #closing = new AbortController();

  constructor(options: ApiClientOptions) {
    this.#connection = options.connection;
    this.#agents = new Agents(options.connection);
    this.#limiter = new Limiter(options.limits);
    this.#userAgent = options.userAgent;
    this.#observer = options.observer ?? NO_OBSERVER;
    this.#connectTimeout = options.connectTimeout ?? CONNECT_TIMEOUT;
  }

  /** The server's address, for log lines. */
  get server(): string {
    return this.#connection.url.origin;
  }

  /**
   * Asks, and resolves as soon as the head of an answer is there, whatever its status: look at `ok`, then read `body` or `failure()`.
   * A 401 has been tried again with renewed credentials. Rejects with ApiRequestError, whose message is fit for the log.
   */
  async request(request: ApiRequest): Promise<ApiResponse> {
    const bound = { ...request, signal: AbortSignal.any([request.signal, this.#closing.signal]) };
    try {
      const credential = await this.#connection.credentials.current();
      const response = await this.#ask(bound, credential);
      if (response.status !== 401 || !(await this.#renew(credential, response))) return response;
      return await this.#ask(bound, await this.#connection.credentials.current());
    } catch (error) {
      throw this.explain(error);
    }
  }

  /** What an error of a body means; errors of `request` are explained already. */
  explain(error: unknown): ApiRequestError {
    return explain(error, this.#connection);
  }

  /** Ends everything: requests under way fail as cancelled, waiting ones too; connections are closed. */
  close(): void {
    this.#limiter.close();
    this.#closing.abort();
    this.#agents.close();
  }

  /** True when the request is worth being sent again; the answer is done with then. */
  async #renew(refused: Credential, response: ApiResponse): Promise<boolean> {
    let renewed = true;
    try {
      renewed = await this.#connection.credentials.renew(refused);
    } finally {
      if (renewed) response.destroy();
    }
    return renewed;
  }

  async #ask(request: ApiRequest, credential: Credential): Promise<ApiResponse> {
    const turn = await this.#limiter.acquire(request.signal);
    const { host } = this.#connection.url;
    this.#observer.limited('GET', host, turn.waited);
    const start = performance.now();
    const finished = (code: string): void => {
      turn.release();
      this.#observer.finished('GET', host, (performance.now() - start) / 1000, code, 'GET');
    };
    try {
      const message = await this.#send(request, credential);
      const code = String(message.statusCode);
      if (request.watch) finished(code);
      else message.once('close', () => finished(code));
      return this.#accept(message);
    } catch (error) {
      finished('<error>');
      throw error;
    }
  }

  async #send(request: ApiRequest, credential: Credential): Promise<IncomingMessage> {
    const { url, tls, headers } = this.#connection;
    const agent = await this.#agents.current(credential.certificate);
    return exchange({
      secure: tls !== null,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      path: url.pathname.replace(/\/$/, '') + request.path,
      headers: {
        ...headers,
        ...(credential.authorization === '' ? {} : { authorization: credential.authorization }),
        host: url.host,
        accept: request.accept,
        ...(request.watch ? {} : COMPRESSED),
        'user-agent': this.#userAgent,
      },
      agent,
      signal: request.signal,
      connectTimeout: this.#connectTimeout,
      idleTimeout: request.idleTimeout,
    });
  }

  /** A server that sends us elsewhere would be sent our credentials there: not followed. */
  #accept(message: IncomingMessage): ApiResponse {
    const response = new ApiResponse(message, this.#connection.credentials.owner);
    if (response.status < 300 || response.status >= 400) return response;
    response.destroy();
    const { status } = response;
    throw new ApiRequestError(
      `redirected by the server (status ${status}), which is not followed: is this its address?`,
      {
        status,
      },
    );
  }
}

/** Who we are, in the form that the reference has too: `shoal/0.1.0 (linux/amd64)`. */
export function userAgent(version: string): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `shoal/${version} (${process.platform}/${architecture})`;
}
