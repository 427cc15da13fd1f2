// An API server that keeps what it is told, and a DNS server that answers from it: what commands are tested with. Tests only.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';
import { FLAG, RCODE } from '#wire/constants.ts';
import type { ApiAccess } from '../api/kubeconfig.ts';
import type { KubeObject } from '../api/objects.ts';

interface Spec {
  readonly clusterIP?: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

/** What a test does to it. */
export interface Refusal {
  readonly path: RegExp;
  readonly status: number;
  readonly body: string;
}

export class FakeApiServer {
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly type: string;
    readonly accept: string;
  }[] = [];
  /** By their paths. */
  readonly objects = new Map<string, KubeObject>();
  refusal: Refusal | undefined;
  /** Objects of a page of a list, however many are asked for. */
  page = 1000;
  #addresses = 0;
  readonly #server: Server;
  readonly #dns: Socket;

  private constructor(server: Server, dns: Socket) {
    this.#server = server;
    this.#dns = dns;
    server.on('request', (request, response) => this.#serve(request, response));
    dns.on('message', (query, { port, address }) => dns.send(this.#answer(query), port, address));
  }

  static async open(): Promise<FakeApiServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    const dns = createSocket('udp4');
    dns.bind(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(dns, 'listening')]);
    return new FakeApiServer(server, dns);
  }

  get access(): ApiAccess {
    const { port } = this.#server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      headers: { authorization: 'Bearer t' },
      tls: { rejectUnauthorized: true },
    };
  }

  /** Of the DNS server that answers for the namespace shoal-loadtest. */
  get dnsPort(): number {
    return this.#dns.address().port;
  }

  ofKind(kind: string): KubeObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#dns.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    this.requests.push({ method, url, type: headers['content-type'] ?? '', accept: headers.accept ?? '' });
    if (this.refusal?.path.test(url)) response.writeHead(this.refusal.status).end(this.refusal.body);
    else {
      const [status, body] = this.#reply(method, new URL(url, 'http://api'), text === '' ? {} : JSON.parse(text));
      response.writeHead(status).end(JSON.stringify(body));
    }
  }

  #reply(method: string, { pathname, searchParams }: URL, body: KubeObject): [number, object] {
    const path = pathname.replace(/\/status$/, '');
    const known = this.objects.get(path);
    switch (method) {
      case 'POST':
        return this.#create(`${path}/${body.metadata.name}`, body);
      case 'PUT':
        return this.#keep(path, body, known);
      case 'PATCH':
        return this.#keep(path, merged(known, body), known);
      case 'DELETE':
        return this.objects.delete(path) ? [200, {}] : [404, {}];
      default:
        return [200, this.#list(path, searchParams)];
    }
  }

  #create(path: string, object: KubeObject): [number, object] {
    if (this.objects.has(path)) return [409, { message: 'already exists' }];
    const spec = object['spec'] as Spec | undefined;
    const address = object.kind === 'Service' && spec?.clusterIP === undefined;
    const whole = address ? { ...object, spec: { ...spec, clusterIP: `10.96.0.${++this.#addresses}` } } : object;
    this.objects.set(path, whole);
    return [201, whole];
  }

  #keep(path: string, object: KubeObject, known: KubeObject | undefined): [number, object] {
    if (known === undefined) return [404, { message: 'not found' }];
    this.objects.set(path, object);
    return [200, object];
  }

  /** `/api/v1/services` means those of all namespaces; of the field selectors only the one for pods that do not run is known. */
  #list(path: string, query: URLSearchParams): object {
    const resource = path.slice(path.lastIndexOf('/') + 1);
    const all = [...this.objects].filter(([key]) => key.split('/').at(-2) === resource).map(([, object]) => object);
    const chosen = query.has('fieldSelector') ? all.filter(({ status }) => status === undefined) : all;
    const from = Number(query.get('continue') ?? 0);
    const to = from + Math.min(this.page, Number(query.get('limit')));
    return { items: chosen.slice(from, to), metadata: to < chosen.length ? { continue: String(to) } : {} };
  }

  #answer(query: Buffer): Buffer {
    const { id, questions = [] } = decode(query);
    const [{ name, type }] = questions;
    const [, port, service] = /^(?:(_http\._tcp)\.)?([^.]+)\.shoal-loadtest\.svc\.cluster\.local$/.exec(name) ?? [];
    const found = this.ofKind('Service').find(({ metadata }) => metadata.name === service);
    const spec = found?.['spec'] as Spec | undefined;
    const answers: Answer[] =
      port === undefined
        ? this.#addressesOf(service, spec).map((data) => ({ type: 'A', name, ttl: 5, data }))
        : [{ type: 'SRV', name, ttl: 5, data: { port: spec?.ports[0].port ?? 0, target: 'a.example' } }];
    const rcode = found === undefined ? RCODE.NXDOMAIN : RCODE.NOERROR;
    const flags = FLAG.RD | rcode;
    return encode({
      type: 'response',
      ...(id === undefined ? {} : { id }),
      flags,
      questions: [{ name, type }],
      answers,
    });
  }

  #addressesOf(service: string | undefined, spec: Spec | undefined): string[] {
    if (spec?.clusterIP !== 'None') return spec?.clusterIP === undefined ? [] : [spec.clusterIP];
    const slices = this.ofKind('EndpointSlice').filter(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service,
    );
    return slices.flatMap((slice) =>
      (slice['endpoints'] as { addresses: string[] }[]).flatMap(({ addresses }) => addresses),
    );
  }
}

/** RFC 7386, as deep as tests need it: fields of `spec` and `status`. */
function merged(known: KubeObject | undefined, change: KubeObject): KubeObject {
  const base = known ?? change;
  const parts = (['spec', 'status'] as const).flatMap((part) =>
    change[part] === undefined ? [] : [[part, { ...(base[part] as object), ...(change[part] as object) }]],
  );
  return { ...base, ...Object.fromEntries(parts) };
}
