// What a thread asks and is told, many at a time: one message each way for a turn's questions and answers. Written and read on both sides. Warm.

import type { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { payloadLength, writePayload } from './payload.ts';

/*
 * Request, in octets, numbers with the highest octet first; requests stand one behind the other:
 *
 *   0    length of all of it u32
 *   4    what is asked u8 (GET, PUT) │ zero u8 │ length of the question u16
 *   8    GET: id of the query u32 │ PUT: TTL in seconds u32
 *   12   question: QTYPE u16 │ QCLASS u16 │ flags of the key u8 │ QNAME in lower case
 *   …    PUT: payload
 *
 * Reply:
 *
 *   0    length of all of it u32
 *   4    id of the query u32
 *   8    status u8 │ zero u24
 *   12   FOUND: seconds that are left u32 │ payload
 */
export const GET = 1;
export const PUT = 2;
const REQUEST_HEADER = 12;
const QUESTION_HEADER = 5;
const REPLY_HEADER = 16;

/** What became of a GET. */
export const STATUS = {
  FOUND: 0,
  /** Redis has nothing, or nothing that is still good. */
  ABSENT: 1,
  /** Redis did not answer, or with an error. */
  FAILED: 2,
  /** The value is not from the fleet, or not intact. */
  REFUSED: 3,
  /** The value is for another question. */
  COLLISION: 4,
  /** Not asked: the breaker is open. */
  UNUSABLE: 5,
} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

const FIRST_BYTES = 16_384;
/** Longest batch: more of them in a turn are refused. 2 MiB are 100 of the longest answers, or 30,000 questions. */
const MAX_BYTES = 2 << 20;

/** Requests that are being put together; a buffer that grows to what a busy turn needs and stays. */
export class RequestWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #end = 0;

  get empty(): boolean {
    return this.#end === 0;
  }

  /** False when the batch is full. */
  get(id: number, key: AnswerKey): boolean {
    const length = REQUEST_HEADER + QUESTION_HEADER + key.nameLength;
    if (!this.#reserve(length)) return false;
    this.#begin(GET, id, key, length);
    this.#end += length;
    return true;
  }

  /** False when the batch is full. The body stands at `from[at…]`. */
  put(ttl: number, key: AnswerKey, share: number, entry: AnswerEntry, from: Uint8Array, at: number): boolean {
    const head = REQUEST_HEADER + QUESTION_HEADER + key.nameLength;
    const length = head + payloadLength(entry);
    if (!this.#reserve(length)) return false;
    this.#begin(PUT, ttl, key, length);
    writePayload(share, entry, from, at, this.#bytes, this.#end + head);
    this.#end += length;
    return true;
  }

  #reserve(length: number): boolean {
    const wanted = this.#end + length;
    if (wanted > MAX_BYTES) return false;
    if (wanted > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(MAX_BYTES, Math.max(wanted, 2 * this.#bytes.length)));
      grown.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = grown;
    }
    return true;
  }

  #begin(operation: number, number: number, key: AnswerKey, length: number): void {
    const bytes = this.#bytes;
    const at = this.#end;
    write32(bytes, at, length);
    bytes[at + 4] = operation;
    bytes[at + 5] = 0;
    write16(bytes, at + 6, QUESTION_HEADER + key.nameLength);
    write32(bytes, at + 8, number);
    write16(bytes, at + 12, key.type);
    write16(bytes, at + 14, key.klass);
    bytes[at + 16] = key.flags;
    for (let i = 0; i < key.nameLength; i++) bytes[at + 17 + i] = key.bytes[key.nameAt + i];
  }

  /** A copy of the requests so far, which are forgotten. */
  take(): Uint8Array<ArrayBuffer> {
    const batch = this.#bytes.slice(0, this.#end);
    this.#end = 0;
    return batch;
  }
}

export interface Request {
  readonly operation: number;
  /** Id of a GET, TTL of a PUT. */
  readonly number: number;
  /** Views of the batch. */
  readonly question: Uint8Array;
  readonly payload: Uint8Array;
}

/** The requests of a batch that a RequestWriter wrote. */
export function* readRequests(batch: Uint8Array): Generator<Request> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  for (let at = 0; at < batch.length; at += view.getUint32(at)) {
    const question = at + REQUEST_HEADER;
    const payload = question + view.getUint16(at + 6);
    yield {
      operation: batch[at + 4],
      number: view.getUint32(at + 8),
      question: batch.subarray(question, payload),
      payload: batch.subarray(payload, at + view.getUint32(at)),
    };
  }
}

/** One reply, for `joinReplies`. */
export function writeReply(id: number, status: Status, remaining: number, payload: Uint8Array): Uint8Array {
  const reply = new Uint8Array(REPLY_HEADER + payload.length);
  write32(reply, 0, reply.length);
  write32(reply, 4, id);
  reply[8] = status;
  write32(reply, 12, remaining);
  reply.set(payload, REPLY_HEADER);
  return reply;
}

export function joinReplies(replies: readonly Uint8Array[]): Uint8Array {
  const batch = new Uint8Array(replies.reduce((sum, reply) => sum + reply.length, 0));
  let at = 0;
  for (const reply of replies) {
    batch.set(reply, at);
    at += reply.length;
  }
  return batch;
}

/** A cursor over replies, reused for every batch. */
export class ReplyReader {
  bytes: Uint8Array = new Uint8Array(0);
  id = 0;
  status: number = STATUS.ABSENT;
  remaining = 0;
  payloadAt = 0;
  payloadEnd = 0;
  #next = 0;

  open(batch: Uint8Array): void {
    this.bytes = batch;
    this.#next = 0;
  }

  /** False at the end. */
  next(): boolean {
    const { bytes } = this;
    const at = this.#next;
    if (at + REPLY_HEADER > bytes.length) return false;
    this.#next = at + read32(bytes, at);
    this.id = read32(bytes, at + 4);
    this.status = bytes[at + 8];
    this.remaining = read32(bytes, at + 12);
    this.payloadAt = at + REPLY_HEADER;
    this.payloadEnd = this.#next;
    return true;
  }
}

function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function write32(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, value >>> 16);
  write16(bytes, at + 2, value);
}

function read32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
