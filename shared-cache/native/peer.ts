// The peer record: who sent a datagram and to which address, as the kernel writes and wants it. Hot readers, cold texts.

import { formatAddress, readAddress } from './address.ts';

/**
 * The peer record: enough to answer from the address that was asked. Written by the kernel, or by `writePeer`.
 *
 * ```
 * 0   family u16      2 AF_INET, 10 AF_INET6 (host order) ┐
 * 2   port u16        network order                       │ struct sockaddr_in, sockaddr_in6
 * 4   IPv4 address    or flow information                 │
 * 8   IPv6 address    16 octets                           │
 * 24  scope u32       of a link-local IPv6 peer           ┘
 * 28  length u32      of the above: 16 or 28
 * 32  length u64 ┐ struct cmsghdr
 * 40  level u32  │ IPPROTO_IP, IPPROTO_IPV6
 * 44  type u32   ┘ IP_PKTINFO, IPV6_PKTINFO
 * 48  interface u32 · source IPv4 · destination IPv4       struct in_pktinfo
 * 48  destination IPv6 (16) · interface u32                struct in6_pktinfo
 * 72  length u32      of the control message: 0 (none), 32 or 40
 * 76  unused
 * ```
 * Addresses are plain: an IPv4 peer never stands in an IPv6 record (sockets of family 6 take no IPv4, `writePeer` unwraps mapped addresses).
 */
export const PEER = {
  FAMILY: 0,
  PORT: 2,
  ADDRESS4: 4,
  ADDRESS6: 8,
  SCOPE: 24,
  LENGTH: 28,
  CONTROL: 32,
  CONTROL_TYPE: 44,
  INFO: 48,
  SOURCE4: 52,
  INTERFACE6: 64,
  CONTROL_LENGTH: 72,
} as const;
/** A record's size; records stand at multiples of 8. */
export const PEER_BYTES = 80;
export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/** Hot. */
export function peerFamily(bytes: Uint8Array, peerAt: number): 4 | 6 {
  return bytes[peerAt] === AF_INET6 ? 6 : 4;
}

/** Hot. */
export function peerPort(bytes: Uint8Array, peerAt: number): number {
  return (bytes[peerAt + PEER.PORT] << 8) | bytes[peerAt + PEER.PORT + 1];
}

/** Offset of the 4 or 16 octets of the peer's address. Hot. */
export function peerAddressAt(peerAt: number, family: 4 | 6): number {
  return peerAt + (family === 6 ? PEER.ADDRESS6 : PEER.ADDRESS4);
}

/** The peer's address as text, IPv6 after RFC 5952, link-local ones with their zone. */
export function peerText(bytes: Uint8Array, peerAt: number): string {
  const family = peerFamily(bytes, peerAt);
  const scope = family === 6 ? readScope(bytes, peerAt + PEER.SCOPE) : 0;
  return formatAddress(bytes, peerAddressAt(peerAt, family), family, scope);
}

/** The address that the peer asked, as text; '' when the record does not have it (the socket's own address is the one, then). */
export function localText(bytes: Uint8Array, peerAt: number): string {
  if (bytes[peerAt + PEER.CONTROL_LENGTH] === 0) return '';
  const family = peerFamily(bytes, peerAt);
  return formatAddress(bytes, peerAt + (family === 6 ? PEER.INFO : PEER.SOURCE4), family, 0);
}

/**
 * Fills a record for a peer that no datagram told of.
 * @throws TypeError when `address` is not an IP address
 */
export function writePeer(bytes: Uint8Array, peerAt: number, address: string, port: number): void {
  const { family, octets, scope } = readAddress(address);
  bytes.fill(0, peerAt, peerAt + PEER_BYTES);
  bytes[peerAt] = family === 6 ? AF_INET6 : AF_INET;
  bytes[peerAt + PEER.PORT] = port >> 8;
  bytes[peerAt + PEER.PORT + 1] = port & 255;
  bytes.set(octets, peerAddressAt(peerAt, family));
  bytes[peerAt + PEER.LENGTH] = family === 6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES;
  for (let i = 0; i < 4; i++) bytes[peerAt + PEER.SCOPE + i] = (scope >>> (8 * i)) & 255;
}

function readScope(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
