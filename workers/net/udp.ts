// DNS over UDP: batches in, answers written straight into the outbox, batches out. The hottest loop of the server.

import { type DatagramSink, type DatagramSocket, peerFamily } from '#native/datagram.ts';
import { CLASSIC_UDP_BYTES } from '#wire/constants.ts';
import { type Endpoint, type ServerCore, WAITING } from '../chain/core.ts';
import type { Clock } from '../chain/handler.ts';
import type { Answer } from '../query/answer.ts';
import { moveOctets } from '../query/octets.ts';
import type { QueryPool } from '../query/pool.ts';
import { PROTO_UDP, type Query, type Responder } from '../query/query.ts';
import type { ThreadTurn } from './turn.ts';

/** Octets of an outbox slot: the largest answer, rounded up to pages; only pages that are written take memory. */
export const SEND_BYTES = 65_536;
/** Octets of a receive slot: a longer query is cut and then malformed, as with the reference (spec B1). */
export const RECEIVE_BYTES = CLASSIC_UDP_BYTES;

/** One UDP socket of a thread and the endpoint behind it. */
export class UdpListener implements DatagramSink, Responder {
  readonly socket: DatagramSocket;
  readonly #core: ServerCore;
  readonly #endpoint: Endpoint;
  readonly #pool: QueryPool;
  readonly #turn: ThreadTurn;
  readonly #clock: Clock;
  /** The query object for the next datagram; another one takes its place when it has to wait. */
  #query: Query;
  #draining = false;
  /** Queries that will be answered later. */
  #waiting = 0;
  /** True while a query writes its answer into the next slot. */
  #serving = false;
  /** Queries that were answered meanwhile; `ticket` is the length of the answer. */
  readonly #late: Query[] = [];
  /** Losses of the socket that have been reported. */
  #unsent = 0;

  constructor(
    socket: DatagramSocket,
    endpoint: Endpoint,
    core: ServerCore,
    pool: QueryPool,
    turn: ThreadTurn,
    clock: Clock,
  ) {
    this.socket = socket;
    this.#endpoint = endpoint;
    this.#core = core;
    this.#pool = pool;
    this.#turn = turn;
    this.#clock = clock;
    this.#query = take(pool);
    socket.listen(this);
  }

  batch(socket: DatagramSocket, count: number): void {
    this.#turn.begin();
    this.#turn.flushLater(socket);
    for (let i = 0; i < count; i++) this.#serve(socket, i);
    this.#turn.end();
    if (socket.dropped !== this.#unsent) this.#reportUnsent(socket.dropped);
  }

  #reportUnsent(dropped: number): void {
    this.#endpoint.report.unsent(dropped - this.#unsent);
    this.#unsent = dropped;
  }

  #serve(socket: DatagramSocket, i: number): void {
    const query = this.#query;
    const peerAt = socket.peerAt(i);
    query.proto = PROTO_UDP;
    query.peerAt = peerAt;
    query.family = peerFamily(query.bytes, peerAt);
    query.receivedAt = this.#clock.now;
    query.responder = this;
    this.#serving = true;
    const length = this.#core.handle(query, socket.at(i), socket.length(i), this.#endpoint, socket.slot());
    this.#serving = false;
    if (length > 0) socket.commit(length, peerAt);
    else if (length === WAITING) this.#wait();
    if (this.#late.length > 0) this.#sendLate();
  }

  #wait(): void {
    this.#waiting++;
    this.#query = take(this.#pool);
  }

  /** An answer that had to be waited for. While another query is being served its slot is taken: the answer then follows behind it. */
  respond(query: Query, answer: Answer, length: number): void {
    this.#waiting--;
    if (length <= 0) query.release();
    else if (this.#serving) {
      query.ticket = length;
      this.#late.push(query);
    } else this.#send(query, answer.at, length);
    if (this.#draining) this.#closeIdle();
  }

  #sendLate(): void {
    for (let query = this.#late.pop(); query !== undefined; query = this.#late.pop())
      this.#send(query, query.answer.at, query.ticket);
  }

  #send(query: Query, at: number, length: number): void {
    const { socket } = this;
    moveOctets(query.bytes, socket.slot(), at, length);
    socket.commit(length, query.peerAt);
    this.#turn.flushLater(socket);
    this.#turn.releaseLater(query);
  }

  /** Reads no more; what waits can still be answered until `close`. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.socket.pause();
    this.#query.release();
    this.#closeIdle();
  }

  /** A socket that is not read still gets its share of the port's datagrams: it goes as soon as nobody needs it to answer. */
  #closeIdle(): void {
    if (this.#waiting === 0) this.socket.close();
  }

  close(): void {
    this.drain();
    this.socket.close();
  }
}

/** Handlers ask `query.mayWait` before they keep one, so one object is always left. */
function take(pool: QueryPool): Query {
  const query = pool.acquire();
  if (query === undefined) throw new Error('the query pool is smaller than the number of listeners');
  return query;
}
