// Opens, binds and connects the file descriptor of a UDP socket. Cold.

import { formatAddress } from './address.ts';
import type { DatagramOptions } from './datagram.ts';
import { bindAddress, sourceOf } from './datagram-options.ts';
import { endpoint, errorName, listenError, SystemError } from './errno.ts';
import type { Ffi } from './ffi.ts';
import { AF_INET, AF_INET6, PEER, PEER_BYTES, peerAddressAt, peerFamily, peerPort, writePeer } from './peer.ts';

/** Not imported: the module's facade would touch every export, among them streams and promises (10 to 20 ms in every isolate). */
const { closeSync, constants, openSync } = process.getBuiltinModule('node:fs');

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;

/**
 * Octets of the send queue. A batch of 64 large answers is to fit while the network card is busy, else the rest of it is dropped;
 * the kernel's usual 208 KiB hold about 90 answers of 1232 octets with their overhead. Revise when the socket's `dropped` grows.
 */
const SEND_BUFFER = 1 << 20;

/** An open socket. */
export interface Descriptor {
  readonly fd: number;
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  /** Datagrams come with the address that they were sent to. */
  readonly control: boolean;
}

/** @throws SystemError, TypeError for an address that is none or of the other family */
export function openDescriptor(calls: Ffi, options: DatagramOptions): Descriptor {
  const bindTo = bindAddress(options);
  const family = bindTo?.family ?? options.family;
  const fd = openSocket(calls, family, options);
  try {
    configure(calls, fd, family, options);
    const control = bindTo === undefined && options.connect === undefined;
    if (control && family === 4) set(calls, fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (control && family === 6) set(calls, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    bind(calls, fd, family, options);
    connect(calls, fd, options);
    return { fd, control, ...boundTo(calls, fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Closes what `openDescriptor` opened. */
export function closeDescriptor(fd: number): void {
  closeSync(fd);
}

/**
 * The socket under a descriptor that Node opened: Node closes those of a thread with the thread, however it ends.
 * Otherwise the socket of a dead thread would stay in its reuseport group and swallow its share of the queries.
 */
function openSocket(calls: Ffi, family: 4 | 6, options: DatagramOptions): number {
  const socket = calls.socket(family === 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) throw openError(options, errorName(calls.errno()), 'socket');
  try {
    const fd = openPlaceholder(options);
    if (calls.dup3(socket, fd, SOCK_CLOEXEC) === fd) return fd;
    const code = errorName(calls.errno());
    closeSync(fd);
    throw openError(options, code, 'dup3');
  } finally {
    calls.close(socket);
  }
}

function openPlaceholder(options: DatagramOptions): number {
  try {
    return openSync('/dev/null', constants.O_RDONLY);
  } catch (error) {
    throw openError(options, (error as NodeJS.ErrnoException).code ?? 'EIO', 'socket');
  }
}

function configure(calls: Ffi, fd: number, family: 4 | 6, options: DatagramOptions): void {
  if (family === 6) set(calls, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (options.reusePort) set(calls, fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (options.receiveBuffer > 0) setQueue(calls, fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBuffer);
  setQueue(calls, fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
}

function set(calls: Ffi, fd: number, level: number, option: number, value: number): void {
  if (calls.setsockopt(fd, level, option, int32(value), 4) < 0)
    throw new SystemError(errorName(calls.errno()), 'setsockopt', `level ${level} option ${option}`);
}

/** Forced where the process may (CAP_NET_ADMIN), else as much as `net.core.rmem_max` and `wmem_max` allow. */
function setQueue(calls: Ffi, fd: number, force: number, option: number, octets: number): void {
  if (calls.setsockopt(fd, SOL_SOCKET, force, int32(octets), 4) < 0) set(calls, fd, SOL_SOCKET, option, octets);
}

function bind(calls: Ffi, fd: number, family: 4 | 6, options: DatagramOptions): void {
  const source = sourceOf(options);
  if (options.connect !== undefined && source === '' && options.port === 0) return;
  const record = newRecord(source === '' ? (family === 6 ? '::' : '0.0.0.0') : source, options.port);
  if (calls.bind(fd, record, lengthOf(record)) < 0) throw openError(options, errorName(calls.errno()), 'bind');
}

function connect(calls: Ffi, fd: number, options: DatagramOptions): void {
  if (options.connect === undefined) return;
  const { address, port } = options.connect;
  const record = newRecord(address, port);
  if (calls.connect(fd, record, lengthOf(record)) < 0)
    throw new SystemError(errorName(calls.errno()), 'connect', endpoint(address, port));
}

function boundTo(calls: Ffi, fd: number): Pick<Descriptor, 'family' | 'address' | 'port'> {
  const record = new Uint8Array(PEER_BYTES);
  if (calls.getsockname(fd, record, int32(PEER.LENGTH)) < 0)
    throw new SystemError(errorName(calls.errno()), 'getsockname');
  const family = peerFamily(record, 0);
  return { family, address: formatAddress(record, peerAddressAt(0, family), family, 0), port: peerPort(record, 0) };
}

function openError(options: DatagramOptions, code: string, syscall: string): SystemError {
  if (options.connect === undefined) return listenError('udp', options.address, options.port, code, syscall);
  return new SystemError(code, syscall, endpoint(sourceOf(options), options.port));
}

function newRecord(address: string, port: number): Uint8Array {
  const record = new Uint8Array(PEER_BYTES);
  writePeer(record, 0, address, port);
  return record;
}

function lengthOf(record: Uint8Array): number {
  return record[PEER.LENGTH];
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
