// Whether a name server is this very server: then it can be asked only after the start. Used by upstream-names.ts. Cold.

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { parseNameservers } from '#workers/lib/resolvconf.ts';
import { type UpstreamAddress, upstreamAddress } from '#workers/lib/upstream/address.ts';

/** A place where this server listens; '' is every address of the machine. */
export interface OwnListener {
  readonly address: string;
  readonly port: number;
}

const WILDCARDS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);
const RESOLV_CONF = '/etc/resolv.conf';

/** True when one of `resolvers` is a listener of this server; nobody stands for the system's resolvers. */
export function asksItself(resolvers: readonly UpstreamAddress[], listeners: readonly OwnListener[]): boolean {
  const asked = resolvers.length === 0 ? systemResolvers() : resolvers;
  const machine = new Set(
    Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
  );
  const isHere = (address: string): boolean => machine.has(address) || address.startsWith('127.') || address === '::1';
  return asked.some((resolver) =>
    listeners.some(
      ({ address, port }) =>
        port === resolver.port && (WILDCARDS.has(address) ? isHere(resolver.address) : address === resolver.address),
    ),
  );
}

function systemResolvers(): UpstreamAddress[] {
  try {
    return parseNameservers(readFileSync(RESOLV_CONF, 'utf8')).map((server) => upstreamAddress(server, 53));
  } catch {
    // A machine without the file has no name servers to be found in it.
    return [];
  }
}
