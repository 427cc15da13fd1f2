// A TCP client that may do what well-behaved ones do not: pipelining, torn frames, silence. Used by whole-server tests. Cold.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './harness.ts';

/** A message with its length in front (RFC 1035 §4.2.2). */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

export class Stream {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  readonly #messages: Buffer[] = [];
  /** The server has ended or reset the connection. */
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('end', () => {
      this.closed = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number, host = '127.0.0.1'): Promise<Stream> {
    const socket = connect({ port, host, noDelay: true });
    const stream = new Stream(socket);
    await once(socket, 'connect');
    // One that a failing test leaves open must not keep its process.
    socket.unref();
    return stream;
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      if (this.#received.length < 2) return;
      const end = 2 + this.#received.readUInt16BE(0);
      if (this.#received.length < end) return;
      this.#messages.push(this.#received.subarray(2, end));
      this.#received = this.#received.subarray(end);
    }
  }

  /** Octets as they are. */
  write(octets: Uint8Array): void {
    this.#socket.write(octets);
  }

  /** Waits until this many messages have come, and takes them. */
  async take(count: number, timeout = 3000): Promise<Buffer[]> {
    await until(
      () => this.#messages.length >= count,
      timeout,
      () => `${count} messages (${this.#messages.length} came, closed: ${this.closed})`,
    );
    return this.#messages.splice(0, count);
  }

  /** Messages that have come and not been taken. */
  get waiting(): number {
    return this.#messages.length;
  }

  /** The newest of them. */
  get last(): Buffer | undefined {
    return this.#messages.at(-1);
  }

  /** Waits until the server closes. */
  async untilClosed(timeout: number): Promise<void> {
    await until(
      () => this.closed,
      timeout,
      () => 'the server to close the connection',
    );
  }

  /** No more will be sent; answers may still come. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
