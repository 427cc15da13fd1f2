// Where an upstream is. Made by set-ups and when handlers are built. Cold.

import { isIPv6 } from 'node:net';

/** IP address and port of an upstream, and both as messages and metrics show them. */
export interface UpstreamAddress {
  /** IPv4, or IPv6 without brackets, possibly with the interface of a link-local one. */
  readonly address: string;
  readonly port: number;
  /** `10.0.0.1:53`, `[::1]:53`. */
  readonly text: string;
  /** How it is spoken to: DNS over TLS, or over HTTPS; by UDP and TCP when left out. */
  readonly secure?: 'tls' | 'https';
  /** Name that its certificate has to have; the IP address when left out. */
  readonly serverName?: string;
}

/** An upstream by host name: everything that is known of it but its address. The primary looks that up (primary/names). */
export interface UpstreamName extends Omit<UpstreamAddress, 'address'> {
  /** As the operator wrote it. */
  readonly name: string;
}

/** What a TO stands for. */
export type UpstreamTarget = UpstreamAddress | UpstreamName;

/** The address with its text. */
export function upstreamAddress(address: string, port: number): UpstreamAddress {
  return { address, port, text: hostPort(address, port) };
}

/** Whether it is known where the target is. */
export function isLocated(target: UpstreamTarget): target is UpstreamAddress {
  return 'address' in target;
}

/** The same for targets that are the same upstream. */
export function targetKey({ secure, text, serverName }: UpstreamTarget): string {
  return `${secure} ${text} ${serverName}`;
}

/** The upstream at one of the addresses of its name; all else is as it was. */
export function locate({ name: _, ...rest }: UpstreamName, address: string): UpstreamAddress {
  return { ...rest, address, text: hostPort(address, rest.port) };
}

/** `10.0.0.1:53`, `[::1]:53`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The address to come from when asking this upstream: `source`, or '' (the kernel's choice) when it is of the other family. */
export function sourceFor({ address }: UpstreamAddress, source: string): string {
  return isIPv6(address) === isIPv6(source) ? source : '';
}
