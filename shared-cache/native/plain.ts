// Datagrams through node:dgram, where there is no FFI: the same contract, one datagram at a time, copied in and out. Cold by nature.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { formatAddress } from './address.ts';
import type { Arena } from './arena.ts';
import { type BlockPool, BlockPools } from './block-pool.ts';
import type { DatagramIo, DatagramOptions, DatagramSink, DatagramSocket } from './datagram.ts';
import { bindAddress, checkOptions } from './datagram-options.ts';
import { endpoint, listenError, SystemError } from './errno.ts';
import { PEER_BYTES, peerPort, peerText, writePeer } from './peer.ts';

/** Datagrams kept while paused, because node:dgram cannot leave them to the kernel. More are dropped and counted. */
const PAUSED_LIMIT = 1024;

/** The memory of one socket, taken over by the next one of the same shape. */
interface Buffers {
  readonly inbox: number;
  readonly peer: number;
  readonly outbox: number;
}

interface Pending {
  readonly payload: Uint8Array;
  readonly from: RemoteInfo;
}

export class PlainIo implements DatagramIo {
  readonly name = 'dgram';
  readonly #arena: Arena;
  readonly #buffers = new BlockPools<Buffers>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  async open(options: DatagramOptions): Promise<DatagramSocket> {
    checkOptions(options);
    const socket = await openSocket(options);
    try {
      return new PlainSocket(socket, this.#arena.bytes, options, this.#pool(options));
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #pool(options: DatagramOptions): BlockPool<Buffers> {
    return this.#buffers.of(`${options.slotBytes} ${options.sendBytes}`, () => ({
      inbox: this.#arena.allocate(options.slotBytes, 64),
      peer: this.#arena.allocate(PEER_BYTES, 16),
      outbox: this.#arena.allocate(options.sendBytes, 64),
    }));
  }
}

class PlainSocket implements DatagramSocket {
  readonly port: number;
  readonly address: string;
  readonly family: 4 | 6;
  readonly #socket: Socket;
  readonly #bytes: Uint8Array;
  readonly #options: DatagramOptions;
  readonly #pool: BlockPool<Buffers>;
  readonly #sent: (error: Error | null) => void;
  readonly #paused: Pending[] = [];
  #buffers: Buffers;
  #sink: DatagramSink | null = null;
  #length = 0;
  #cut = false;
  #reading = false;
  #open = true;
  #dropped = 0;
  #refused = 0;

  constructor(socket: Socket, bytes: Uint8Array, options: DatagramOptions, pool: BlockPool<Buffers>) {
    const bound = socket.address();
    this.port = bound.port;
    this.address = bound.address;
    this.family = isIPv6(bound.address) ? 6 : 4;
    this.#socket = socket;
    this.#bytes = bytes;
    this.#options = options;
    this.#pool = pool;
    this.#buffers = pool.take();
    this.#sent = (error) => {
      if (error !== null) this.#failed(error);
    };
    socket.on('message', (payload, from) => this.#receive(payload, from));
    socket.on('error', (error) => this.#tell(error));
  }

  get dropped(): number {
    return this.#dropped;
  }

  get refused(): number {
    return this.#refused;
  }

  listen(sink: DatagramSink): void {
    this.#sink = sink;
    this.resume();
  }

  #receive(payload: Uint8Array, from: RemoteInfo): void {
    if (this.#reading) this.#deliver(payload, from);
    else if (this.#paused.length < PAUSED_LIMIT) this.#paused.push({ payload, from });
    else this.#dropped++;
  }

  #deliver(payload: Uint8Array, from: RemoteInfo): void {
    const { slotBytes } = this.#options;
    this.#cut = payload.length > slotBytes;
    this.#length = Math.min(payload.length, slotBytes);
    this.#bytes.set(payload.subarray(0, this.#length), this.#buffers.inbox);
    writePeer(this.#bytes, this.#buffers.peer, from.address, from.port);
    this.#sink?.batch(this, 1);
    this.flush();
  }

  at(_i: number): number {
    return this.#buffers.inbox;
  }

  length(_i: number): number {
    return this.#length;
  }

  peerAt(_i: number): number {
    return this.#buffers.peer;
  }

  cut(_i: number): boolean {
    return this.#cut;
  }

  slot(): number {
    return this.#buffers.outbox;
  }

  /** Sends at once: a batch would save nothing here. The payload is copied, because node:dgram may keep it for later. */
  commit(length: number, peerAt: number): void {
    if (!this.#open || length > this.#options.sendBytes) {
      this.#dropped++;
      return;
    }
    const { outbox } = this.#buffers;
    const payload = this.#bytes.slice(outbox, outbox + length);
    if (peerAt === 0) this.#socket.send(payload, this.#sent);
    else this.#socket.send(payload, peerPort(this.#bytes, peerAt), peerText(this.#bytes, peerAt), this.#sent);
  }

  flush(): void {}

  /** As with batches, a datagram that cannot be sent is counted; only refusals are told. */
  #failed(error: Error): void {
    this.#dropped++;
    if (codeOf(error) === 'ECONNREFUSED') this.#tell(error);
  }

  #tell(error: Error): void {
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') this.#refused++;
    this.#sink?.error?.(this, code);
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    if (!this.#open) return;
    this.#reading = true;
    while (this.#reading) {
      const pending = this.#paused.shift();
      if (pending === undefined) return;
      this.#deliver(pending.payload, pending.from);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reading = false;
    this.#paused.length = 0;
    this.#socket.close();
    const buffers = this.#buffers;
    this.#buffers = this.#pool.discard;
    // Whoever is in the middle of a batch may still write to the slot that it got before.
    setImmediate(() => this.#pool.leave(buffers));
  }
}

async function openSocket(options: DatagramOptions): Promise<Socket> {
  const bindTo = bindAddress(options);
  const family = bindTo?.family ?? options.family;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reusePort: options.reusePort,
    ...(options.receiveBuffer > 0 && { recvBufferSize: options.receiveBuffer }),
    // All are addresses: nothing is to be looked up.
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  try {
    await bind(socket, options.port, bindTo === undefined ? '' : formatAddress(bindTo.octets, 0, family, bindTo.scope));
    if (options.connect !== undefined) await connect(socket, options.connect);
    return socket;
  } catch (error) {
    socket.close();
    throw openError(options, error as Error);
  }
}

function bind(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function connect(socket: Socket, peer: { readonly address: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    // Called with the error when there is one; the declarations do not know.
    const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
    socket.connect(peer.port, peer.address, done);
  });
}

function openError(options: DatagramOptions, error: Error): SystemError {
  const code = codeOf(error);
  if (options.connect === undefined) return listenError('udp', options.address, options.port, code);
  return new SystemError(code, 'connect', endpoint(options.connect.address, options.connect.port));
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
