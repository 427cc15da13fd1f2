// Datagrams that wait for sendmmsg: payloads packed one after another, headers that point to them. One per socket. Hot.

import type { Arena } from './arena.ts';
import { HEADER, HEADER_BYTES, IOVEC, IOVEC_BYTES, writePointer } from './message-header.ts';
import { PEER } from './peer.ts';

/**
 * Octets of packing room a datagram. Payloads are packed, not kept in slots of `sendBytes`: at a stride of 64 KiB they all fall into
 * the same few sets of the processor's cache. Answers larger than this on average make batches shorter; more room takes memory.
 * Revise it when the mean answer size (`coredns_dns_response_size_bytes`) comes near to it.
 */
const ROOM = 1024;
/** Payloads begin at cache lines. */
const LINE = 64;

export class Outbox {
  readonly sendBytes: number;
  /** `pointers[i]`: header i, as sendmmsg takes it. Made in advance, because a BigInt is an allocation. */
  readonly pointers: readonly bigint[];
  readonly #words: Uint32Array;
  readonly #batch: number;
  readonly #headers: number;
  readonly #iovecs: number;
  readonly #space: number;
  /** Last offset at which a datagram of `sendBytes` can begin. */
  readonly #last: number;
  /** The lower and upper half of the address of offset 0. */
  readonly #low: number;
  readonly #high: number;
  #next: number;
  #count = 0;

  constructor(arena: Arena, batch: number, sendBytes: number) {
    this.sendBytes = sendBytes;
    this.#words = arena.words;
    this.#batch = batch;
    this.#low = arena.base | 0;
    this.#high = Math.floor(arena.base / 2 ** 32);
    this.#headers = arena.allocate(batch * HEADER_BYTES, LINE);
    this.#iovecs = arena.allocate(batch * IOVEC_BYTES, 16);
    this.#space = arena.allocate(sendBytes + batch * ROOM, LINE);
    this.#last = this.#space + batch * ROOM;
    this.#next = this.#space;
    this.pointers = Array.from({ length: batch }, (_, i) => BigInt(arena.base + this.#headers + i * HEADER_BYTES));
    for (let i = 0; i < batch; i++) this.#prepare(arena.base, i);
  }

  #prepare(base: number, i: number): void {
    const header = this.#headers + i * HEADER_BYTES;
    const iovec = this.#iovecs + i * IOVEC_BYTES;
    writePointer(this.#words, header + HEADER.IOVEC, base + iovec);
    this.#words[(header + HEADER.IOVECS) >> 2] = 1;
    writePointer(this.#words, iovec + IOVEC.POINTER, base + this.#space);
  }

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  /** Offset of the next payload. */
  get slot(): number {
    return this.#next;
  }

  /** Adds the slot's first `length` octets; true when nothing more fits. */
  commit(length: number, peerAt: number): boolean {
    const words = this.#words;
    const header = (this.#headers + this.#count * HEADER_BYTES) >> 2;
    const iovec = (this.#iovecs + this.#count * IOVEC_BYTES) >> 2;
    words[iovec + (IOVEC.POINTER >> 2)] = this.#low + this.#next;
    words[iovec + (IOVEC.LENGTH >> 2)] = length;
    if (peerAt === 0) this.#unaddressed(header);
    else this.#addressed(header, peerAt);
    this.#count++;
    this.#next += (length + LINE - 1) & -LINE;
    return this.#count === this.#batch || this.#next > this.#last;
  }

  #addressed(header: number, peerAt: number): void {
    const words = this.#words;
    words[header + (HEADER.NAME >> 2)] = this.#low + peerAt;
    words[header + (HEADER.NAME >> 2) + 1] = this.#high;
    words[header + (HEADER.NAME_LENGTH >> 2)] = words[(peerAt + PEER.LENGTH) >> 2];
    words[header + (HEADER.CONTROL >> 2)] = this.#low + peerAt + PEER.CONTROL;
    words[header + (HEADER.CONTROL >> 2) + 1] = this.#high;
    words[header + (HEADER.CONTROL_LENGTH >> 2)] = words[(peerAt + PEER.CONTROL_LENGTH) >> 2];
  }

  #unaddressed(header: number): void {
    const words = this.#words;
    words[header + (HEADER.NAME >> 2)] = 0;
    words[header + (HEADER.NAME >> 2) + 1] = 0;
    words[header + (HEADER.NAME_LENGTH >> 2)] = 0;
    words[header + (HEADER.CONTROL_LENGTH >> 2)] = 0;
  }

  /** Forgets what has been sent. */
  clear(): void {
    this.#count = 0;
    this.#next = this.#space;
  }
}
