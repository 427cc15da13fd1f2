// How one API server is reached: address, trust, and who asks. Made from the plan once; files behind it are read again as they change. Cold.

import { serverUrl } from './access/address.ts';
import { ANONYMOUS, type Credentials, TokenFile } from './access/credentials.ts';
import { CachedFile } from './access/file.ts';
import { TlsMaterial } from './access/tls.ts';
import { ApiConfigError } from './errors.ts';
import type { ApiConnection } from './plan.ts';

/** A server, ready to be asked. */
export interface Connection {
  /** Scheme, host, port and, for servers behind a path, the path. */
  readonly url: URL;
  /** Null for plain http; nobody authenticates then. */
  readonly tls: TlsMaterial | null;
  readonly credentials: Credentials;
  /** Headers of every request: impersonation (`as` of a kubeconfig). */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Reads what the plan names and checks it, so that mistakes are found at the start. Throws ApiConfigError with one line. Nothing is
 * sent, and no program of a kubeconfig is run, before the first request.
 */
export async function openConnection(plan: ApiConnection): Promise<Connection> {
  const connection = await connectionOf(plan);
  await connection.tls?.context();
  return connection;
}

async function connectionOf(plan: ApiConnection): Promise<Connection> {
  switch (plan.kind) {
    case 'cluster':
      return inCluster(plan);
    case 'endpoint':
      return atEndpoint(plan);
    case 'kubeconfig': {
      const { kubeconfigConnection } = await import('./access/kubeconfig.ts');
      return kubeconfigConnection(plan);
    }
  }
}

async function inCluster({ host, port, tokenFile, caFile }: ApiConnection & { kind: 'cluster' }): Promise<Connection> {
  if (host === '' || port === '') {
    throw new ApiConfigError(
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    );
  }
  const token = new CachedFile('token of the service account', tokenFile);
  await token.read();
  return {
    url: serverUrl('in-cluster configuration', `https://${host.includes(':') ? `[${host}]` : host}:${port}`, true),
    tls: new TlsMaterial({
      ca: new CachedFile('CA of the service account', caFile),
      cert: null,
      key: null,
      servername: '',
      insecure: false,
    }),
    credentials: new TokenFile(`the token in ${tokenFile}`, token),
    headers: {},
  };
}

function atEndpoint({ url: text, tls }: ApiConnection & { kind: 'endpoint' }): Connection {
  const url = serverUrl('endpoint', text, tls !== null);
  const file = (name: string, path: string): CachedFile | null => (path === '' ? null : new CachedFile(name, path));
  return {
    url,
    tls:
      url.protocol === 'http:'
        ? null
        : new TlsMaterial({
            ca: file('CA certificate of tls', tls?.ca ?? ''),
            cert: file('certificate of tls', tls?.cert ?? ''),
            key: file('key of tls', tls?.key ?? ''),
            servername: '',
            insecure: false,
          }),
    credentials: ANONYMOUS,
    headers: {},
  };
}
