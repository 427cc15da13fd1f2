// A DNS server that makes up its answers, for tests of the generator: every query comes back as its own answer. Real datagrams.

import { type Arena, openArena } from '#native/arena.ts';
import { type DatagramSink, type DatagramSocket, openDatagramIo } from '#native/datagram.ts';
import { FLAG, HEADER_BYTES } from '#wire/constants.ts';

/** What is done about one query. */
export interface Reaction {
  /** How many answers are sent: 0 is none, 2 is one too many. */
  readonly copies: number;
  readonly rcode: number;
  readonly truncated?: boolean;
  /** Turns the answer into one to a query that nobody asked. */
  readonly wrongId?: boolean;
}

export const PLAIN: Reaction = { copies: 1, rcode: 0 };

export class Responder implements DatagramSink {
  readonly port: number;
  /** Queries that came. */
  queries = 0;
  readonly #arena: Arena;
  readonly #socket: DatagramSocket;
  readonly #react: (query: Uint8Array, number: number) => Reaction;

  constructor(arena: Arena, socket: DatagramSocket, react: (query: Uint8Array, number: number) => Reaction) {
    this.port = socket.port;
    this.#arena = arena;
    this.#socket = socket;
    this.#react = react;
    socket.listen(this);
  }

  /** On a free port of 127.0.0.1. `react` gets each query and its number, from 0. */
  static async open(react: (query: Uint8Array, number: number) => Reaction = () => PLAIN): Promise<Responder> {
    const arena = openArena(1 << 20);
    const socket = await openDatagramIo(arena, 'auto').open({
      family: 4,
      address: '127.0.0.1',
      port: 0,
      reusePort: false,
      receiveBuffer: 4 << 20,
      batch: 64,
      slotBytes: 512,
      sendBytes: 512,
    });
    return new Responder(arena, socket, react);
  }

  batch(socket: DatagramSocket, count: number): void {
    for (let i = 0; i < count; i++) {
      const query = this.#arena.bytes.subarray(socket.at(i), socket.at(i) + socket.length(i));
      this.#answer(query, socket.peerAt(i), this.#react(query, this.queries++));
    }
  }

  #answer(query: Uint8Array, peerAt: number, { copies, rcode, truncated = false, wrongId = false }: Reaction): void {
    for (let copy = 0; copy < copies; copy++) {
      const at = this.#socket.slot();
      const bytes = this.#arena.bytes;
      bytes.set(query, at);
      if (wrongId) bytes[at] ^= 0x80;
      bytes[at + 2] |= (FLAG.QR | (truncated ? FLAG.TC : 0)) >> 8;
      bytes[at + 3] = rcode;
      this.#socket.commit(Math.max(query.length, HEADER_BYTES), peerAt);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
