// A name server that is spoken to by TLS or HTTPS and does what a test tells it to. Tests only.

import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { decode } from 'dns-packet';
import { Authority, type Subject } from '#watcher/testing/certificates.ts';
import type { Received } from './upstream.ts';

/** A response that is not what it should be. */
export interface HttpResponse {
  readonly status?: number;
  readonly type?: string;
  readonly body?: Uint8Array;
}

/**
 * What goes back. Over TLS messages, half a message ('half'), and the end ('close'). Over HTTPS a message or a response; the stream reset without having
 * been looked at ('refuse') or broken off ('reset'); GOAWAY before what comes behind it ('goaway'), or the end of the connection ('close').
 */
export type SecureReaction = Uint8Array | HttpResponse | 'half' | 'close' | 'refuse' | 'reset' | 'goaway';
export type SecureScript = (request: SecureRequest) => readonly SecureReaction[] | Promise<readonly SecureReaction[]>;

export interface SecureRequest extends Received {
  /** Of HTTPS. */
  readonly headers: IncomingHttpHeaders;
  readonly socket: TLSSocket;
}

export interface SecureOptions {
  /** What its certificate is for; 127.0.0.1 and dns.example.test, when left out. */
  readonly subject?: Partial<Subject>;
  readonly tls?: TlsOptions;
  readonly maxConcurrentStreams?: number;
}

/** The one that issued the certificates of all servers of a test's process. */
export const AUTHORITY = new Authority();

const NO_ERROR = 0;
const REFUSED_STREAM = 7;
const INTERNAL_ERROR = 2;

export class SecureUpstream {
  /** May be changed at any time. */
  script: SecureScript;
  readonly seen: SecureRequest[] = [];
  readonly sockets = new Set<TLSSocket>();
  /** Handshakes that came to their end, and those that took up an earlier session. */
  accepted = 0;
  resumed = 0;
  readonly #server: Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(script: SecureScript, server: Server | Http2SecureServer) {
    this.script = script;
    this.#server = server;
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket: TLSSocket) => this.#accept(socket));
  }

  static async open(
    secure: 'tls' | 'https',
    script: SecureScript,
    options: SecureOptions = {},
  ): Promise<SecureUpstream> {
    const { subject, tls, maxConcurrentStreams } = options;
    const issued = AUTHORITY.issue({ name: 'server', dns: ['dns.example.test'], addresses: ['127.0.0.1'], ...subject });
    const settings = maxConcurrentStreams === undefined ? {} : { settings: { maxConcurrentStreams } };
    const server =
      secure === 'tls' ? createServer({ ...issued, ...tls }) : createSecureServer({ ...issued, ...tls, ...settings });
    const upstream = new SecureUpstream(script, server);
    if (secure === 'https') upstream.#serveHttp();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return upstream;
  }

  get port(): number {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  get text(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The client's ports: one for each connection that was asked over. */
  get ports(): number {
    return new Set(this.seen.map(({ port }) => port)).size;
  }

  /** Ends every connection. */
  hangUp(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: TLSSocket): void {
    this.accepted++;
    if (socket.isSessionReused()) this.resumed++;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    if (socket.alpnProtocol !== 'h2') this.#serveStream(socket);
  }

  #serveStream(socket: TLSSocket): void {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const length = rest.readUInt16BE(0);
        const request = this.#receive(rest.subarray(2, 2 + length), 'tls', socket, {});
        rest = rest.subarray(2 + length);
        void this.#react(request, (reaction) => writeTo(socket, reaction));
      }
    });
  }

  #serveHttp(): void {
    this.#server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on('error', () => undefined);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.#serve(stream, headers),
    );
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const chunks: Buffer[] = [];
    const socket = this.#socketOf(stream);
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const url = new URL(headers[':path'] ?? '/', 'https://any.invalid');
      const fromUrl = Buffer.from(url.searchParams.get('dns') ?? '', 'base64url');
      const message = headers[':method'] === 'GET' ? fromUrl : Buffer.concat(chunks);
      void this.#react(this.#receive(message, 'https', socket, headers), (reaction) => respond(stream, reaction));
    });
  }

  #socketOf({ session }: ServerHttp2Stream): TLSSocket {
    const port = session?.socket.remotePort;
    for (const socket of this.sockets) if (socket.remotePort === port) return socket;
    throw new Error('a stream without a connection');
  }

  #receive(message: Buffer, proto: 'tls' | 'https', socket: TLSSocket, headers: IncomingHttpHeaders): SecureRequest {
    const { id = 0, questions } = decode(message);
    const { name, type } = questions?.[0] ?? { name: '.', type: 'A' };
    const index = this.seen.length;
    const fqdn = name === '.' ? name : `${name}.`;
    const { remotePort: port = 0, remoteAddress: address = '' } = socket;
    const request = { message, proto, port, address, id, name: fqdn, type, index, headers, socket };
    this.seen.push(request);
    return request;
  }

  async #react(request: SecureRequest, send: (reaction: SecureReaction) => void): Promise<void> {
    for (const reaction of await this.script(request)) send(reaction);
  }
}

function writeTo(socket: TLSSocket, reaction: SecureReaction): void {
  if (reaction === 'close') socket.end();
  else if (reaction === 'half') socket.write(Buffer.from([0, 200, 1, 2, 3]));
  else if (reaction instanceof Uint8Array)
    socket.write(Buffer.concat([Buffer.from([reaction.length >> 8, reaction.length & 255]), reaction]));
}

function respond(stream: ServerHttp2Stream, reaction: SecureReaction): void {
  if (stream.destroyed) return;
  if (reaction === 'close') stream.session?.destroy();
  else if (reaction === 'goaway') stream.session?.goaway(NO_ERROR, stream.id);
  else if (reaction === 'refuse') stream.close(REFUSED_STREAM);
  else if (reaction === 'reset') stream.close(INTERNAL_ERROR);
  else if (reaction === 'half') {
    stream.respond({ ':status': 200, 'content-type': 'application/dns-message', 'content-length': 200 });
    stream.write(Buffer.alloc(100));
    setImmediate(() => stream.session?.destroy());
  } else {
    const {
      status = 200,
      type = 'application/dns-message',
      body = new Uint8Array(),
    } = reaction instanceof Uint8Array ? { body: reaction } : reaction;
    stream.respond({ ':status': status, 'content-type': type });
    stream.end(body);
  }
}
