// Kubeconfig files: which server a context means, whom to trust and who asks. Loaded when there is one. Cold.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Connection } from '../connection.ts';
import { ApiConfigError } from '../errors.ts';
import type { ApiConnection } from '../plan.ts';
import { serverUrl } from './address.ts';
import { ANONYMOUS } from './credentials.ts';
import { Fields } from './fields.ts';
import { systemMessage } from './file.ts';
import { sourceOf } from './kubeconfig-source.ts';
import { credentialsOf, impersonationOf } from './kubeconfig-user.ts';
import { TlsMaterial } from './tls.ts';

/** Throws ApiConfigError that names file, context, cluster or user, and field. Proxies of the environment are never used. */
export async function kubeconfigConnection(plan: ApiConnection & { kind: 'kubeconfig' }): Promise<Connection> {
  const config = await readConfig(plan.file);
  const context = pickContext(config, plan.context);
  const cluster = pick(config, 'cluster', context.text('cluster') || context.fail('names no cluster'));
  const user = context.text('user') === '' ? new Fields(config.where, {}) : pick(config, 'user', context.text('user'));
  const folder = dirname(plan.file);
  const url = serverOf(cluster);
  if (url.protocol === 'http:') return open(url);
  return {
    url,
    tls: tlsOf(cluster, user, folder),
    credentials: credentialsOf(user, cluster, folder),
    headers: impersonationOf(user),
  };
}

/** Without TLS nobody is told who asks: the reference sends no credentials either. */
function open(url: URL): Connection {
  return { url, tls: null, credentials: ANONYMOUS, headers: {} };
}

async function readConfig(file: string): Promise<Fields> {
  const where = `kubeconfig ${file}`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ApiConfigError(`${where}: ${systemMessage(error)}`);
  }
  return new Fields(where, await parse(where, text));
}

/** JSON is YAML too, but needs no library. */
async function parse(where: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { LineCounter, parseDocument } = await import('yaml');
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { lineCounter, prettyErrors: false });
    const error = document.errors.at(0);
    if (error === undefined) return document.toJS();
    throw new ApiConfigError(`${where}: line ${lineCounter.linePos(error.pos[0]).line}: ${error.message}`);
  }
}

function pickContext(config: Fields, name: string): Fields {
  const wanted = name || config.text('current-context');
  if (wanted === '') config.fail('no current-context: name a context');
  return pick(config, 'context', wanted);
}

/** The entry `name` of `contexts`, `clusters` or `users`. */
function pick(config: Fields, kind: 'context' | 'cluster' | 'user', name: string): Fields {
  const entries = config.children(`${kind}s`);
  const entry = entries.find((each) => each.text('name') === name);
  if (entry === undefined) {
    const known = entries.map((each) => each.text('name'));
    config.fail(
      `there is no ${kind} "${name}"; ${known.length === 0 ? 'there are none' : `there are: ${known.join(', ')}`}`,
    );
  }
  return new Fields(`${config.where}: ${kind} "${name}"`, entry.value(kind) ?? {});
}

function serverOf(cluster: Fields): URL {
  const server = cluster.text('server');
  if (server === '') cluster.fail('server is missing');
  if (cluster.text('proxy-url') !== '') cluster.fail('proxy-url: the server is not asked through a proxy');
  const secure = cluster.names().some((name) => name.startsWith('certificate-authority'));
  return serverUrl(`${cluster.where}: server`, server, secure);
}

function tlsOf(cluster: Fields, user: Fields, folder: string): TlsMaterial {
  const ca = sourceOf(cluster, 'certificate-authority', folder);
  const insecure = cluster.flag('insecure-skip-tls-verify');
  if (insecure && ca !== null) cluster.fail('certificate-authority and insecure-skip-tls-verify exclude each other');
  const cert = sourceOf(user, 'client-certificate', folder);
  const key = sourceOf(user, 'client-key', folder);
  if ((cert === null) !== (key === null)) user.fail('client-certificate and client-key go together');
  return new TlsMaterial({ ca, cert, key, servername: cluster.text('tls-server-name'), insecure });
}
