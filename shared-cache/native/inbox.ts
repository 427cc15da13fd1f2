// Where recvmmsg puts datagrams and their senders. Sockets of a thread share one, because a batch is over before the next begins. Hot.

import type { Arena } from './arena.ts';
import { HEADER, HEADER_BYTES, IOVEC, IOVEC_BYTES, MSG_TRUNC, writePointer } from './message-header.ts';
import { PEER, PEER_BYTES } from './peer.ts';

/** Room for a name: the larger of the two socket addresses. */
const NAME_ROOM = PEER.LENGTH - PEER.FAMILY;
/** Room for a control message: the larger of the two. */
const CONTROL_ROOM = PEER.CONTROL_LENGTH - PEER.CONTROL;
/** CMSG_SPACE of in_pktinfo. */
const CONTROL4 = 32;

export class Inbox {
  readonly batch: number;
  /** First header, as recvmmsg takes it. */
  readonly pointer: bigint;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #headers: number;
  readonly #peers: number;
  readonly #slots: number;
  readonly #slotBytes: number;
  readonly #controlRoom: number;

  /** `control`: ask for the address that a datagram was sent to. */
  constructor(arena: Arena, batch: number, slotBytes: number, control: boolean) {
    this.batch = batch;
    this.#bytes = arena.bytes;
    this.#words = arena.words;
    this.#slotBytes = (slotBytes + 7) & ~7;
    this.#controlRoom = control ? CONTROL_ROOM : 0;
    this.#headers = arena.allocate(batch * HEADER_BYTES, 64);
    this.#peers = arena.allocate(batch * PEER_BYTES, 16);
    this.#slots = arena.allocate(batch * this.#slotBytes, 64);
    this.pointer = BigInt(arena.base + this.#headers);
    const iovecs = arena.allocate(batch * IOVEC_BYTES, 16);
    for (let i = 0; i < batch; i++) this.#prepare(arena.base, iovecs + i * IOVEC_BYTES, i, slotBytes);
  }

  #prepare(base: number, iovec: number, i: number, slotBytes: number): void {
    const words = this.#words;
    const header = this.#headers + i * HEADER_BYTES;
    writePointer(words, header + HEADER.NAME, base + this.peerAt(i));
    writePointer(words, header + HEADER.IOVEC, base + iovec);
    writePointer(words, header + HEADER.CONTROL, base + this.peerAt(i) + PEER.CONTROL);
    words[(header + HEADER.NAME_LENGTH) >> 2] = NAME_ROOM;
    words[(header + HEADER.IOVECS) >> 2] = 1;
    words[(header + HEADER.CONTROL_LENGTH) >> 2] = this.#controlRoom;
    writePointer(words, iovec + IOVEC.POINTER, base + this.at(i));
    words[(iovec + IOVEC.LENGTH) >> 2] = slotBytes;
  }

  at(i: number): number {
    return this.#slots + i * this.#slotBytes;
  }

  length(i: number): number {
    return this.#words[(this.#headers + i * HEADER_BYTES + HEADER.OCTETS) >> 2];
  }

  peerAt(i: number): number {
    return this.#peers + i * PEER_BYTES;
  }

  cut(i: number): boolean {
    return (this.#words[(this.#headers + i * HEADER_BYTES + HEADER.FLAGS) >> 2] & MSG_TRUNC) !== 0;
  }

  /** Completes the peer records of the `count` datagrams just received and makes their headers ready for the next call. */
  settle(count: number): void {
    const words = this.#words;
    const controlRoom = this.#controlRoom;
    let header = this.#headers >> 2;
    let peer = this.#peers >> 2;
    for (let i = 0; i < count; i++) {
      words[peer + (PEER.LENGTH >> 2)] = words[header + (HEADER.NAME_LENGTH >> 2)];
      words[header + (HEADER.NAME_LENGTH >> 2)] = NAME_ROOM;
      const control = words[header + (HEADER.CONTROL_LENGTH >> 2)];
      words[peer + (PEER.CONTROL_LENGTH >> 2)] = control;
      words[header + (HEADER.CONTROL_LENGTH >> 2)] = controlRoom;
      if (control !== 0) this.#freeRoute(peer << 2, control);
      header += HEADER_BYTES >> 2;
      peer += PEER_BYTES >> 2;
    }
  }

  /**
   * The answer keeps the address but goes where the routing table says, not back through the interface that the query came by.
   * A group's address (IPv6 multicast) cannot be a source: the kernel then chooses one. For IPv4 the kernel has chosen already.
   */
  #freeRoute(peer: number, control: number): void {
    if (control === CONTROL4) {
      this.#words[(peer + PEER.INFO) >> 2] = 0;
      return;
    }
    this.#words[(peer + PEER.INTERFACE6) >> 2] = 0;
    if (this.#bytes[peer + PEER.INFO] === 0xff) this.#words[(peer + PEER.CONTROL_LENGTH) >> 2] = 0;
  }
}
