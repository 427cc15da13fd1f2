// One listener with real sockets and a chain that a test gives, and clients that ask it. Tests only.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { openArena } from '#native/arena.ts';
import { openDatagramIo } from '#native/datagram.ts';
import { LineBuffer } from '#ops/log/line-buffer.ts';
import { Chain } from '../chain/chain.ts';
import { type Endpoint, ServerCore } from '../chain/core.ts';
import { coreSlots } from '../chain/core-metrics.ts';
import { Dispatch } from '../chain/dispatch.ts';
import type { Handler } from '../chain/handler.ts';
import { EndpointReport } from '../chain/report.ts';
import { MonotonicClock } from '../lib/clock.ts';
import type { ListenerPlan } from '../plugins/plan.ts';
import { QueryPool } from '../query/pool.ts';
import { NamedSlots } from '../testing/slots.ts';
import { TEST_SEED, TestThread } from '../testing/thread.ts';
import { Listener } from './listener.ts';
import type { TcpLimits } from './tcp.ts';
import { ThreadTurn } from './turn.ts';

const ARENA_BYTES = 64 << 20;
const SERVER = 'dns://:53';
const LIMITS: TcpLimits = {
  firstTimeout: 5000,
  idleTimeout: 5000,
  maxConnections: 100,
  maxPipelined: 64,
  maxQueries: -1,
};

export interface RigOptions {
  readonly io?: 'batched' | 'dgram';
  readonly address?: string;
  readonly tcp?: Partial<TcpLimits>;
  /** Queries at once. */
  readonly pool?: number;
  /** True: the test opens the listener itself. */
  readonly closed?: boolean;
}

/** Free on this machine at the moment it was looked for. */
export async function freePort(host?: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address === null || typeof address === 'string' ? 0 : address.port;
}

export class NetRig {
  readonly pool: QueryPool;
  readonly turn: ThreadTurn;
  readonly endpoint: Endpoint;
  readonly listener: Listener;
  readonly readers = new Readers(Segment.create('readers', readersBytes(1)));
  readonly #thread: TestThread;
  readonly #slots = new NamedSlots();
  readonly #sockets = new Set<Socket>();
  plan: ListenerPlan;

  private constructor(handlers: readonly Handler[], port: number, options: RigOptions) {
    const arena = openArena(ARENA_BYTES);
    const clock = new MonotonicClock();
    const core = new ServerCore(TEST_SEED);
    this.#thread = new TestThread();
    this.pool = new QueryPool(arena, options.pool ?? 64);
    this.turn = new ThreadTurn(clock, this.readers, 0, new LineBuffer(65_536));
    const names = handlers.map((_, i) => `handler${i}`);
    const served = { zone: '.', chain: new Chain(handlers, names, core), zoneIndex: 0 };
    const slots = coreSlots(this.#slots, SERVER);
    this.endpoint = {
      dispatch: new Dispatch([served], false, TEST_SEED),
      report: new EndpointReport(slots, SERVER, this.#thread.host),
    };
    const io = openDatagramIo(arena, options.io ?? 'batched');
    this.listener = new Listener({ core, pool: this.pool, turn: this.turn, clock, io }, this.endpoint);
    this.plan = {
      transport: 'dns',
      address: options.address ?? '127.0.0.1',
      port,
      server: SERVER,
      blocks: [],
      anyClass: false,
      tcp: { ...LIMITS, ...options.tcp },
      udp: { io: 'auto', receiveBuffer: 0, batch: 16 },
      slots,
    };
  }

  static async open(handlers: readonly Handler[], options: RigOptions = {}): Promise<NetRig> {
    const rig = new NetRig(handlers, await freePort(options.address ?? '127.0.0.1'), options);
    if (options.closed !== true) await rig.listener.open(rig.plan);
    return rig;
  }

  get port(): number {
    return this.plan.port;
  }

  /** Series that were counted. */
  counted(only = 'shoal'): string[] {
    return this.#slots.counted((slot) => this.#thread.count(slot), only);
  }

  /** A TCP connection, open. */
  async connect(host = '127.0.0.1'): Promise<Client> {
    const socket = connect({ port: this.port, host, noDelay: true, allowHalfOpen: true });
    this.#sockets.add(socket);
    const client = new Client(socket);
    await once(socket, 'connect');
    return client;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.listener.close();
  }
}

/** A TCP client: the messages that it got so far, and whether the server has ended the connection. */
export class Client {
  readonly socket: Socket;
  readonly messages: Buffer[] = [];
  ended = false;
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => {
      this.ended = true;
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      this.closed = true;
    });
  }

  #receive(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
      const length = this.#rest.readUInt16BE(0);
      this.messages.push(this.#rest.subarray(2, 2 + length));
      this.#rest = this.#rest.subarray(2 + length);
    }
  }

  /** Ids of the answers, in the order in which they came. */
  get ids(): number[] {
    return this.messages.map((message) => message.readUInt16BE(0));
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }
}

/** The message behind its length. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Datagrams from one socket; resolves with what came back, in the order in which it came, once there are `want`. */
export async function datagrams(
  port: number,
  messages: readonly Uint8Array[],
  want: number,
  milliseconds = 3000,
): Promise<Buffer[]> {
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${answers.length} of ${want} answers came`)), milliseconds);
      socket.on('message', (answer) => {
        answers.push(answer);
        if (answers.length < want) return;
        clearTimeout(late);
        resolve();
      });
      socket.on('error', reject);
      for (const message of messages) socket.send(message, port, '127.0.0.1');
    });
    return answers;
  } finally {
    socket.close();
  }
}
