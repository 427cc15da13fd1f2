// One HTTP server on one address, with routes that can be exchanged while it runs. Opened and closed by HttpServers; cold.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { bindError, type ListenAddress, resolveAddress } from './address.ts';

/** Not imported: the module's facade would touch every export, among them a whole client for the web (7 MB in every isolate). */
const { createServer } = process.getBuiltinModule('node:http');

/** Answers one request; a rejection becomes status 500 and is reported to the listener's owner. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/** By exact path, query left out. */
export type Routes = ReadonlyMap<string, Handle>;

/** What happens on a listener that its owner counts or logs. */
export interface ListenerEvents {
  /** A connection was refused because there were too many. */
  dropped(): void;
  failed(error: unknown): void;
}

/** Milliseconds for a request, for an answer, and between two requests of a connection (behaviour G). */
const TIMEOUT = 5000;
/** How often (ms) connections are looked at for time-outs; Node's 30 s would make 5 s into 35. */
const CHECK = 1000;
/**
 * Connections at a time. Probes and scrapes need a handful; what a stranger could open beyond that costs the primary memory, not the
 * threads that answer DNS. Revise when shoal_http_dropped_connections_total grows without an attack.
 */
const MAX_CONNECTIONS = 128;

export class HttpListener {
  /** Exchanged as a whole: a request sees either the old routes or the new ones. */
  routes: Routes;
  readonly #server: Server;
  readonly #events: ListenerEvents;

  constructor(routes: Routes, events: ListenerEvents) {
    this.routes = routes;
    this.#events = events;
    this.#server = createServer(
      {
        headersTimeout: TIMEOUT,
        requestTimeout: TIMEOUT,
        keepAliveTimeout: TIMEOUT,
        connectionsCheckingInterval: CHECK,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.setTimeout(TIMEOUT);
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('drop', () => events.dropped());
  }

  /** Rejects with a ListenError. */
  async open(address: ListenAddress): Promise<void> {
    const resolved = await resolveAddress(address);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(bindError(resolved, error)));
      this.#server.listen(listenOptions(resolved), resolve);
    });
    this.#server.removeAllListeners('error').on('error', (error) => this.#events.failed(error));
  }

  /** The port that was bound; 0 while closed. */
  get port(): number {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  /** Refuses new connections at once; resolves when the requests at work have been answered or given up. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const late = setTimeout(() => this.#server.closeAllConnections(), TIMEOUT);
    await new Promise((resolve) => this.#server.close(resolve));
    clearTimeout(late);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? '').split('?', 1);
    try {
      const handle = this.routes.get(path);
      if (handle === undefined) send(response, 404, '404 page not found\n');
      else await handle(request, response);
    } catch (error) {
      this.#events.failed(error);
      if (response.headersSent) response.destroy();
      else send(response, 500, 'Internal Server Error\n');
    }
  }
}

/**
 * On Linux the port may be shared among our own sockets, as the reference does it: an address can be opened anew, narrower or wider, before
 * the former one closes, and two servers on one host do not keep each other from starting.
 */
function listenOptions({ host, port }: ListenAddress): { host?: string; port: number; reusePort: boolean } {
  return { ...(host === '' ? {} : { host }), port, reusePort: process.platform === 'linux' };
}

/** Sends a whole answer of plain text. */
export function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}
