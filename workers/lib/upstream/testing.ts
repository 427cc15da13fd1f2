// Queries, replies, sockets and deadlines for the tests of this folder. Tests only.

import assert from 'node:assert/strict';
import type { DatagramIo, DatagramSink, DatagramSocket } from '#native/datagram.ts';
import { encodeName } from '#wire/name.ts';
import type { Deadlines, Expiring } from '../../chain/handler.ts';
import { PROTO_TCP, PROTO_UDP, type Query } from '../../query/query.ts';
import { ACCEPTED, readQuery } from '../../query/read.ts';
import { encodeQuestion, type Question } from '../../testing/case.ts';
import type { TestThread } from '../../testing/thread.ts';

/**
 * A query as it stands in the thread's receive slot, with its answer opened. `extra` stands behind the message; `additionals` is how many
 * records of it the header counts. Give it back with `release`.
 */
export function openQuery(thread: TestThread, question: Question, extra = '', additionals = 0): Query {
  const query = thread.pool.acquire();
  assert.ok(query !== undefined);
  const message = Buffer.concat([encodeQuestion(question), Buffer.from(extra.replaceAll(' ', ''), 'hex')]);
  message[11] += additionals;
  query.bytes.set(message, thread.requestAt);
  query.proto = question.proto === 'tcp' ? PROTO_TCP : PROTO_UDP;
  query.answer.open(thread.answerAt);
  assert.equal(readQuery(query, thread.requestAt, message.length, thread.host.seed), ACCEPTED);
  return query;
}

/** Records of each section as hex: owner, type, class, TTL, length, data; `c00c` is the question's name. */
export interface ReplyHex {
  readonly flags?: number;
  readonly answers?: readonly string[];
  readonly authorities?: readonly string[];
  readonly additionals?: readonly string[];
  /** Behind everything. */
  readonly trailing?: string;
}

/** A reply to `name`, `type` in class IN, octet for octet. */
export function replyHex(name: string, type: number, parts: ReplyHex): Buffer {
  const { flags = 0x8180, answers = [], authorities = [], additionals = [], trailing = '' } = parts;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  [answers, authorities, additionals].forEach((section, i) => {
    header.writeUInt16BE(section.length, 6 + 2 * i);
  });
  const records = [...answers, ...authorities, ...additionals, trailing].join('').replaceAll(' ', '');
  return Buffer.concat([header, encodeName(name), Buffer.from([0, type, 0, 1]), Buffer.from(records, 'hex')]);
}

/** Deadlines that pass when the test says so. */
export class ManualDeadlines implements Deadlines {
  /** How many there may be. */
  room = Number.POSITIVE_INFINITY;
  readonly #pending = new Map<
    number,
    { readonly owner: Expiring; readonly token: number; readonly milliseconds: number }
  >();
  #next = 0;

  start(owner: Expiring, token: number, milliseconds: number): number {
    if (this.#pending.size >= this.room) return -1;
    this.#pending.set(++this.#next, { owner, token, milliseconds });
    return this.#next;
  }

  cancel(handle: number): void {
    this.#pending.delete(handle);
  }

  get active(): number {
    return this.#pending.size;
  }

  /** Milliseconds of each that is running, oldest first. */
  get milliseconds(): number[] {
    return [...this.#pending.values()].map(({ milliseconds }) => milliseconds);
  }

  /** Lets the oldest one pass. */
  expireFirst(): void {
    const [[handle, { owner, token }]] = this.#pending;
    this.#pending.delete(handle);
    owner.expire(token);
  }
}

/** A socket without a network: what was sent can be seen, what comes in is up to the test. */
export class ManualSocket implements DatagramSocket {
  readonly address = '127.0.0.1';
  readonly family = 4;
  readonly dropped = 0;
  readonly refused = 0;
  readonly port: number;
  readonly sent: Buffer[] = [];
  closed = false;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  #length = 0;
  #sink: DatagramSink | null = null;

  constructor(bytes: Uint8Array, at: number, port: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.port = port;
  }

  listen(sink: DatagramSink): void {
    this.#sink = sink;
  }

  at(): number {
    return this.#at;
  }

  length(): number {
    return this.#length;
  }

  peerAt(): number {
    return 0;
  }

  cut(): boolean {
    return false;
  }

  slot(): number {
    return this.#at;
  }

  commit(length: number): void {
    assert.ok(!this.closed, 'sent over a closed socket');
    this.sent.push(Buffer.from(this.#bytes.slice(this.#at, this.#at + length)));
  }

  /** A datagram comes in. */
  receive(message: Uint8Array): void {
    this.#bytes.set(message, this.#at);
    this.#length = message.length;
    this.#sink?.batch(this, 1);
  }

  /** The host of the peer says something. */
  refuse(code: string): void {
    this.#sink?.error?.(this, code);
  }

  flush(): void {}
  pause(): void {}
  resume(): void {}

  close(): void {
    this.closed = true;
  }
}

/** Opens sockets when the test says so. */
export class ManualIo implements DatagramIo {
  readonly name = 'dgram';
  readonly sockets: ManualSocket[] = [];
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #asked: { readonly resolve: (socket: DatagramSocket) => void; readonly reject: (error: Error) => void }[] =
    [];

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  open(): Promise<DatagramSocket> {
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }

  /** Sockets that have been asked for and are not open yet. */
  get opening(): number {
    return this.#asked.length;
  }

  /** Opens what was asked for first; done when its owner knows. */
  async grant(): Promise<ManualSocket> {
    const socket = new ManualSocket(this.#bytes, this.#at, 1000 + this.sockets.length);
    this.sockets.push(socket);
    this.#asked.shift()?.resolve(socket);
    await new Promise((resolve) => setImmediate(resolve));
    return socket;
  }

  /** Fails what was asked for first. */
  async refuse(error: Error): Promise<void> {
    this.#asked.shift()?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
