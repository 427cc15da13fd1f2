// Addresses that HTTP servers listen on, as the Corefile writes them, and what the operator reads when one cannot be had. Cold.

import { lookup } from 'node:dns/promises';

export interface ListenAddress {
  /** '' for the wildcard of both families; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Nothing can be bound there. `message` begins with `listen tcp`, as in the reference. */
export class ListenError extends Error {
  readonly code = 'ERR_LISTEN';
  override readonly name = 'ListenError';
}

const ADDRESS = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/;

/** Reads `:8080`, `localhost:9153` or `[::1]:80`. Throws ListenError for anything else, and for ports that cannot be. */
export function parseAddress(text: string): ListenAddress {
  const match = ADDRESS.exec(text);
  if (match === null) throw new ListenError(`listen tcp: address ${text}: ${fault(text)}`);
  const port = match[3] === '' ? 0 : Number(match[3]);
  if (!/^\d*$/.test(match[3])) throw new ListenError(`listen tcp: lookup tcp/${match[3]}: unknown port`);
  if (port > 65_535) throw new ListenError(`listen tcp: address ${match[3]}: invalid port`);
  return { host: (match[1] ?? match[2]).toLowerCase(), port };
}

function fault(text: string): string {
  if (/^[^:]*$|\]$/.test(text)) return 'missing port in address';
  return /[[\]]/.test(text) ? 'misplaced bracket in address' : 'too many colons in address';
}

/** `host:port`, with brackets where they are needed. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Names become an address, IPv4 before IPv6 as in the reference. Throws ListenError for a name that is not known. */
export async function resolveAddress({ host, port }: ListenAddress): Promise<ListenAddress> {
  if (host === '') return { host, port };
  try {
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    return { host: found[0].address, port };
  } catch (error) {
    throw new ListenError(`listen tcp: lookup ${host}: no such host`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

/** The error of a failed bind in the reference's words. */
export function bindError(address: ListenAddress, error: unknown): ListenError {
  const { code = '', message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  return new ListenError(`listen tcp ${formatAddress(address)}: bind: ${REASONS[code] ?? message}`, { cause: error });
}
