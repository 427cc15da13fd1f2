// DNS over TCP and over TLS: messages with a length in front, replies in any order (RFC 7766, RFC 7858). Warm: may allocate for a request.

import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import { FrameReader, frame } from '../../net/framing.ts';
import { Connection } from './connection.ts';
import type { Dialer } from './dialer.ts';
import type { TcpUpstream } from './tcp.ts';

/** Requests in flight on one. Beyond 4 × 256 a server that slow is not helped by more of them. */
const MAX_PIPELINED = 256;

/** Where every request is put together; a stream gets a copy of its own. */
const scratch = new Uint8Array(MAX_MESSAGE_BYTES);

export class StreamConnection extends Connection {
  readonly #frames = new FrameReader();
  readonly #take: (length: number) => boolean;

  constructor(upstream: TcpUpstream, dialer: Dialer) {
    super(upstream, dialer);
    this.#take = (length) => {
      this.deliver(this.#frames.buffer, length);
      return !this.isClosed;
    };
    this.socket.on(dialer.ready, () => this.opened());
    this.socket.on('data', (chunk: Uint8Array) => this.turn(() => this.#frames.push(chunk, 0, this.#take)));
  }

  send(slot: number): void {
    if (!this.isReady) return;
    this.socket.write(frame(scratch, 0, this.exchanges.write(slot, scratch, 0)));
  }

  get hasRoom(): boolean {
    return this.pending < MAX_PIPELINED;
  }

  protected destroy(): void {
    this.socket.destroy();
  }
}
