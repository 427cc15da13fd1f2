// Datagrams in batches: up to 64 read or sent by one system call, straight from and into the arena. The hottest loop of the server.

import type { Arena } from './arena.ts';
import { type BlockPool, BlockPools } from './block-pool.ts';
import type { DatagramIo, DatagramOptions, DatagramSink, DatagramSocket } from './datagram.ts';
import { checkOptions } from './datagram-options.ts';
import { closeDescriptor, type Descriptor, openDescriptor } from './descriptor.ts';
import { Doorbell, type Waiter } from './doorbell.ts';
import { errorName } from './errno.ts';
import { type Ffi, SYS_RECVMMSG, SYS_SENDMMSG } from './ffi.ts';
import { Inbox } from './inbox.ts';
import { MSG_DONTWAIT } from './message-header.ts';
import { Outbox } from './outbox.ts';

/** Batches of one socket before the next one has its turn; the doorbell comes back for more. */
const ROUNDS = 2;
/** Times that sending one batch is tried again after an interrupt or a refusal that was reported in place of sending. */
const RETRIES = 8;

const EINTR = 4;
const EAGAIN = 11;
const ENOMEM = 12;
const ENOBUFS = 105;
const ECONNREFUSED = 111;

export class BatchedIo implements DatagramIo {
  readonly name = 'batched';
  readonly #arena: Arena;
  readonly #calls: Ffi;
  /** Inboxes by shape: all sockets of the thread with the same shape use the same one. */
  readonly #inboxes = new Map<string, Inbox>();
  readonly #outboxes = new BlockPools<Outbox>();
  readonly #doorbell: Doorbell;

  constructor(arena: Arena, calls: Ffi) {
    this.#arena = arena;
    this.#calls = calls;
    this.#doorbell = new Doorbell(arena, calls);
  }

  async open(options: DatagramOptions): Promise<DatagramSocket> {
    checkOptions(options);
    const descriptor = openDescriptor(this.#calls, options);
    try {
      const inbox = this.#inbox(options, descriptor.control);
      return new BatchedSocket(this.#calls, descriptor, inbox, this.#pool(options), this.#doorbell);
    } catch (error) {
      closeDescriptor(descriptor.fd);
      throw error;
    }
  }

  #inbox(options: DatagramOptions, control: boolean): Inbox {
    const shape = `${options.batch} ${options.slotBytes} ${control}`;
    let inbox = this.#inboxes.get(shape);
    if (inbox === undefined) {
      inbox = new Inbox(this.#arena, options.batch, options.slotBytes, control);
      this.#inboxes.set(shape, inbox);
    }
    return inbox;
  }

  #pool({ batch, sendBytes }: DatagramOptions): BlockPool<Outbox> {
    return this.#outboxes.of(`${batch} ${sendBytes}`, () => new Outbox(this.#arena, batch, sendBytes));
  }
}

class BatchedSocket implements DatagramSocket, Waiter {
  readonly port: number;
  readonly address: string;
  readonly family: 4 | 6;
  readonly #calls: Ffi;
  readonly #fd: number;
  readonly #inbox: Inbox;
  readonly #pool: BlockPool<Outbox>;
  readonly #doorbell: Doorbell;
  #outbox: Outbox;
  #sink: DatagramSink | null = null;
  /** What the doorbell knows the socket by; -1 while it is not read. */
  #place = -1;
  #open = true;
  #dropped = 0;
  #refused = 0;

  constructor(calls: Ffi, descriptor: Descriptor, inbox: Inbox, pool: BlockPool<Outbox>, doorbell: Doorbell) {
    this.port = descriptor.port;
    this.address = descriptor.address;
    this.family = descriptor.family;
    this.#calls = calls;
    this.#fd = descriptor.fd;
    this.#inbox = inbox;
    this.#pool = pool;
    this.#doorbell = doorbell;
    doorbell.acquire();
    this.#outbox = pool.take();
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

  at(i: number): number {
    return this.#inbox.at(i);
  }

  length(i: number): number {
    return this.#inbox.length(i);
  }

  peerAt(i: number): number {
    return this.#inbox.peerAt(i);
  }

  cut(i: number): boolean {
    return this.#inbox.cut(i);
  }

  slot(): number {
    return this.#outbox.slot;
  }

  commit(length: number, peerAt: number): void {
    if (!this.#open || length > this.#outbox.sendBytes) this.#dropped++;
    else if (this.#outbox.commit(length, peerAt)) this.flush();
  }

  /** Refusals are told when the outbox is empty again, so that the sink may commit more. */
  flush(): void {
    const outbox = this.#outbox;
    const total = outbox.count;
    if (total === 0) return;
    const refused = this.#refused;
    this.#send(total);
    outbox.clear();
    if (this.#refused !== refused) this.#sink?.error?.(this, 'ECONNREFUSED');
  }

  #send(total: number): void {
    const { pointers } = this.#outbox;
    let retries = RETRIES;
    for (let sent = 0; sent < total; ) {
      const count = this.#calls.messages(SYS_SENDMMSG, this.#fd, pointers[sent], total - sent, MSG_DONTWAIT, null);
      if (count > 0) {
        sent += count;
        continue;
      }
      const lost = this.#lost(total - sent);
      if (lost === 0 && retries-- > 0) continue;
      this.#dropped += lost === 0 ? 1 : lost;
      sent += lost === 0 ? 1 : lost;
    }
  }

  /**
   * How many of the `left` datagrams the failed call means: none when it was not about sending, all when the kernel has no room
   * (waiting would hold up those behind), else the first one, which cannot be sent as it is.
   */
  #lost(left: number): number {
    const errno = this.#calls.errno();
    if (errno === EINTR) return 0;
    if (errno === ECONNREFUSED) {
      this.#refused++;
      return 0;
    }
    return errno === EAGAIN || errno === ENOBUFS || errno === ENOMEM ? left : 1;
  }

  /** Called by the doorbell. */
  ready(): void {
    const sink = this.#sink;
    if (sink === null) return;
    const inbox = this.#inbox;
    for (let round = 0; round < ROUNDS && this.#place >= 0; round++) {
      const count = this.#calls.messages(SYS_RECVMMSG, this.#fd, inbox.pointer, inbox.batch, MSG_DONTWAIT, null);
      if (count > 0) {
        inbox.settle(count);
        this.#serve(sink, count);
        if (count < inbox.batch) return;
      } else if (!this.#mayGoOn(sink)) return;
    }
  }

  /** Whatever happens in the sink, nothing may stay behind that points to records of this batch. */
  #serve(sink: DatagramSink, count: number): void {
    try {
      sink.batch(this, count);
    } finally {
      this.flush();
    }
  }

  /** After a read that failed: whether another one makes sense. */
  #mayGoOn(sink: DatagramSink): boolean {
    const errno = this.#calls.errno();
    if (errno === EAGAIN) return false;
    if (errno === EINTR) return true;
    if (errno === ECONNREFUSED) this.#refused++;
    sink.error?.(this, errorName(errno));
    return errno === ECONNREFUSED;
  }

  pause(): void {
    if (this.#place < 0) return;
    this.#doorbell.unwatch(this.#fd, this.#place);
    this.#place = -1;
  }

  resume(): void {
    if (this.#place < 0 && this.#open && this.#sink !== null) this.#place = this.#doorbell.watch(this.#fd, this);
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.pause();
    this.#open = false;
    closeDescriptor(this.#fd);
    this.#doorbell.release();
    this.#leaveOutbox();
  }

  /** Whoever is in the middle of a batch may still write to the slot that it got before. */
  #leaveOutbox(): void {
    const outbox = this.#outbox;
    this.#outbox = this.#pool.discard;
    setImmediate(() => this.#pool.leave(outbox));
  }
}
