// A kubeconfig file → how to reach its API server: as much of the format as test clusters use. Read once by every command. Cold.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { parse } from 'yaml';
import { ClusterError } from '#loadtest/errors.ts';

/** Where the API server is and what it wants to see. */
export interface ApiAccess {
  /** `https://127.0.0.1:6443`, without a slash at the end. */
  readonly url: string;
  /** Empty, or `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: SecureContextOptions & { readonly rejectUnauthorized: boolean };
}

type Fields = Readonly<Record<string, unknown>>;

/** The current context of the file. @throws ClusterError that begins with the file's name and says what is missing */
export function readKubeconfig(file: string): ApiAccess {
  const config = parseFile(file);
  const missing = (what: string): never => {
    throw new ClusterError(`${file}: ${what}`);
  };
  const pick = (kind: string, name: unknown): Fields => {
    const found = entries(config[`${kind}s`]).find((entry) => entry['name'] === name);
    return fields(found?.[kind]) ?? missing(`there is no ${kind} "${String(name ?? '')}"`);
  };
  const context = pick('context', config['current-context']);
  const cluster = pick('cluster', context['cluster']);
  const user = context['user'] === undefined ? {} : pick('user', context['user']);
  const { server } = cluster;
  if (typeof server !== 'string' || !/^https?:\/\/./.test(server))
    missing('the cluster needs a server, such as https://127.0.0.1:6443');
  if (user['exec'] !== undefined || user['auth-provider'] !== undefined)
    missing('programs that give credentials are not run: use token, tokenFile or a client certificate');
  return {
    url: String(server).replace(/\/+$/, ''),
    headers: authorization(user, file),
    tls: {
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
      ...material('ca', cluster, 'certificate-authority', file),
      ...material('cert', user, 'client-certificate', file),
      ...material('key', user, 'client-key', file),
    },
  };
}

function parseFile(file: string): Fields {
  try {
    return fields(parse(readFileSync(file, 'utf8'))) ?? {};
  } catch (error) {
    throw new ClusterError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function authorization(user: Fields, file: string): Record<string, string> {
  const { token, tokenFile, username, password } = user;
  if (typeof tokenFile === 'string')
    return { authorization: `Bearer ${readBeside(file, tokenFile).toString().trim()}` };
  if (typeof token === 'string') return { authorization: `Bearer ${token}` };
  if (typeof username !== 'string') return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${String(password ?? '')}`).toString('base64')}` };
}

/** A certificate or key, from `NAME-data` in Base64 or from the file that `NAME` names. */
function material(option: 'ca' | 'cert' | 'key', from: Fields, name: string, file: string): SecureContextOptions {
  const data = from[`${name}-data`];
  const path = from[name];
  if (typeof data === 'string') return { [option]: Buffer.from(data, 'base64') };
  return typeof path === 'string' ? { [option]: readBeside(file, path) } : {};
}

/** Relative paths are meant from the kubeconfig's folder. */
function readBeside(file: string, path: string): Buffer {
  try {
    return readFileSync(resolve(dirname(file), path));
  } catch (error) {
    throw new ClusterError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function entries(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields).filter((entry) => entry !== undefined) : [];
}
