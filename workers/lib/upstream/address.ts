// Where an upstream is. Made by set-ups and when handlers are built. Cold.

/** IP address and port of an upstream, and both as messages and metrics show them. */
export interface UpstreamAddress {
  /** IPv4, or IPv6 without brackets, possibly with the interface of a link-local one. */
  readonly address: string;
  readonly port: number;
  /** `10.0.0.1:53`, `[::1]:53`. */
  readonly text: string;
}

/** The address with its text. */
export function upstreamAddress(address: string, port: number): UpstreamAddress {
  return { address, port, text: hostPort(address, port) };
}

/** `10.0.0.1:53`, `[::1]:53`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
