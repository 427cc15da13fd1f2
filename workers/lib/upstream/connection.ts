// What all connections to an upstream have in common, whatever goes over them: requests in flight, age, idleness, the end. Warm.

import type { Socket } from 'node:net';
import type { Expiring, Host } from '../../chain/handler.ts';
import { hostPort } from './address.ts';
import { Channel } from './channel.ts';
import type { Dialer } from './dialer.ts';
import { socketFailure } from './failures.ts';
import type { TcpUpstream } from './tcp.ts';

/** Longest deadline of a thread; longer waits are made of several. */
const MAX_DEADLINE = 60_000;
/** What a server says that closes: the text of the reference. */
export const CLOSED_TEXT = 'EOF';

/** Requests that come before it is ready wait in its list of pending exchanges. */
export abstract class Connection extends Channel implements Expiring {
  protected readonly upstream: TcpUpstream;
  protected readonly host: Host;
  protected readonly socket: Socket;
  /** True once a reply has come: later requests may meet the end of it, which is no fault of the upstream. */
  used = false;
  protected isReady = false;
  protected isClosed = false;
  readonly #peerName: string;
  readonly #openedAt: number;
  #retired = false;
  #heardAt = 0;
  #idleSince = 0;
  #deadline = -1;
  #ends = '';
  #timeoutText = '';

  constructor(upstream: TcpUpstream, dialer: Dialer) {
    super(upstream.context.exchanges);
    this.upstream = upstream;
    this.host = upstream.context.host;
    this.#peerName = dialer.peerName;
    this.#openedAt = this.host.clock.now;
    this.socket = dialer.dial();
    this.socket.on('end', () => this.end(CLOSED_TEXT));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.broken(error));
    this.socket.on('close', () => this.end(CLOSED_TEXT));
  }

  /** Sends the request of an exchange that is in its list; does nothing as long as it is not ready. */
  abstract send(slot: number): void;
  /** False when so much is in flight that no more requests should go over it. */
  abstract get hasRoom(): boolean;
  /** Lets go of everything. */
  protected abstract destroy(): void;

  /** True when a new request may go over it. */
  usable(now: number): boolean {
    if (this.#retired || this.isClosed) return false;
    const { expire, maxAge } = this.upstream.settings;
    if (maxAge > 0 && now - this.#openedAt >= maxAge) return false;
    return this.pending > 0 || expire === 0 || !this.isReady || now - this.#idleSince < expire;
  }

  /** Requests may go out from now on; what has been waiting does. */
  protected opened(): void {
    if (this.isClosed) return;
    const { localAddress = '', localPort = 0 } = this.socket;
    this.isReady = true;
    this.#ends = `${hostPort(localAddress, localPort)}->${this.upstream.address.text}`;
    this.turn(() => {
      for (let slot = this.first; slot >= 0; slot = this.exchanges.after(slot)) this.send(slot);
      if (this.pending === 0) this.emptied();
    });
  }

  /** A message has come. False: it is no reply to anything asked. */
  protected deliver(bytes: Uint8Array, length: number): boolean {
    this.used = true;
    this.#heardAt = this.host.clock.now;
    const taken = this.exchanges.deliver(this, bytes, 0, length, false);
    if (!taken) this.host.counters.add(this.upstream.slots.ignored);
    return taken;
  }

  /** What touches queries happens within a turn. */
  protected turn(work: () => void): void {
    this.host.turn.begin();
    try {
      work();
    } finally {
      this.host.turn.end();
    }
  }

  protected broken(error: NodeJS.ErrnoException): void {
    if (this.isReady) this.end(`read tcp ${this.#ends}: ${socketFailure(error, this.#peerName, 'read')}`);
    else this.end(`dial tcp ${this.upstream.address.text}: ${socketFailure(error, this.#peerName, 'connect')}`);
  }

  /** No more replies: all that is pending fails. Not within a turn. */
  protected end(failure: string): void {
    if (this.isClosed) return;
    this.#close();
    if (this.pending > 0) this.turn(() => this.exchanges.failAll(this, failure));
  }

  #close(): void {
    this.isClosed = true;
    this.host.deadlines.cancel(this.#deadline);
    this.upstream.forget(this);
    this.destroy();
  }

  get timeoutText(): string {
    if (!this.isReady) return `dial tcp ${this.upstream.address.text}: i/o timeout`;
    if (this.#timeoutText === '') this.#timeoutText = `read tcp ${this.#ends}: i/o timeout`;
    return this.#timeoutText;
  }

  /**
   * A server that has said nothing at all since the request may have gone without a word: it gets no new ones over this connection. One that only is
   * slow with some names keeps it: a new one would cost a handshake and be no faster.
   */
  timedOut(): void {
    if (this.#heardAt <= this.exchanges.sentAt[this.first]) this.#retired = true;
  }

  emptied(): void {
    if (this.isClosed) return;
    const { expire } = this.upstream.settings;
    if (this.#retired || !this.upstream.keepsIdle()) {
      this.#close();
      return;
    }
    this.#idleSince = this.host.clock.now;
    if (this.#deadline === -1 && expire > 0) this.#wait(expire);
  }

  #wait(milliseconds: number): void {
    this.#deadline = this.host.deadlines.start(this, 0, Math.min(milliseconds, MAX_DEADLINE));
  }

  /** The idle time may be over. */
  expire(): void {
    this.#deadline = -1;
    if (this.isClosed || this.pending > 0) return;
    const left = this.upstream.settings.expire - (this.host.clock.now - this.#idleSince);
    if (left <= 0) this.#close();
    else this.#wait(left);
  }

  /** Closes a connection that is good for nothing any more and not waited for. */
  discard(): void {
    if (this.pending === 0 && !this.isClosed) this.#close();
  }

  /** Takes no more requests, and closes when the last reply has come or is not waited for any longer. */
  retire(): void {
    this.#retired = true;
    this.discard();
  }
}
