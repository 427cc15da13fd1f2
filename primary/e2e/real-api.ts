// A real API server for opt-in tests: objects, service accounts, and a gate between it and the server under test. Cold.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { type Connection, openConnection } from '#watcher/api/connection.ts';
import type { Plain } from '#watcher/testing/objects.ts';
import { ClusterServer } from './api.ts';
import { TestServer, until } from './harness.ts';

/** Where tests make their objects. It stays: without controllers a namespace that is deleted never goes. */
export const NAMESPACE = 'shoal-e2e';
const CONFLICT = 409;
const NOT_FOUND = 404;
/** Longest time (ms) until an API server under load heeds a role, or forgets a token. */
const HEEDED = 30_000;

const PATHS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  Service: '/api/v1/namespaces/{namespace}/services',
  Pod: '/api/v1/namespaces/{namespace}/pods',
  EndpointSlice: '/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices',
  ServiceAccount: '/api/v1/namespaces/{namespace}/serviceaccounts',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

type Named = Plain & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

interface Reply {
  readonly status: number;
  readonly body: Plain;
}

interface Sent {
  readonly body?: object;
  readonly type?: string;
  /** Instead of the kubeconfig's credentials. */
  readonly token?: string;
}

export class RealApi {
  readonly #connection: Connection;
  readonly #context: SecureContext | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #authorization: string;
  readonly #made = new Map<string, Named>();

  private constructor(connection: Connection, context: SecureContext | undefined, authorization: string) {
    this.#connection = connection;
    this.#context = context;
    this.#authorization = authorization;
  }

  /** Whom the kubeconfig names, with its right to do everything. */
  static async open(file: string): Promise<RealApi> {
    const connection = await openConnection({ kind: 'kubeconfig', file, context: '' });
    const { authorization } = await connection.credentials.current();
    return new RealApi(connection, await connection.tls?.context(), authorization);
  }

  get url(): URL {
    return this.#connection.url;
  }

  /** Creates or replaces; gives the object as the API server has it now. */
  async put(object: Plain): Promise<Plain> {
    const named = object as Named;
    this.#made.set(`${named.kind} ${named.metadata.name}`, named);
    const created = await this.#send('POST', collectionOf(named), { body: named });
    if (created.status !== CONFLICT) return this.#accepted(created, named);
    return this.#accepted(await this.#send('PUT', pathOf(named), { body: named }), named);
  }

  /** Creates what is not there, and writes its status in any case. */
  async ensure(object: Plain): Promise<void> {
    const named = object as Named;
    const there = await this.#send('GET', pathOf(named));
    if (there.status === NOT_FOUND)
      this.#accepted(await this.#send('POST', collectionOf(named), { body: named }), named);
    if (named['status'] === undefined) return;
    const body = { status: named['status'] };
    const written = await this.#send('PATCH', `${pathOf(named)}/status`, {
      body,
      type: 'application/merge-patch+json',
    });
    this.#accepted(written, named);
  }

  async delete(object: Plain): Promise<void> {
    const named = object as Named;
    this.#made.delete(`${named.kind} ${named.metadata.name}`);
    const reply = await this.#send('DELETE', pathOf(named));
    if (reply.status !== NOT_FOUND) this.#accepted(reply, named);
  }

  /** A token of its own for a new account, which may list and watch these resources. */
  async account(name: string, resources: readonly string[]): Promise<string> {
    await this.put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } });
    await this.grant(name, resources);
    await this.put(bindingOf(name));
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const reply = await this.#send('POST', path, { body });
    const { token } = this.#accepted(reply, { kind: 'TokenRequest', metadata: { name } })['status'] as {
      token: string;
    };
    for (const resource of resources) await this.answers(token, resource, [200]);
    return token;
  }

  /** From now on an account may list and watch these resources, and no others. */
  async grant(name: string, resources: readonly string[]): Promise<void> {
    const verbs = ['list', 'watch'];
    const apiGroups = ['', 'discovery.k8s.io'];
    const metadata = { name };
    const rules = resources.length === 0 ? [] : [{ apiGroups, resources, verbs }];
    await this.put({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules });
  }

  /** Waits until listing with a token gives one of these statuses. */
  async answers(token: string, resource: string, statuses: readonly number[]): Promise<void> {
    const group = resource === 'endpointslices' ? '/apis/discovery.k8s.io/v1' : '/api/v1';
    await until(
      async () => statuses.includes((await this.#send('GET', `${group}/${resource}?limit=1`, { token })).status),
      HEEDED,
      () => `the API server to answer ${statuses.join(' or ')} for ${resource}`,
    );
  }

  /** Deletes everything that was made by put, and ends. */
  async close(): Promise<void> {
    for (const object of [...this.#made.values()]) if (object.kind !== 'Namespace') await this.delete(object);
    this.#agent.destroy();
  }

  #accepted({ status, body }: Reply, { kind, metadata }: Pick<Named, 'kind' | 'metadata'>): Plain {
    if (status >= 200 && status < 300) return body;
    throw new Error(`${kind} ${metadata.name}: ${status} ${String(body['message'])}`);
  }

  async #send(method: string, path: string, sent: Sent = {}): Promise<Reply> {
    const { body, type = 'application/json', token } = sent;
    const { url, headers, tls } = this.#connection;
    const asked = request(new URL(path, url), {
      method,
      agent: this.#agent,
      ...(this.#context === undefined ? {} : { secureContext: this.#context }),
      rejectUnauthorized: tls?.insecure !== true,
      headers: {
        ...headers,
        authorization: token === undefined ? this.#authorization : `Bearer ${token}`,
        'content-type': type,
      },
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(asked, 'response');
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    return { status: response.statusCode, body: JSON.parse(text) };
  }
}

function collectionOf({ kind, metadata: { namespace = '' } }: Named): string {
  return PATHS[kind].replace('{namespace}', namespace);
}

function pathOf(object: Named): string {
  return `${collectionOf(object)}/${object.metadata.name}`;
}

function bindingOf(name: string): Plain {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
  };
}

/** Stands between a server and the API server: shut, nobody gets through; held, what was said stays unheard. */
export class Gate {
  readonly #to: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;
  #held = false;

  private constructor(to: { readonly host: string; readonly port: number }) {
    this.#to = to;
    this.#server = this.#serve();
  }

  static async open({ hostname, port }: URL): Promise<Gate> {
    const gate = new Gate({ host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) });
    await gate.lift();
    return gate;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Listens, the second time on the port of the first. */
  async lift(): Promise<void> {
    this.#server = this.#serve();
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections, and cuts those that there are. */
  async shut(): Promise<void> {
    this.#server.close();
    this.cut();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections that there are, and new ones, stay open and are silent until this is called with false. */
  hold(on: boolean): void {
    this.#held = on;
    for (const socket of this.#sockets) if (on) socket.pause();
    if (!on) this.cut();
  }

  #serve(): Server {
    return createServer((client) => {
      const server = connect(this.#to);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.once('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on('data', (piece) => to.write(piece));
        if (this.#held) from.pause();
      }
    });
  }
}

/** A gate, and a kubeconfig that leads through it with a token. */
export class Entrance {
  readonly gate: Gate;
  readonly kubeconfig: string;
  readonly #folder: string;

  private constructor(gate: Gate, folder: string) {
    this.gate = gate;
    this.#folder = folder;
    this.kubeconfig = join(folder, 'kubeconfig');
  }

  static async open(context: TestContext, api: RealApi, token: string): Promise<Entrance> {
    const entrance = new Entrance(await Gate.open(api.url), mkdtempSync(join(tmpdir(), 'shoal-real-')));
    context.after(() => entrance.close());
    entrance.writeToken(token);
    // Whom to trust is tested elsewhere: certificates of test clusters know other names than the gate's.
    const cluster = { server: entrance.gate.url, 'insecure-skip-tls-verify': true };
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(entrance.kubeconfig, JSON.stringify(config));
    return entrance;
  }

  writeToken(token: string): void {
    writeFileSync(join(this.#folder, 'token'), token);
  }

  async close(): Promise<void> {
    await this.gate.shut();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export interface RealServerOptions {
  /** Stands in the kubernetes directive. */
  readonly properties?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A Shoal that watches the API server by a kubeconfig. */
export async function startServer(
  context: TestContext,
  kubeconfig: string,
  { properties = '', env = {} }: RealServerOptions = {},
): Promise<ClusterServer> {
  const corefile = `.:{PORT} {
    errors
    ready 127.0.0.1:{PORT2}
    prometheus 127.0.0.1:{PORT3}
    kubernetes cluster.local in-addr.arpa {
        kubeconfig ${kubeconfig}
        ${properties}
    }
}
`;
  const server = new ClusterServer(await TestServer.start({ corefile, env }));
  context.after(() => server.stop());
  return server;
}

/** Runs what an environment variable says, by a shell. */
export async function runCommandOf(variable: string): Promise<void> {
  await promisify(execFile)('/bin/sh', ['-c', process.env[variable] ?? ''], { timeout: 120_000 });
}
