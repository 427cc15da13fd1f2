// Tells which sockets of a thread have something to read: one epoll instance for all of them, rung through a Node handle. Hot, once a wake-up.

import { createSocket, type Socket } from 'node:dgram';
import type { Arena } from './arena.ts';
import { errorName, SystemError } from './errno.ts';
import type { Ffi } from './ffi.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/**
 * ```
 * x64    0 events u32 · 4 data u64                  packed
 * arm64  0 events u32 · 4 – · 8 data u64
 * ```
 * The lower half of data is the socket's place in the table; it stands at a multiple of 4 on both.
 */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const EVENT_DATA = EVENT_BYTES - 8;
/** Sockets that are served in one wake-up; the kernel begins with the others in the next one. */
const EVENTS = 64;
/**
 * Times that sockets are looked for in one wake-up. More save rings (10 µs each) under load; fewer let timers and connections have their
 * turn sooner: 4 times 2 batches of 64 are 2 to 3 ms. Revise when the loop's delay grows under load.
 */
const PASSES = 4;

/** Who waits for a descriptor. */
export interface Waiter {
  /** The descriptor can be read, or has an error pending. */
  ready(): void;
}

/**
 * The loop of a thread watches a `node:dgram` socket whose descriptor has been replaced by the epoll instance (`dup3`). When a watched
 * socket is readable so is the instance; libuv then tries to receive from it, which is refused (ENOTSOCK), and Node tells so by an
 * `error` event: that is the ring. It takes nothing away and goes on as long as something is left to read.
 *
 * Why not a poll handle of an addon: it calls JavaScript by Node-API, and when the thread is terminated, or runs out of heap, at that
 * moment the call fails in a way that aborts the process with all its threads. Node's own callbacks do not; they also run promises and
 * ticks afterwards and report exceptions. A ring costs some 4 µs more than a poll handle; under load it stands for hundreds of datagrams.
 */
export class Doorbell {
  readonly #calls: Ffi;
  readonly #words: Uint32Array;
  readonly #events: number;
  /** Address of `#events`. */
  readonly #pointer: bigint;
  readonly #waiters: (Waiter | null)[] = [];
  #bell: Socket | null = null;
  /** The epoll instance; it belongs to `#bell`. */
  #fd = -1;
  #users = 0;
  #watched = 0;

  constructor(arena: Arena, calls: Ffi) {
    this.#calls = calls;
    this.#words = arena.words;
    this.#events = arena.allocate(EVENTS * EVENT_BYTES, 16);
    this.#pointer = BigInt(arena.base + this.#events);
  }

  /**
   * Once for every socket, before it is watched.
   * @throws SystemError when there are no descriptors left
   */
  acquire(): void {
    if (this.#users === 0) this.#open();
    this.#users++;
  }

  /** Once for every socket, when it is closed. */
  release(): void {
    if (--this.#users > 0) return;
    this.#bell?.close();
    this.#bell = null;
    this.#fd = -1;
  }

  /** Calls `waiter` when `fd` is readable, and keeps the thread alive; returns what `unwatch` wants. */
  watch(fd: number, waiter: Waiter): number {
    let place = this.#waiters.indexOf(null);
    if (place < 0) place = this.#waiters.length;
    this.#control(EPOLL_CTL_ADD, fd, place);
    this.#waiters[place] = waiter;
    if (++this.#watched === 1) this.#bell?.ref();
    return place;
  }

  /** Before `fd` is closed. */
  unwatch(fd: number, place: number): void {
    this.#control(EPOLL_CTL_DEL, fd, place);
    this.#waiters[place] = null;
    if (--this.#watched === 0) this.#bell?.unref();
  }

  #control(operation: number, fd: number, place: number): void {
    const event = new Uint8Array(EVENT_BYTES);
    event[0] = EPOLLIN;
    new DataView(event.buffer).setUint32(EVENT_DATA, place, true);
    if (this.#calls.epollControl(this.#fd, operation, fd, event) < 0) throw this.#failure('epoll_ctl');
  }

  #open(): void {
    const calls = this.#calls;
    const epoll = calls.epollCreate(EPOLL_CLOEXEC);
    if (epoll < 0) throw this.#failure('epoll_create1');
    try {
      this.#adopt(epoll);
    } finally {
      calls.close(epoll);
    }
  }

  /** From `bind` on the descriptor belongs to the bell: it goes with it, and with the thread. */
  #adopt(epoll: number): void {
    const fd = this.#calls.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw this.#failure('socket');
    const bell = createSocket('udp4');
    bell.on('error', () => this.#ring());
    bell.bind({ fd, exclusive: true });
    bell.unref();
    if (this.#calls.dup3(epoll, fd, SOCK_CLOEXEC) < 0) {
      const failure = this.#failure('dup3');
      bell.close();
      throw failure;
    }
    this.#bell = bell;
    this.#fd = fd;
  }

  /** Looks again after having served: what has come meanwhile saves a ring. */
  #ring(): void {
    for (let pass = 0; pass < PASSES && this.#fd >= 0; pass++) {
      const count = this.#calls.epollWait(this.#fd, this.#pointer, EVENTS, 0);
      if (count <= 0) return;
      for (let i = 0; i < count; i++) {
        const place = this.#words[(this.#events + i * EVENT_BYTES + EVENT_DATA) >> 2];
        // Whoever was served before may have closed this one.
        this.#waiters[place]?.ready();
      }
    }
  }

  #failure(syscall: string): SystemError {
    return new SystemError(errorName(this.#calls.errno()), syscall);
  }
}
