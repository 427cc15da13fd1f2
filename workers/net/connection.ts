// One TCP client: its queries are worked on at the same time and answered in the order they came (spec B1, RFC 7766 §6.2.1). Between the
// messages of a zone transfer the answers behind it go out. Warm.

import type { Socket } from 'node:net';
import { MAX_MESSAGE_BYTES } from '#wire/constants.ts';
import { WAITING } from '../chain/core.ts';
import type { Answer } from '../query/answer.ts';
import { PROTO_TCP, type Query, type Responder, type Streamer, WORKSPACE } from '../query/query.ts';
import { FrameReader, frame } from './framing.ts';
import type { TcpListener } from './tcp.ts';

/** A query of this connection, from its arrival until its answer is written; `answer` is null as long as it is not known. */
interface Pending {
  answer: Buffer | null;
  done: boolean;
  /** Whose messages are sent one by one; null for a query with a single answer. */
  streamer: Streamer | null;
  /** The socket has a message of the streamer, which has not been told yet that it was taken. */
  sent: boolean;
}

export class Connection implements Responder {
  readonly #listener: TcpListener;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  /** In the order of arrival. */
  readonly #pending: Pending[] = [];
  /** What was received but may not be worked on yet. */
  #backlog: Buffer | null = null;
  #served = 0;
  #closing = false;
  /** The client will send no more. */
  #ended = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(listener: TcpListener, socket: Socket) {
    this.#listener = listener;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#hearEnd());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
    this.#patience(listener.limits.firstTimeout);
  }

  /** Closes the connection after `milliseconds` without a whole query. One that trickles in octet by octet has no longer. */
  #patience(milliseconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), milliseconds);
  }

  /** Whoever has not taken his answers by now does not get them: waiting for that would keep them for ever. */
  #expire(): void {
    if (this.#pending.length === 0) this.#socket.destroy();
    else this.#patience(this.#listener.limits.idleTimeout);
  }

  #receive(chunk: Buffer): void {
    this.#backlog = this.#backlog === null ? chunk : Buffer.concat([this.#backlog, chunk]);
    this.#continue();
  }

  /** Works on what has been received as far as the limits allow; the socket is not read meanwhile. */
  #continue(): void {
    const chunk = this.#backlog;
    if (chunk === null || this.#closing) return;
    const { turn } = this.#listener;
    turn.begin();
    const reached = this.#ready() ? this.#frames.push(chunk, 0, (length) => this.#serve(length)) : 0;
    turn.end();
    this.#backlog = reached === chunk.length ? null : chunk.subarray(reached);
    if (this.#backlog === null) this.#socket.resume();
    else this.#socket.pause();
  }

  #ready(): boolean {
    const { limits } = this.#listener;
    return this.#pending.length < limits.maxPipelined && !this.#socket.writableNeedDrain && !this.#exhausted();
  }

  #exhausted(): boolean {
    const { maxQueries } = this.#listener.limits;
    return maxQueries > 0 && this.#served >= maxQueries;
  }

  /** Takes the message that stands in the frame buffer; returns whether the next one may follow at once. */
  #serve(length: number): boolean {
    const { pool, core, endpoint, clock, limits } = this.#listener;
    const query = pool.available > 1 ? pool.acquire() : undefined;
    if (query === undefined) {
      endpoint.report.rejected();
      this.#socket.destroy();
      return false;
    }
    this.#served++;
    this.#patience(limits.idleTimeout);
    const pending: Pending = { answer: null, done: false, streamer: null, sent: false };
    this.#pending.push(pending);
    prepare(query, this.#frames.buffer, length);
    this.#listener.writePeer(query, this.#socket);
    query.proto = PROTO_TCP;
    query.receivedAt = clock.now;
    query.responder = this;
    query.route = pending;
    const at = query.workspace + WORKSPACE.REQUEST;
    const answered = core.handle(query, at, length, endpoint, query.workspace + WORKSPACE.ANSWER);
    if (answered !== WAITING) this.respond(query, query.answer, answered);
    return this.#ready();
  }

  respond(query: Query, answer: Answer, length: number): void {
    const pending = query.route as Pending;
    pending.answer = length > 0 ? frame(query.bytes, answer.at, length) : null;
    pending.done = true;
    query.release();
    if (pending.streamer !== null) this.#endStream(length);
    this.#flush();
  }

  /** What was said so far is worth nothing without its end: the client must not wait for it. */
  #endStream(length: number): void {
    if (length === 0) this.#socket.destroy();
    else if (!this.#closing) this.#patience(this.#listener.limits.idleTimeout);
  }

  part(query: Query, answer: Answer, length: number, streamer: Streamer): void {
    const pending = query.route as Pending;
    pending.streamer = streamer;
    if (this.#socket.destroyed) {
      setImmediate(() => this.#tellLeft(pending));
      return;
    }
    pending.answer = frame(query.bytes, answer.at, length);
    this.#flush();
  }

  #drained(): void {
    this.#tellTaken();
    this.#continue();
  }

  /** The next messages may follow, when the client takes them; in a turn of their own, so that others get theirs. */
  #tellTaken(): void {
    if (this.#socket.writableNeedDrain) return;
    for (const pending of this.#pending) {
      if (!pending.sent) continue;
      pending.sent = false;
      setImmediate(() => this.#tellDrained(pending));
    }
  }

  /** Whoever streams to a client that has gone is told so when the socket closes. */
  #tellDrained(pending: Pending): void {
    if (!this.#socket.destroyed) pending.streamer?.drained();
  }

  #tellLeft(pending: Pending): void {
    if (pending.done || pending.streamer === null) return;
    const { turn } = this.#listener;
    turn.begin();
    pending.streamer.left();
    turn.end();
  }

  #isOver(): boolean {
    return this.#closing || this.#exhausted() || (this.#ended && this.#backlog === null);
  }

  /** Writes what is next in order; streams that have not come to their end do not hold up those behind them. */
  #flush(): void {
    const before = this.#pending.length;
    for (let i = 0; i < this.#pending.length; ) {
      const pending = this.#pending[i];
      if (!pending.done && pending.streamer === null) break;
      this.#write(pending);
      if (pending.done) this.#pending.splice(i, 1);
      else i++;
    }
    this.#tellTaken();
    if (this.#pending.length === 0 && this.#isOver()) this.#socket.destroySoon();
    else if (this.#backlog !== null && this.#pending.length < before) setImmediate(() => this.#continue());
  }

  #write(pending: Pending): void {
    const { answer, done } = pending;
    if (answer === null || this.#socket.destroyed) return;
    pending.answer = null;
    pending.sent = !done;
    this.#socket.write(answer);
  }

  /** The client has said everything (RFC 7766 §6.2.3): it gets the answers that it is owed. */
  #hearEnd(): void {
    this.#ended = true;
    if (this.#backlog === null && this.#pending.length === 0) this.#socket.destroySoon();
  }

  /** Answers what has been taken, then closes. */
  finish(): void {
    this.#closing = true;
    if (this.#pending.length === 0) this.#socket.destroySoon();
  }

  #closed(): void {
    this.#closing = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#listener.forget(this);
    for (const pending of [...this.#pending]) this.#tellLeft(pending);
  }
}

function prepare(query: Query, from: Uint8Array, length: number): void {
  if (length > MAX_MESSAGE_BYTES) throw new RangeError(`a message of ${length} octets`);
  const at = query.workspace + WORKSPACE.REQUEST;
  for (let i = 0; i < length; i++) query.bytes[at + i] = from[i];
}
