// An answer of the API server: head, a body that is read as it comes, and what it says when it is a failure. Cold.

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ApiRequestError } from './errors.ts';
import { failureOf } from './problem.ts';

/** Longest Status object that is read; what the server says beyond it would not fit a line anyway. */
const MAX_FAILURE = 64 * 1024;

/** Any status below 300 and from 400 on. Read its body to the end or `destroy()` it: until then it counts as under way. */
export class ApiResponse {
  readonly status: number;
  /** Media type without parameters' blanks, as sent; '' when missing. */
  readonly contentType: string;
  /** Seconds; 0 when the server asks for nothing. */
  readonly retryAfter: number;
  /** Chunks as they come from the network. Ends with an error when the connection is lost or silent (ApiTimeoutError). */
  readonly body: Readable & AsyncIterable<Uint8Array>;

  readonly #owner: string;

  /** `owner`: whose credentials went along, for a 401. */
  constructor(message: IncomingMessage, owner: string) {
    this.#owner = owner;
    this.status = message.statusCode ?? 0;
    this.contentType = message.headers['content-type'] ?? '';
    this.retryAfter = secondsOf(message.headers['retry-after']);
    this.body = message;
  }

  get ok(): boolean {
    return this.status < 300;
  }

  /** The whole body. Throws RangeError, and ends the connection, when it is longer than `limit` octets. */
  async text(limit: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.body) {
      length += chunk.length;
      if (length > limit) {
        this.destroy();
        throw new RangeError(`the answer is longer than ${limit} octets`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Reads the body of a failure and says what it means. */
  async failure(): Promise<ApiRequestError> {
    const text = await this.text(MAX_FAILURE).catch(() => '');
    return failureOf(this.status, text, this.retryAfter, this.#owner);
  }

  /** Ends the connection if the body has not been read to its end. */
  destroy(): void {
    this.body.destroy();
  }
}

/** Retry-After: seconds or a date (RFC 9110 section 10.2.3). */
export function secondsOf(header: string | undefined): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const ahead = (Date.parse(header) - Date.now()) / 1000;
  return ahead > 0 ? Math.ceil(ahead) : 0;
}
