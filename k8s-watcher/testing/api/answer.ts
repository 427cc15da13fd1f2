// The answer to one request of the fake API server: its head, and its body of the right form. Tests only.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Plain } from '../objects.ts';
import type { Body } from './body.ts';
import { discover, hasRoot } from './discovery.ts';
import type { Encoder } from './encode.ts';
import { JSON_ENCODER } from './encode.ts';
import type { Effects } from './faults.ts';
import type { SeenRequest } from './requests.ts';
import { StatusError } from './status.ts';

/** Octets; smaller bodies are sent as they are. */
const COMPRESSED_FROM = 128 * 1024;

/** Heads and bodies of one request. */
export class Answer {
  readonly #response: ServerResponse;
  readonly #body: Body;
  readonly #seen: SeenRequest;
  readonly #garbage: string | undefined;

  constructor(response: ServerResponse, body: Body, seen: SeenRequest, effects: Partial<Effects>) {
    this.#response = response;
    this.#body = body;
    this.#seen = seen;
    this.#garbage = effects.garbage;
  }

  object(status: number, object: Plain, { contentType, body }: Encoder): void {
    this.#whole(status, contentType, body(object));
  }

  text(status: number, text: string): void {
    this.#whole(status, 'text/plain; charset=utf-8', Buffer.from(text));
  }

  tooMany(retryAfter: number): void {
    this.#response.setHeader('retry-after', String(retryAfter));
    this.text(429, 'Too many requests, please try again later.\n');
  }

  /** A path that is no resource. */
  other(path: string): void {
    const found = discover(path);
    if (typeof found === 'string') this.text(200, found);
    else if (found !== undefined) this.object(200, found, JSON_ENCODER);
    else if (!hasRoot(path)) this.noPage();
    else throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
  }

  noPage(): void {
    this.text(404, '404 page not found\n');
  }

  /** In the form the client takes, or else JSON. */
  refuse(error: StatusError, encoders: readonly Encoder[]): void {
    if (this.#response.headersSent) {
      this.#body.end();
      return;
    }
    const accepted = this.#seen.headers.accept ?? '';
    const other = encoders.find(({ contentType }) => accepted.startsWith(contentType));
    this.object(error.code, error.body(), other ?? JSON_ENCODER);
  }

  /** A body that goes on. */
  stream(contentType: string): Body {
    this.#head(200, contentType);
    this.#response.flushHeaders();
    if (this.#garbage !== undefined) this.#body.send(Buffer.from(this.#garbage));
    return this.#body;
  }

  closed(then: () => void): void {
    this.#response.on('close', then);
  }

  #whole(status: number, contentType: string, bytes: Uint8Array): void {
    const sent = this.#compressed(this.#garbage === undefined ? bytes : Buffer.from(this.#garbage));
    this.#response.setHeader('content-length', sent.length);
    this.#head(status, contentType);
    this.#body.send(sent);
    this.#body.end();
  }

  /** Large bodies, for those who take it. */
  #compressed(bytes: Uint8Array): Uint8Array {
    if (bytes.length < COMPRESSED_FROM || !String(this.#seen.headers['accept-encoding']).includes('gzip')) return bytes;
    this.#response.setHeader('content-encoding', 'gzip');
    return gzipSync(bytes);
  }

  #head(status: number, contentType: string): void {
    this.#seen.status = status;
    this.#response.writeHead(status, { 'cache-control': 'no-cache, private', 'content-type': contentType });
    this.#response.flushHeaders();
  }
}
