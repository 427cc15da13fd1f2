// A local HTTP(S) server that does what a test tells it, and remembers what it was asked. Tests only.

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { TlsOptions } from 'node:tls';

export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Local port of the client: the same for requests over one connection. */
  readonly from: number;
}

export class LocalServer {
  readonly url: string;
  readonly port: number;
  readonly requests: Seen[];
  readonly server: Server;

  private constructor(server: Server, secure: boolean, requests: Seen[]) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
    this.requests = requests;
  }

  /** Ends with the test, whatever is under way. */
  static async open(
    context: TestContext,
    listener: RequestListener,
    tls: TlsOptions | null = null,
  ): Promise<LocalServer> {
    const requests: Seen[] = [];
    const record: RequestListener = (request, response) => {
      const { url = '', headers, socket } = request;
      requests.push({ path: url, headers, from: socket.remotePort ?? 0 });
      listener(request, response);
    };
    const server = tls === null ? createServer(record) : createSecureServer(tls, record);
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LocalServer(server, tls !== null, requests);
  }
}
