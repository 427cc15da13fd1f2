// An upstream over TCP that answers when it is told to: queries pile up behind it. Used by whole-server tests. Cold.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { FLAG } from './packets.ts';
import { framed } from './stream.ts';

export class HeldUpstream {
  readonly #server: Server;
  readonly #waiting: { readonly socket: Socket; readonly query: Buffer }[] = [];
  /** Most queries that were held at the same time. */
  most = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(): Promise<HeldUpstream> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HeldUpstream(server);
  }

  get port(): number {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  #serve(socket: Socket): void {
    let data: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      data = Buffer.concat([data, chunk]);
      while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
        const end = 2 + data.readUInt16BE(0);
        this.#waiting.push({ socket, query: Buffer.from(data.subarray(2, end)) });
        data = data.subarray(end);
      }
      this.most = Math.max(this.most, this.#waiting.length);
    });
  }

  get held(): number {
    return this.#waiting.length;
  }

  /** Answers the query that has waited longest: the question comes back as an empty answer. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const answer = Buffer.from(next.query);
    answer.writeUInt16BE(answer.readUInt16BE(2) | FLAG.QR | FLAG.RA, 2);
    next.socket.write(framed(answer));
  }

  close(): void {
    this.#server.close();
  }
}
