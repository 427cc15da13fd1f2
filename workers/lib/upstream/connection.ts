// One TCP connection to an upstream. Warm: may allocate for a request, within the limits that tcp.ts sets.

import { createConnection, type Socket } from 'node:net';
import { errorText } from '#native/errno.ts';
import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import type { Expiring, Host } from '../../chain/handler.ts';
import { FrameReader, frame } from '../../net/framing.ts';
import { hostPort } from './address.ts';
import { Channel } from './channel.ts';
import type { TcpUpstream } from './tcp.ts';

/** Longest deadline of a thread; longer waits are made of several. */
const MAX_DEADLINE = 60_000;
/** What a server says that closes: the text of the reference. */
const CLOSED_TEXT = 'EOF';

/** Where every request is put together; a stream gets a copy of its own. */
const scratch = new Uint8Array(MAX_MESSAGE_BYTES);

/** Requests that come before it is connected wait in its list of pending exchanges. */
export class TcpConnection extends Channel implements Expiring {
  readonly #upstream: TcpUpstream;
  readonly #host: Host;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #take: (length: number) => boolean;
  readonly #openedAt: number;
  #connected = false;
  /** True once a reply has come: later requests may meet the end of it, which is no fault of the upstream. */
  used = false;
  #retired = false;
  #closed = false;
  #idleSince = 0;
  #deadline = -1;
  #ends = '';
  #timeoutText = '';

  constructor(upstream: TcpUpstream) {
    super(upstream.context.exchanges);
    this.#upstream = upstream;
    this.#host = upstream.context.host;
    this.#openedAt = this.#host.clock.now;
    this.#take = (length) => this.#deliver(length);
    const { address, port } = upstream.address;
    this.#socket = createConnection({ host: address, port, noDelay: true });
    this.#socket.on('connect', () => this.#opened());
    this.#socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    this.#socket.on('end', () => this.#end(CLOSED_TEXT));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#broken(error));
    this.#socket.on('close', () => this.#end(CLOSED_TEXT));
  }

  /** True when a new request may go over it. */
  usable(now: number): boolean {
    if (this.#retired || this.#closed) return false;
    const { expire, maxAge } = this.#upstream.settings;
    if (maxAge > 0 && now - this.#openedAt >= maxAge) return false;
    return this.pending > 0 || expire === 0 || !this.#connected || now - this.#idleSince < expire;
  }

  #opened(): void {
    const { localAddress = '', localPort = 0 } = this.#socket;
    this.#connected = true;
    this.#ends = `${hostPort(localAddress, localPort)}->${this.#upstream.address.text}`;
    this.#turn(() => {
      for (let slot = this.first; slot >= 0; slot = this.exchanges.after(slot)) this.send(slot);
      if (this.pending === 0) this.emptied();
    });
  }

  send(slot: number): void {
    if (!this.#connected) return;
    this.#socket.write(frame(scratch, 0, this.exchanges.write(slot, scratch, 0)));
  }

  #receive(chunk: Uint8Array): void {
    this.#turn(() => this.#frames.push(chunk, 0, this.#take));
  }

  #deliver(length: number): boolean {
    this.used = true;
    const taken = this.exchanges.deliver(this, this.#frames.buffer, 0, length, false);
    if (!taken) this.#host.counters.add(this.#upstream.slots.ignored);
    return !this.#closed;
  }

  /** What touches queries happens within a turn. */
  #turn(work: () => void): void {
    this.#host.turn.begin();
    try {
      work();
    } finally {
      this.#host.turn.end();
    }
  }

  #broken(error: NodeJS.ErrnoException): void {
    const reason = errorText(error.code ?? error.message);
    if (this.#connected) this.#end(`read tcp ${this.#ends}: read: ${reason}`);
    else this.#end(`dial tcp ${this.#upstream.address.text}: connect: ${reason}`);
  }

  /** No more replies: all that is pending fails. */
  #end(failure: string): void {
    if (this.#closed) return;
    this.#close();
    if (this.pending > 0) this.#turn(() => this.exchanges.failAll(this, failure));
  }

  #close(): void {
    this.#closed = true;
    this.#host.deadlines.cancel(this.#deadline);
    this.#upstream.forget(this);
    this.#socket.destroy();
  }

  get timeoutText(): string {
    if (!this.#connected) return `dial tcp ${this.#upstream.address.text}: i/o timeout`;
    if (this.#timeoutText === '') this.#timeoutText = `read tcp ${this.#ends}: i/o timeout`;
    return this.#timeoutText;
  }

  /** A server that leaves one request unanswered may have gone without a word: it gets no new ones over this connection. */
  timedOut(): void {
    this.#retired = true;
  }

  emptied(): void {
    if (this.#closed) return;
    const { expire } = this.#upstream.settings;
    if (this.#retired || !this.#upstream.keepsIdle()) {
      this.#close();
      return;
    }
    this.#idleSince = this.#host.clock.now;
    if (this.#deadline === -1 && expire > 0) this.#wait(expire);
  }

  #wait(milliseconds: number): void {
    this.#deadline = this.#host.deadlines.start(this, 0, Math.min(milliseconds, MAX_DEADLINE));
  }

  /** The idle time may be over. */
  expire(): void {
    this.#deadline = -1;
    if (this.#closed || this.pending > 0) return;
    const left = this.#upstream.settings.expire - (this.#host.clock.now - this.#idleSince);
    if (left <= 0) this.#close();
    else this.#wait(left);
  }

  /** Closes a connection that is good for nothing any more and not waited for. */
  discard(): void {
    if (this.pending === 0 && !this.#closed) this.#close();
  }

  /** Takes no more requests, and closes when the last reply has come or is not waited for any longer. */
  retire(): void {
    this.#retired = true;
    this.discard();
  }
}
