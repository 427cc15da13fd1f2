// What the server knows about datagrams: the socket interface, who implements it on this machine, and the peer record. No I/O here.

import type { Arena } from './arena.ts';
import { BatchedIo } from './batched.ts';
import { ffi, ffiMissing } from './ffi.ts';
import { PlainIo } from './plain.ts';

// The record is part of the contract; it stands apart because the implementations need it too.
export { localText, PEER_BYTES, peerAddressAt, peerFamily, peerPort, peerText, writePeer } from './peer.ts';

/** One way of doing datagram I/O for one thread. */
export interface DatagramIo {
  readonly name: 'batched' | 'dgram';
  /** @throws SystemError in Go's words when the port cannot be had; RangeError or TypeError for options that make no sense */
  open(options: DatagramOptions): Promise<DatagramSocket>;
}

export interface DatagramOptions {
  readonly family: 4 | 6;
  /** To bind to; '' is the wildcard, which answers from the address that was asked (batched only) and, for family 6, takes no IPv4. */
  readonly address: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  /** Share the port with other sockets; the kernel spreads the peers over them. */
  readonly reusePort: boolean;
  /** Octets of the kernel's receive queue, 0 for its default; it may grant less. */
  readonly receiveBuffer: number;
  /** Datagrams read or sent in one system call, 1 to 64. */
  readonly batch: number;
  /** Size of a receive slot: longer datagrams are cut, and `cut(i)` tells. */
  readonly slotBytes: number;
  /** Longest datagram that can be sent. Memory is taken only for what is written. */
  readonly sendBytes: number;
  /** Talk to this peer only. */
  readonly connect?: { readonly address: string; readonly port: number } | undefined;
  /** Source address of a connected socket; as `address`, which stays '' then. */
  readonly local?: string | undefined;
}

/** Who reads a socket. */
export interface DatagramSink {
  /** `count` datagrams stand in the inbox, until this returns. What was committed to `socket` is flushed afterwards. */
  batch(socket: DatagramSocket, count: number): void;
  /** A connected peer refused (`ECONNREFUSED`), or reading failed otherwise. May be called during `flush`. */
  error?(socket: DatagramSocket, code: string): void;
}

/** All offsets are those of the arena that the DatagramIo was opened with. */
export interface DatagramSocket {
  readonly port: number;
  /** As bound: '0.0.0.0' or '::' for the wildcard. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Begins reading. Reads a few batches a wake-up, then lets the event loop go on. */
  listen(sink: DatagramSink): void;

  /** Offset of payload i of the inbox. */
  at(i: number): number;
  /** Its length. */
  length(i: number): number;
  /** Offset of its peer record. */
  peerAt(i: number): number;
  /** True when it was longer than its slot. */
  cut(i: number): boolean;

  /** Offset where the next datagram may be written, `sendBytes` long. The same until `commit`. */
  slot(): number;
  /** Sends the slot's first `length` octets to the peer whose record stands at `peerAt` and must stay there until `flush`; 0: to the connected peer. Flushes when the outbox is full. */
  commit(length: number, peerAt: number): void;
  /** Hands to the kernel what was committed. */
  flush(): void;

  /** Datagrams that were not sent: the kernel did not take them, they were too long, or the socket was closed. */
  readonly dropped: number;
  /** How often a connected peer refused. */
  readonly refused: number;
  /** Stops reading; the kernel goes on queueing. Sending works. */
  pause(): void;
  resume(): void;
  /** Flushes, then closes. Safe within `batch`; closing again does nothing. */
  close(): void;
}

/**
 * Datagram I/O for the thread that owns `arena`. `auto` takes system calls in batches where there is FFI, `node:dgram` elsewhere.
 * @throws Error when `batched` is wanted and there is no FFI
 */
export function openDatagramIo(arena: Arena, kind: 'auto' | 'batched' | 'dgram'): DatagramIo {
  const calls = kind === 'dgram' ? undefined : ffi();
  if (calls !== undefined) return new BatchedIo(arena, calls);
  if (kind === 'batched') throw new Error(`datagrams in batches need system calls: ${ffiMissing()}`);
  return new PlainIo(arena);
}
