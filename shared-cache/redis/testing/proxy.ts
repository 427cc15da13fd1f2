// A TCP proxy in front of a Redis whose answers take as long as a test says. Tests only.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class DelayProxy {
  readonly port: number;
  /** Milliseconds that every packet from the server waits. */
  delay = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, to: number) {
    const address = server.address();
    this.port = address === null || typeof address === 'string' ? 0 : address.port;
    this.#server = server;
    server.on('connection', (client) => this.#join(client, connect(to, '127.0.0.1')));
  }

  static async open(to: number): Promise<DelayProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DelayProxy(server, to);
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (octets) => server.write(octets));
    server.on('data', (octets) => {
      if (this.delay === 0) client.write(octets);
      else setTimeout(() => client.destroyed || client.write(octets), this.delay);
    });
  }

  /** Breaks all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }
}
