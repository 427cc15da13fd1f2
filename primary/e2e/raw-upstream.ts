// An upstream over TCP that does to its connections what a test says, octet by octet. Used by whole-server tests. Cold.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export class RawUpstream {
  /** Called for every query, without its length prefix. */
  send: (socket: Socket, query: Buffer) => unknown = () => undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(): Promise<RawUpstream> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawUpstream(server);
  }

  get port(): number {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  #serve(socket: Socket): void {
    let data: Buffer = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      data = Buffer.concat([data, chunk]);
      while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
        const end = 2 + data.readUInt16BE(0);
        this.send(socket, Buffer.from(data.subarray(2, end)));
        data = data.subarray(end);
      }
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
