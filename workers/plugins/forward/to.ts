// The TO arguments of forward → addresses (behaviour D forward). Cold: set-up only.

import { readFileSync, statSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { encodeName, NameError } from '#wire/name.ts';
import { parseNameservers } from '../../lib/resolvconf.ts';
import {
  hostPort,
  targetKey,
  type UpstreamAddress,
  type UpstreamTarget,
  upstreamAddress,
} from '../../lib/upstream/address.ts';

/** A TO that is no upstream; `message` is what the operator sees, without FILE:LINE, as the reference has it. */
export class UpstreamError extends Error {
  readonly code = 'ERR_UPSTREAM';
  override readonly name = 'UpstreamError';
}

/** By transport. */
const PORTS = { dns: 53, tls: 853, https: 443 } as const;
type Scheme = keyof typeof PORTS;
/** Transports that the reference knows as a listener, never as an upstream. */
const NEVER = new Set(['quic', 'grpc', 'https3', 'unix']);

/** All upstreams of the arguments in order; of equal ones the first counts. A file in the form of resolv.conf stands for its name servers. */
export function readUpstreams(args: readonly string[]): UpstreamTarget[] {
  const byKey = new Map<string, UpstreamTarget>();
  for (const target of args.flatMap(readTo)) {
    const key = targetKey(target);
    if (!byKey.has(key)) byKey.set(key, target);
  }
  return [...byKey.values()];
}

function readTo(to: string): UpstreamTarget[] {
  const { scheme, rest } = splitScheme(to);
  if (scheme === 'https' && rest.includes('/')) {
    const reason = 'paths are not allowed in HTTPS upstream addresses (the /dns-query path is used by default)';
    throw new UpstreamError(`${reason}: ${to}`);
  }
  if (scheme !== 'dns') return [readSecure(scheme, rest, to)];
  const address = readAddress(rest, PORTS.dns);
  if (address !== undefined) return [address];
  return isFile(rest) ? readFile(rest) : [readName(rest, PORTS.dns)];
}

function splitScheme(to: string): { scheme: Scheme; rest: string } {
  const end = to.indexOf('://');
  const scheme = end < 0 ? '' : to.slice(0, end).toLowerCase();
  if (NEVER.has(scheme)) {
    throw new UpstreamError(`'${scheme}' is not supported as a destination protocol in forward: ${to}`);
  }
  return isScheme(scheme) ? { scheme, rest: to.slice(end + 3) } : { scheme: 'dns', rest: to };
}

function isScheme(text: string): text is Scheme {
  return Object.hasOwn(PORTS, text);
}

/** An address or host name, and behind a `%` the name of the server: `9.9.9.9%dns.example`, `9.9.9.9%dns.example:853`, `[::1%dns.example]:853`. */
function readSecure(secure: Exclude<Scheme, 'dns'>, text: string, to: string): UpstreamTarget {
  const [, before = text, serverName, bracket = '', port = ''] = /^(.+)%([^%:\]]*)(\]?)(:.*)?$/.exec(text) ?? [];
  if (serverName !== undefined && !isHostName(serverName) && isIP(serverName) === 0)
    throw new UpstreamError(`not the name of a server: ${JSON.stringify(serverName)} in ${to}`);
  const place = before + bracket + port;
  const target = readAddress(place, PORTS[secure]) ?? readName(place, PORTS[secure]);
  return { ...target, secure, ...(serverName === undefined ? {} : { serverName }) };
}

/** `10.0.0.1`, `10.0.0.1:5353`, `::1`, `[::1]`, `[::1]:5353`; undefined for everything else. */
function readAddress(text: string, defaultPort: number): UpstreamAddress | undefined {
  if (isIP(text) !== 0) return upstreamAddress(text, defaultPort);
  const split = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+))(?::(?<port>.*))?$/.exec(text)?.groups;
  const address = split?.['v6'] ?? split?.['v4'];
  if (split === undefined || address === undefined || isIP(address) === 0) return undefined;
  if (split['v6'] !== undefined && !isIPv6(address)) return undefined;
  return upstreamAddress(address, readPort(split['port'], text, defaultPort));
}

function readPort(digits: string | undefined, text: string, defaultPort: number): number {
  if (digits === undefined) return defaultPort;
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
      throw new UpstreamError(`not an IP address: ${JSON.stringify(hostPort(server, PORTS.dns))} in ${path}`);
    }
    return upstreamAddress(server, PORTS.dns);
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
function readName(text: string, defaultPort: number): UpstreamTarget {
  if (text.includes('/')) {
    throw new UpstreamError(`failed to resolve ${JSON.stringify(text)}: lookup ${text}: no such host`);
  }
  const [, name = '', digits] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (!isHostName(name)) {
    throw new UpstreamError(`not an IP address, file, or valid domain: ${JSON.stringify(text)}`);
  }
  const port = readPort(digits, text, defaultPort);
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
