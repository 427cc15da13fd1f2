// The TO arguments of forward → addresses (behaviour D forward). Cold: set-up only.

import { readFileSync, statSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { encodeName, NameError } from '#wire/name.ts';
import { parseNameservers } from '../../lib/resolvconf.ts';
import { hostPort, type UpstreamAddress, type UpstreamTarget, upstreamAddress } from '../../lib/upstream/address.ts';

/** A TO that is no upstream; `message` is what the operator sees, without FILE:LINE, as the reference has it. */
export class UpstreamError extends Error {
  readonly code = 'ERR_UPSTREAM';
  override readonly name = 'UpstreamError';
}

const DEFAULT_PORT = 53;
/** Transports of the reference that are read but not spoken here. */
const UNSUPPORTED = new Set(['tls', 'https']);
/** Transports that the reference knows as a listener, never as an upstream. */
const NEVER = new Set(['quic', 'grpc', 'https3', 'unix']);

/** All upstreams of the arguments in order; of equal ones the first counts. A file in the form of resolv.conf stands for its name servers. */
export function readUpstreams(args: readonly string[]): UpstreamTarget[] {
  const byText = new Map<string, UpstreamTarget>();
  for (const address of args.flatMap(readTo)) if (!byText.has(address.text)) byText.set(address.text, address);
  return [...byText.values()];
}

function readTo(to: string): UpstreamTarget[] {
  const { scheme, rest } = splitScheme(to);
  if (NEVER.has(scheme)) {
    throw new UpstreamError(`'${scheme}' is not supported as a destination protocol in forward: ${to}`);
  }
  if (UNSUPPORTED.has(scheme)) {
    throw new UpstreamError(`upstreams over ${scheme}:// are known but not supported in this version: ${to}`);
  }
  const address = readAddress(rest);
  if (address !== undefined) return [address];
  return isFile(rest) ? readFile(rest) : [readName(rest)];
}

function splitScheme(to: string): { scheme: string; rest: string } {
  const end = to.indexOf('://');
  const scheme = end < 0 ? '' : to.slice(0, end).toLowerCase();
  if (scheme === 'dns' || UNSUPPORTED.has(scheme) || NEVER.has(scheme)) return { scheme, rest: to.slice(end + 3) };
  return { scheme: 'dns', rest: to };
}

/** `10.0.0.1`, `10.0.0.1:5353`, `::1`, `[::1]`, `[::1]:5353`; undefined for everything else. */
function readAddress(text: string): UpstreamAddress | undefined {
  if (isIP(text) !== 0) return upstreamAddress(text, DEFAULT_PORT);
  const split = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+))(?::(?<port>.*))?$/.exec(text)?.groups;
  const address = split?.['v6'] ?? split?.['v4'];
  if (split === undefined || address === undefined || isIP(address) === 0) return undefined;
  if (split['v6'] !== undefined && !isIPv6(address)) return undefined;
  return upstreamAddress(address, readPort(split['port'], text));
}

function readPort(digits: string | undefined, text: string): number {
  if (digits === undefined) return DEFAULT_PORT;
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port < 1 || port > 65_535) {
    throw new UpstreamError(`not a port of an upstream (1 to 65535): ${JSON.stringify(digits)} in ${text}`);
  }
  return port;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function readFile(path: string): UpstreamAddress[] {
  return parseNameservers(contents(path)).map((server) => {
    if (isIP(server) === 0) {
      throw new UpstreamError(`not an IP address: ${JSON.stringify(hostPort(server, DEFAULT_PORT))} in ${path}`);
    }
    return upstreamAddress(server, DEFAULT_PORT);
  });
}

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UpstreamError(`${path} cannot be read: ${code}`, { cause: error });
  }
}

/** What is neither an address nor a file is a host name, whose addresses are looked up when the server starts. */
function readName(text: string): UpstreamTarget {
  if (text.includes('/')) {
    throw new UpstreamError(`failed to resolve ${JSON.stringify(text)}: lookup ${text}: no such host`);
  }
  const [, name = '', digits] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (!isHostName(name)) {
    throw new UpstreamError(`not an IP address, file, or valid domain: ${JSON.stringify(text)}`);
  }
  const port = readPort(digits, text);
  return { name, port, text: `${name}:${port}` };
}

function isHostName(name: string): boolean {
  try {
    return encodeName(name).length > 1;
  } catch (error) {
    if (error instanceof NameError) return false;
    throw error;
  }
}
