// One request over HTTP/2 and what comes back: its status, its type and its body, bounded. Warm.

import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import type { DohConnection } from './doh.ts';
import { isDnsMessage } from './doh-headers.ts';

/** RFC 9113 §7 */
const REFUSED_STREAM = 7;
const CANCEL = 8;
const OK = 200;

export class DohRequest {
  /** Slot and message id of its exchange. */
  readonly slot: number;
  readonly id: number;
  /** True once it is known what has become of it. */
  finished = false;
  readonly #connection: DohConnection;
  readonly #stream: ClientHttp2Stream;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #ok = false;

  constructor(connection: DohConnection, slot: number, id: number, stream: ClientHttp2Stream) {
    this.#connection = connection;
    this.slot = slot;
    this.id = id;
    this.#stream = stream;
    stream.on('response', (headers) => this.#begun(headers));
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('end', () => this.#complete());
    // Whatever it was, `close` follows.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed());
  }

  /** True while somebody waits for its reply. */
  get awaited(): boolean {
    return !this.finished && this.#connection.awaits(this.slot, this.id);
  }

  #begun(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const status = headers[':status'] ?? 0;
    this.#ok = status === OK && isDnsMessage(headers['content-type']);
    if (this.#ok) return;
    this.#fail(status === OK ? 'content-type is not application/dns-message' : `HTTP status ${status}`);
  }

  #receive(chunk: Buffer): void {
    if (this.finished) return;
    this.#length += chunk.length;
    if (this.#length > MAX_MESSAGE_BYTES) this.#fail(`more than ${MAX_MESSAGE_BYTES} octets`);
    else this.#chunks.push(chunk);
  }

  #complete(): void {
    if (this.finished || !this.#ok) return;
    this.finished = true;
    this.#connection.replied(this, Buffer.concat(this.#chunks, this.#length));
  }

  /** Of this request nothing good can come. */
  #fail(reason: string): void {
    if (this.finished) return;
    this.drop();
    this.#connection.failed(this, reason, true);
  }

  /**
   * A stream that the server refused has not been looked at (RFC 9113 §8.7): it may be asked for again. When the whole connection is at its end,
   * that is told by the connection.
   */
  #closed(): void {
    this.#connection.ended(this);
    const { rstCode = 0 } = this.#stream;
    if (this.finished || this.#connection.over) return;
    this.finished = true;
    this.#connection.failed(this, `the stream was closed with code ${rstCode}`, rstCode !== REFUSED_STREAM);
  }

  /** Nobody wants the reply any more. */
  drop(): void {
    this.finished = true;
    this.#connection.ended(this);
    this.#stream.close(CANCEL);
  }
}
