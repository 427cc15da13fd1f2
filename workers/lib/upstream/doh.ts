// DNS over HTTPS: one HTTP/2 stream for each request (RFC 8484, RFC 9113). node:http2 is loaded by threads that need it. Warm: may allocate for a request.

import type { ClientHttp2Session, Settings } from 'node:http2';
import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import { Connection } from './connection.ts';
import type { Dialer } from './dialer.ts';
import { requestHeaders, requestTarget } from './doh-headers.ts';
import { DohRequest } from './doh-request.ts';
import type { TcpUpstream } from './tcp.ts';

/** Protocol that TLS has to agree on. */
export const DOH_PROTOCOL = 'h2';
/** Streams at the same time, if the server allows so many: as requests over a TCP connection. */
const MAX_STREAMS = 256;
/** What Node counts for one session, in MB: 256 replies of ordinary size take a fraction of one. */
const SESSION_MEGABYTES = 4;
/** Where the requests really go says each of them; the session only wants to have something. */
const ORIGIN = 'https://upstream.invalid';
const NO_HTTP2 = 'the upstream does not speak HTTP/2';

/** Where every request is put together; a stream gets a copy of its own. */
const scratch = new Uint8Array(MAX_MESSAGE_BYTES);

export class DohConnection extends Connection {
  readonly #session: ClientHttp2Session;
  readonly #requests = new Set<DohRequest>();
  readonly #target: ReturnType<typeof requestTarget>;
  #limit = MAX_STREAMS;

  constructor(upstream: TcpUpstream, dialer: Dialer) {
    super(upstream, dialer);
    this.#target = requestTarget(upstream.address, upstream.settings.dohMethod ?? 'POST');
    this.#session = process.getBuiltinModule('node:http2').connect(ORIGIN, {
      createConnection: () => this.socket,
      settings: { enablePush: false },
      maxSessionMemory: SESSION_MEGABYTES,
    });
    this.#session.on('connect', () => this.#connected());
    this.#session.on('remoteSettings', (settings: Settings) => this.#limitTo(settings));
    this.#session.on('goaway', () => this.retire());
    this.#session.on('error', (error: NodeJS.ErrnoException) => this.broken(error));
    this.#session.on('close', () => this.end('EOF'));
  }

  #connected(): void {
    if ('alpnProtocol' in this.socket && this.socket.alpnProtocol === DOH_PROTOCOL) this.opened();
    else this.end(`dial tcp ${this.upstream.address.text}: ${NO_HTTP2}`);
  }

  #limitTo({ maxConcurrentStreams = MAX_STREAMS }: Settings): void {
    this.#limit = Math.min(maxConcurrentStreams, MAX_STREAMS);
  }

  override usable(now: number): boolean {
    return super.usable(now) && !this.#session.closed && !this.#session.destroyed;
  }

  /** What nobody waits for any more does not hold up new requests. */
  get hasRoom(): boolean {
    if (this.pending >= this.#limit) return false;
    if (this.#requests.size >= this.#limit) for (const request of this.#requests) if (!request.awaited) request.drop();
    return this.#requests.size < this.#limit;
  }

  send(slot: number): void {
    if (!this.isReady) return;
    const length = this.exchanges.write(slot, scratch, 0);
    const id = (scratch[0] << 8) | scratch[1];
    // RFC 8484 §4.1: always the same id, so that HTTP caches can do their work. The stream tells replies apart.
    scratch[0] = 0;
    scratch[1] = 0;
    const body = Buffer.from(scratch.subarray(0, length));
    try {
      const headers = requestHeaders(this.#target, body);
      const stream = this.#session.request(headers, { endStream: headers[':method'] === 'GET' });
      this.#requests.add(new DohRequest(this, slot, id, stream));
      if (headers[':method'] === 'POST') stream.end(body);
    } catch (error) {
      // The session is at its end and its event has not come yet. The caller is in the middle of sending, so it hears of that afterwards.
      setImmediate(() => this.broken(error as NodeJS.ErrnoException));
    }
  }

  /** True while the request waits for its reply. */
  awaits(slot: number, id: number): boolean {
    return this.exchanges.find(this, id) === slot;
  }

  /** True when the whole connection is at its end, which it says itself. */
  get over(): boolean {
    return this.#session.destroyed;
  }

  /** The whole message of a stream that has ended well. */
  replied(request: DohRequest, message: Buffer): void {
    this.turn(() => {
      const { slot, id } = request;
      const ours = message.length >= 2 && message.readUInt16BE(0) === 0;
      if (ours) message.writeUInt16BE(id, 0);
      if (ours && this.deliver(message, message.length)) return;
      // Nothing else will come over this stream.
      if (this.awaits(slot, id)) this.exchanges.fail(slot, this.#failure('not a reply to the request'), true);
    });
  }

  /** No reply comes over this stream. `final`: nor would it over another connection. */
  failed({ slot, id }: DohRequest, reason: string, final: boolean): void {
    if (this.awaits(slot, id)) this.turn(() => this.exchanges.fail(slot, this.#failure(reason), final));
  }

  #failure(reason: string): string {
    return `https://${this.upstream.address.text}: ${reason}`;
  }

  ended(request: DohRequest): void {
    this.#requests.delete(request);
  }

  override emptied(): void {
    for (const request of this.#requests) if (!request.finished) request.drop();
    super.emptied();
  }

  protected destroy(): void {
    this.#session.destroy();
    this.socket.destroy();
  }
}
