// Messages octet by octet, right and wrong ones, and a UDP client that can tell that no answer came. Used by whole-server tests. Cold.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encodeName } from '#wire/name.ts';
import { typeCode } from './conformance/case.ts';

export const FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, Z: 0x0040, AD: 0x0020, CD: 0x0010 };
const OPCODE_SHIFT = 11;

export interface Shape {
  readonly id?: number;
  readonly opcode?: number;
  /** Header bits; RD when left out. */
  readonly flags?: number;
  readonly name?: string;
  readonly type?: string;
  readonly class?: number;
  /** Records of the additional section, as octets. */
  readonly additional?: readonly Uint8Array[];
  /** QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT when they are not to be true. */
  readonly counts?: readonly [number, number, number, number];
  /** Octets behind the last record. */
  readonly tail?: Uint8Array;
}

/** A query with one question. */
export function packet(shape: Shape = {}): Buffer {
  const { id = 1, opcode = 0, flags = FLAG.RD, name = 'a.one.test.', type = 'A', additional = [] } = shape;
  const header = Buffer.alloc(12);
  const counts = shape.counts ?? [1, 0, 0, additional.length];
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags | (opcode << OPCODE_SHIFT), 2);
  counts.forEach((count, i) => {
    header.writeUInt16BE(count, 4 + 2 * i);
  });
  const question = Buffer.alloc(4);
  question.writeUInt16BE(typeCode(type), 0);
  question.writeUInt16BE(shape.class ?? 1, 2);
  return Buffer.concat([header, encodeName(name), question, ...additional, shape.tail ?? Buffer.alloc(0)]);
}

export interface Opt {
  readonly size: number;
  readonly version?: number;
  /** DO is 0x8000. */
  readonly flags?: number;
  /** Code and data in hexadecimal. */
  readonly options?: readonly (readonly [number, string])[];
}

/** An OPT record (RFC 6891 §6.1.2). */
export function opt({ size, version = 0, flags = 0, options = [] }: Opt): Buffer {
  const data = Buffer.concat(options.map(([code, hex]) => option(code, Buffer.from(hex, 'hex'))));
  const head = Buffer.alloc(11);
  head.writeUInt16BE(41, 1);
  head.writeUInt16BE(size, 3);
  head.writeUInt8(version, 6);
  head.writeUInt16BE(flags, 7);
  head.writeUInt16BE(data.length, 9);
  return Buffer.concat([head, data]);
}

function option(code: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** Id of the question that stands behind others, to hear that they have been dealt with. */
export const SENTINEL = 0xffff;

/** One UDP socket to one server address. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #address: string;
  /** What has come and not been taken, with the address that it came from. */
  received: { readonly message: Buffer; readonly from: string }[] = [];

  private constructor(socket: Socket, port: number, address: string) {
    this.#socket = socket;
    this.#port = port;
    this.#address = address;
    socket.on('message', (message, { address: from }) => this.received.push({ message, from }));
  }

  static async open(port: number, address = '127.0.0.1'): Promise<UdpClient> {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
    socket.bind(0);
    await once(socket, 'listening');
    // One that a failing test leaves open must not keep its process.
    socket.unref();
    return new UdpClient(socket, port, address);
  }

  send(message: Uint8Array): void {
    this.#socket.send(message, this.#port, this.#address);
  }

  /** Everything that came until the answer to `sentinel`, a question that certainly gets one, and which is left out. */
  async settle(sentinel: Uint8Array, timeout = 3000): Promise<Buffer[]> {
    const end = performance.now() + timeout;
    do {
      this.send(sentinel);
      if (await this.#sentinelWithin(Math.min(1000, timeout))) {
        const messages = this.received.filter((received) => !isSentinel(received)).map(({ message }) => message);
        this.received = [];
        return messages;
      }
    } while (performance.now() < end);
    throw new Error(`no answer to the last question within ${timeout}ms`);
  }

  #sentinelWithin(timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (came: boolean): void => {
        clearTimeout(timer);
        this.#socket.off('message', look);
        resolve(came);
      };
      const look = (): void => {
        const newest = this.received.at(-1);
        if (newest !== undefined && isSentinel(newest)) finish(true);
      };
      const timer = setTimeout(() => finish(false), timeout);
      this.#socket.on('message', look);
      look();
    });
  }

  close(): void {
    this.#socket.close();
  }
}

function isSentinel({ message }: { readonly message: Buffer }): boolean {
  return message.length >= 2 && message.readUInt16BE(0) === SENTINEL;
}
