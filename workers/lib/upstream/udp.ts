// UDP to one upstream: a pool of connected sockets with ports of the kernel's choice. Hot, apart from opening and closing.

import type { DatagramSink, DatagramSocket } from '#native/datagram.ts';
import { errorText, SystemError } from '#native/errno.ts';
import type { Host } from '../../chain/handler.ts';
import { hostPort, sourceFor, type UpstreamAddress } from './address.ts';
import { Channel, NOT_SENT, SENT, type Sent } from './channel.ts';
import type { ConnectionSlots, UpstreamContext } from './context.ts';

/** Longest request that goes by UDP; clients of ours send 512 octets at most, larger ones come over TCP or from plugins. */
export const MAX_UDP_REQUEST = 4096;
/** Octets of a receive slot: the largest datagram but for a few. 1,023 cache lines apart, so that slots do not share the same sets. */
const RECEIVE_BYTES = 1023 * 64;
/** Datagrams a system call. Replies come in smaller batches than queries, for they spread over the sockets. */
const BATCH = 32;
/** Octets of the kernel's queue per socket: some 400 replies. Drops show as timeouts of a healthy upstream. */
const RECEIVE_BUFFER = 512 * 1024;
/**
 * Milliseconds after which a socket gives way to one with a new port, however few queries it had. A port that stays for a minute leaves an
 * off-path attacker a minute to find it by probing (RFC 5452 §9.2); more often means system calls for idle servers.
 */
const MAX_AGE = 60_000;

/**
 * Requests go out over a socket drawn at random from `tuning.forwardSockets`, each with a port that the kernel chose at random: an attacker
 * has to guess port and id. No thread has a range of its own and none counts upwards: who knows the ports of one thread knows nothing of the
 * next one (CVE-2026-50252); primary/e2e/randomness.test.ts watches that. The draw is made once a batch of queries, not once a query: the
 * queries of a batch then leave in one system call instead of one each, and what an attacker may learn, that neighbours in time share a
 * port, does not tell which one it is. Sockets are opened when they are first drawn, and replaced after `tuning.forwardSocketQueries`
 * queries or a minute.
 */
export class UdpUpstream {
  readonly address: UpstreamAddress;
  readonly context: UpstreamContext;
  readonly slots: ConnectionSlots;
  /** IP address to come from; '' leaves it to the kernel. */
  readonly source: string;
  readonly #channels: (UdpChannel | null)[];
  /** Sockets that were replaced and wait for their last replies; at most as many as there are current ones. */
  readonly #retired = new Set<UdpChannel>();
  #drawn = 0;
  #drawnAt = -1;
  #closed = false;

  constructor(context: UpstreamContext, address: UpstreamAddress, slots: ConnectionSlots, source = '') {
    this.context = context;
    this.address = address;
    this.slots = slots;
    this.source = source;
    this.#channels = new Array<UdpChannel | null>(context.host.tuning.forwardSockets).fill(null);
  }

  /** Sends the request of an exchange within the current turn, or once its socket is open. */
  send(slot: number, milliseconds: number): Sent {
    const { exchanges, host } = this.context;
    const channel = this.#draw();
    if (!exchanges.attach(slot, channel, milliseconds)) return NOT_SENT;
    host.counters.add(channel.isOpen ? this.slots.hits : this.slots.misses);
    channel.send(slot);
    return SENT;
  }

  #draw(): UdpChannel {
    const { now } = this.context.host.clock;
    if (now !== this.#drawnAt) {
      this.#drawnAt = now;
      this.#drawn = this.context.random.below(this.#channels.length);
    }
    const channel = this.#channels[this.#drawn];
    if (channel === null) return this.#open(this.#drawn);
    if (channel.worn(now) && this.#retired.size < this.#channels.length) this.#replace(this.#drawn, channel);
    return channel;
  }

  #open(index: number): UdpChannel {
    const channel = new UdpChannel(this);
    this.#channels[index] = channel;
    channel.open((opened) => {
      if (!opened && this.#channels[index] === channel) this.#channels[index] = null;
    });
    return channel;
  }

  /** The old socket goes on until the new one is open. */
  #replace(index: number, old: UdpChannel): void {
    const channel = new UdpChannel(this);
    old.renew();
    channel.open((opened) => {
      if (!opened) return;
      if (this.#closed || this.#channels[index] !== old) {
        channel.retire();
        return;
      }
      this.#channels[index] = channel;
      this.#retired.add(old);
      old.retire();
    });
  }

  forget(channel: UdpChannel): void {
    this.#retired.delete(channel);
  }

  /** Open and opening sockets, the replaced ones included. */
  get sockets(): number {
    return this.#channels.filter((channel) => channel !== null).length + this.#retired.size;
  }

  /** Closes the sockets as soon as nobody waits for a reply. */
  close(): void {
    this.#closed = true;
    for (const [index, channel] of this.#channels.entries()) {
      this.#channels[index] = null;
      channel?.retire();
    }
  }
}

/** One connected socket. Requests that come before it is open wait in its list of pending exchanges. */
class UdpChannel extends Channel implements DatagramSink {
  readonly #upstream: UdpUpstream;
  readonly #host: Host;
  #socket: DatagramSocket | null = null;
  #queries = 0;
  #openedAt = 0;
  #retired = false;
  #closed = false;
  #timeoutText = '';
  #refusal = '';

  constructor(upstream: UdpUpstream) {
    super(upstream.context.exchanges);
    this.#upstream = upstream;
    this.#host = upstream.context.host;
    this.#openedAt = this.#host.clock.now;
  }

  get isOpen(): boolean {
    return this.#socket !== null;
  }

  /** Time for a socket with another port. */
  worn(now: number): boolean {
    const used = this.#queries >= this.#host.tuning.forwardSocketQueries || now - this.#openedAt >= MAX_AGE;
    return used && this.#socket !== null;
  }

  /** Begins to count anew: a replacement is on its way, or could not be opened and is tried again later. */
  renew(): void {
    this.#queries = 0;
    this.#openedAt = this.#host.clock.now;
  }

  /** Opens the socket and sends what has been waiting; `done` hears whether that worked. */
  open(done: (opened: boolean) => void): void {
    const { address, port } = this.#upstream.address;
    const family = address.includes(':') ? 6 : 4;
    this.#host.io
      .open({
        family,
        address: '',
        port: 0,
        reusePort: false,
        receiveBuffer: RECEIVE_BUFFER,
        batch: BATCH,
        slotBytes: RECEIVE_BYTES,
        sendBytes: MAX_UDP_REQUEST,
        connect: { address, port },
        local: sourceFor(this.#upstream.address, this.#upstream.source),
      })
      .then(
        (socket) => this.#opened(socket, done),
        (error: unknown) => this.#notOpened(error, done),
      );
  }

  #opened(socket: DatagramSocket, done: (opened: boolean) => void): void {
    this.#socket = socket;
    socket.listen(this);
    this.#host.turn.begin();
    try {
      for (let slot = this.first; slot >= 0; slot = this.exchanges.after(slot)) this.send(slot);
    } finally {
      this.#host.turn.end();
    }
    done(true);
    if (this.#retired && this.pending === 0) this.#close();
  }

  #notOpened(error: unknown, done: (opened: boolean) => void): void {
    this.#closed = true;
    done(false);
    this.#failAll(`dial udp ${this.#upstream.address.text}: ${reasonOf(error)}`);
  }

  /** Hot. */
  send(slot: number): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#queries++;
    socket.commit(this.exchanges.write(slot, this.#host.arena.bytes, socket.slot()), 0);
    this.#host.turn.flushLater(socket);
  }

  /** Hot. A bug behind `deliver` must not leave the turn open. */
  batch(socket: DatagramSocket, count: number): void {
    const { arena, counters, turn } = this.#host;
    turn.begin();
    try {
      for (let i = 0; i < count; i++) {
        const taken = this.exchanges.deliver(this, arena.bytes, socket.at(i), socket.length(i), socket.cut(i));
        if (!taken) counters.add(this.#upstream.slots.ignored);
      }
    } finally {
      turn.end();
    }
  }

  /**
   * The upstream's host says that nobody listens, or there is no way to it. It comes in the middle of a flush, so it is acted upon
   * afterwards, once for all refusals until then.
   */
  error(_socket: DatagramSocket, code: string): void {
    if (this.#refusal !== '') return;
    this.#refusal = code;
    setImmediate(() => {
      this.#refusal = '';
      if (this.pending > 0) this.#failAll(`read udp ${this.#ends()}: read: ${errorText(code)}`);
    });
  }

  #failAll(failure: string): void {
    this.#host.turn.begin();
    try {
      this.exchanges.failAll(this, failure);
    } finally {
      this.#host.turn.end();
    }
  }

  get timeoutText(): string {
    if (this.#socket === null) return `dial udp ${this.#upstream.address.text}: i/o timeout`;
    if (this.#timeoutText === '') this.#timeoutText = `read udp ${this.#ends()}: i/o timeout`;
    return this.#timeoutText;
  }

  #ends(): string {
    const { address, port } = this.#socket ?? { address: '', port: 0 };
    return `${hostPort(address, port)}->${this.#upstream.address.text}`;
  }

  timedOut(): void {}

  emptied(): void {
    if (this.#retired && this.#socket !== null) this.#close();
  }

  /** Takes no more requests, and closes when the last reply has come or is not waited for any longer. */
  retire(): void {
    this.#retired = true;
    if (this.pending === 0 && this.#socket !== null) this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#upstream.forget(this);
    this.#socket?.close();
  }
}

/** `connect: network is unreachable` */
function reasonOf(error: unknown): string {
  if (error instanceof SystemError) return `${error.syscall}: ${errorText(error.code)}`;
  return error instanceof Error ? error.message : String(error);
}
