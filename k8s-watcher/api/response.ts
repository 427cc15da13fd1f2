// An answer of the API server: head, a body that is read as it comes, and what it says when it is a failure. Cold.

import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ApiRequestError } from './errors.ts';
import { failureOf } from './problem.ts';

/** Longest Status object that is read; what the server says beyond it would not fit a line anyway. */
const MAX_FAILURE = 64 * 1024;
/**
 * Octets that are inflated at once, by another thread. With 1 MB a list of 63 MB may take a tenth less time, but 10 MB more memory until its chunks are
 * collected. `coredns_kubernetes_rest_client_request_duration_seconds` would tell.
 */
const INFLATED = 1 << 16;

/** Any status below 300 and from 400 on. `read()` its body to the end or `destroy()` it: until then it counts as under way. */
export class ApiResponse {
  readonly status: number;
  /** Media type without parameters' blanks, as sent; '' when missing. */
  readonly contentType: string;
  /** Seconds; 0 when the server asks for nothing. */
  readonly retryAfter: number;
  readonly #body: Readable;
  readonly #owner: string;

  /** `owner`: whose credentials went along, for a 401. */
  constructor(message: IncomingMessage, owner: string) {
    this.#owner = owner;
    this.status = message.statusCode ?? 0;
    this.contentType = message.headers['content-type'] ?? '';
    this.retryAfter = secondsOf(message.headers['retry-after']);
    this.#body = decoded(message);
  }

  get ok(): boolean {
    return this.status < 300;
  }

  /**
   * Hands over every chunk in the moment in which it comes from the network, and resolves when the body has ended. Rejects with what `take`
   * throws, which ends the connection, or when the connection is lost or silent (ApiTimeoutError). An uncompressed list comes in chunks of 2 kB: to
   * wait for a promise for each would take as long as reading what is in it.
   */
  read(take: (chunk: Uint8Array) => void): Promise<void> {
    const body = this.#body;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    body.on('data', (chunk: Uint8Array) => {
      if (body.destroyed) return;
      try {
        take(chunk);
      } catch (error) {
        reject(error);
        body.destroy();
      }
    });
    finished(body).then(resolve, reject);
    return promise;
  }

  /** The whole body. Throws RangeError, and ends the connection, when it is longer than `limit` octets. */
  async text(limit: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    await this.read((chunk) => {
      length += chunk.length;
      if (length > limit) throw new RangeError(`the answer is longer than ${limit} octets`);
      chunks.push(chunk);
    });
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Reads the body of a failure and says what it means. */
  async failure(): Promise<ApiRequestError> {
    const text = await this.text(MAX_FAILURE).catch(() => '');
    return failureOf(this.status, text, this.retryAfter, this.#owner);
  }

  /** Ends the connection if the body has not been read to its end. */
  destroy(): void {
    this.#body.destroy();
  }
}

/** The body without its content encoding. Whatever ends one of the two ends the other, with the same error. */
function decoded(message: IncomingMessage): Readable {
  if (message.headers['content-encoding'] !== 'gzip') return message;
  return pipeline(message, createGunzip({ chunkSize: INFLATED }), () => undefined);
}

/** Retry-After: seconds or a date (RFC 9110 section 10.2.3). */
export function secondsOf(header: string | undefined): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const ahead = (Date.parse(header) - Date.now()) / 1000;
  return ahead > 0 ? Math.ceil(ahead) : 0;
}
