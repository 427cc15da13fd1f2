// The properties of forward that say how upstreams are spoken to: tls, tls_servername, doh_method, source_address (behaviour D forward). Cold: set-up only.

import { isIP } from 'node:net';
import { ConfigError, type Directive, type SetupScope } from '#plugins/contract.ts';
import { isLocated, sourceFor, type UpstreamTarget } from '../../lib/upstream/address.ts';
import type { DohMethod } from '../../lib/upstream/doh-headers.ts';
import { checkTlsFiles, TlsFileError, type TlsFiles } from '../../lib/upstream/tls-files.ts';
import { value } from './values.ts';

/** Undefined: not given. */
export interface Transports {
  tls: TlsFiles | undefined;
  /** For upstreams that have no name of their own. */
  serverName: string | undefined;
  dohMethod: DohMethod | undefined;
  source: string | undefined;
}

const MAX_TLS_ARGUMENTS = 3;

export function emptyTransports(): Transports {
  return { tls: undefined, serverName: undefined, dohMethod: undefined, source: undefined };
}

/** Reads the property; false when it is none of these. Throws ConfigError. */
export function readTransports(
  directive: Directive,
  scope: SetupScope,
  transports: Transports,
  property: string,
): boolean {
  switch (property) {
    case 'tls':
      transports.tls = readTls(directive, scope);
      return true;
    case 'tls_servername':
      transports.serverName = value(directive);
      return true;
    case 'doh_method':
      transports.dohMethod = readMethod(directive);
      return true;
    case 'source_address':
      transports.source = readSource(directive);
      return true;
    default:
      return false;
  }
}

/** `tls`, `tls CA`, `tls CERT KEY`, `tls CERT KEY CA` */
function readTls(directive: Directive, scope: SetupScope): TlsFiles {
  const paths = directive.args().map((path) => scope.path(path));
  if (paths.length > MAX_TLS_ARGUMENTS) throw directive.argumentError();
  const [cert = '', key = '', ca = ''] = paths.length === 1 ? ['', '', paths[0]] : paths;
  try {
    return checkTlsFiles(cert, key, ca);
  } catch (error) {
    if (error instanceof TlsFileError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

function readMethod(directive: Directive): DohMethod {
  const method = value(directive);
  if (method !== 'GET' && method !== 'POST') throw new ConfigError('doh_method must be either POST or GET');
  return method;
}

function readSource(directive: Directive): string {
  const address = value(directive);
  if (isIP(address) === 0) throw directive.error(`invalid IP address: ${address}`);
  return address;
}

/** The targets with the names that their certificates have to have. Warns of properties without effect. Throws ConfigError. */
export function nameServers(
  directive: Directive,
  targets: readonly UpstreamTarget[],
  transports: Transports,
): UpstreamTarget[] {
  warnOfUnused(directive, targets, transports);
  return targets.map((target) => {
    const { secure, serverName: own } = target;
    if (secure === undefined) return target;
    const { serverName: common } = transports;
    if (common !== undefined && own !== undefined) {
      const names = `both forward ('${common}') and proxy level ('${own}') TLS servernames are set`;
      throw new ConfigError(`${names} for upstream proxy '${secure}://${target.text}'`);
    }
    const serverName = own ?? common ?? (isLocated(target) ? undefined : target.name);
    return serverName === undefined ? target : { ...target, serverName: serverName.replace(/\.$/, '') };
  });
}

function warnOfUnused(directive: Directive, targets: readonly UpstreamTarget[], transports: Transports): void {
  const { tls, serverName, dohMethod, source = '' } = transports;
  if ((tls ?? serverName) !== undefined && targets.every(({ secure }) => secure === undefined))
    directive.warn('tls and tls_servername have no effect, as no upstream is tls:// or https://');
  if (dohMethod !== undefined && targets.every(({ secure }) => secure !== 'https'))
    directive.warn('doh_method has no effect, as no upstream is https://');
  const others = targets.filter((target) => isLocated(target) && sourceFor(target, source) !== source);
  if (others.length > 0)
    directive.warn(`source_address ${source} is not used for ${others.map(({ text }) => text).join(' ')}`);
}

/** What of it goes to where connections are made; properties that were not given are left out. */
export function transportSettings({ tls, dohMethod, source }: Transports): {
  readonly tls?: TlsFiles;
  readonly dohMethod?: DohMethod;
  readonly source?: string;
} {
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(dohMethod === undefined ? {} : { dohMethod }),
    ...(source === undefined ? {} : { source }),
  };
}
