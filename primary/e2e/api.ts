// A whole server beside a fake API server: the kit of the tests of what happens between the two. Cold.

import type { TestContext } from 'node:test';
import { FakeApi, type FakeApiOptions } from '#watcher/testing/api/server.ts';
import { type Plain, plainNamespace, plainService, plainSlice } from '#watcher/testing/objects.ts';
import { type ServerOptions, TestServer, until } from './harness.ts';
import { get, scrape } from './http.ts';

/** Longest time (ms) for what is expected to happen at once on a quiet machine. */
const SOON = 10_000;

/** A namespace, a service with an address, one with endpoints. */
export const OBJECTS: readonly Plain[] = [
  plainNamespace('default'),
  plainService('web', { ip: '10.96.0.20', ports: ['http 80'] }),
  plainService('db', { ip: 'None', ports: ['pg 5432'] }),
  plainSlice('db', [{ ip: '10.244.0.1', hostname: 'db-0' }], { ports: ['pg 5432'] }),
];

/** `{API}` stands for the API server's URL; `properties` stand in the kubernetes directive. */
export interface ClusterOptions extends ServerOptions {
  readonly properties?: string;
}

export class TestCluster {
  readonly api: FakeApi;
  readonly #context: TestContext;

  private constructor(context: TestContext, api: FakeApi) {
    this.#context = context;
    this.api = api;
  }

  static async start(context: TestContext, options: FakeApiOptions = {}): Promise<TestCluster> {
    const api = await FakeApi.start({ bookmarkEvery: 200, ...options });
    api.load(OBJECTS);
    context.after(() => api.close());
    return new TestCluster(context, api);
  }

  /** A server that waits for the API server at most as long as its directive says. */
  async server(options: ClusterOptions = {}): Promise<ClusterServer> {
    const { properties = '', ...rest } = options;
    const corefile = `.:{PORT} {
    errors
    ready 127.0.0.1:{PORT2}
    prometheus 127.0.0.1:{PORT3}
    kubernetes cluster.local in-addr.arpa {
        ${properties.includes('kubeconfig') ? '' : `endpoint ${this.api.url}`}
        ${properties.replaceAll('{API}', this.api.url)}
    }
}
`;
    const server = new ClusterServer(await TestServer.start({ corefile, ...rest }));
    this.#context.after(() => server.stop());
    return server;
  }
}

/** What tests ask of the server. */
export class ClusterServer {
  readonly server: TestServer;
  #stopped = false;

  constructor(server: TestServer) {
    this.server = server;
  }

  /** Data of the answer's address records, or its rcode. */
  async look(name: string): Promise<string> {
    const { answers = [], ...rest } = await this.server.ask(`${name}.cluster.local`);
    const data = answers.flatMap((record) => (record.type === 'A' ? [record.data] : []));
    return data.length > 0 ? data.sort().join() : 'rcode' in rest ? String(rest.rcode) : '';
  }

  async ttl(name: string): Promise<number> {
    const { answers = [] } = await this.server.ask(`${name}.cluster.local`);
    const [first] = answers;
    return first !== undefined && 'ttl' in first ? (first.ttl ?? -1) : -1;
  }

  /** Waits until `look` gives that. */
  async shows(name: string, expected: string): Promise<void> {
    let last = '';
    await until(
      async () => {
        last = await this.look(name);
        return last === expected;
      },
      SOON,
      () => `${name} to be ${expected}, is ${last}\n${this.server.stdout}`,
    );
  }

  /** Status and body of /ready. */
  async ready(): Promise<string> {
    const response = await get(this.server.ports[1], '/ready');
    return response === null ? 'closed' : `${response.status} ${response.body}`;
  }

  /** Value of a series: `name{labels}` as it is exposed, or undefined. */
  async metric(series: string): Promise<number | undefined> {
    return (await scrape(this.server.ports[2])).get(series);
  }

  /** Waits until the series has such a value. */
  async counts(series: string, wanted: (value: number) => boolean): Promise<void> {
    let last: number | undefined;
    await until(
      async () => {
        last = await this.metric(series);
        return last !== undefined && wanted(last);
      },
      SOON,
      () => `${series}, is ${last}\n${this.server.stdout}`,
    );
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.server.stop();
  }
}
