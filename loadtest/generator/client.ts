// One connected socket of the generator: sends queries, matches answers. The hot loop of a run.

import type { DatagramSink, DatagramSocket } from '#native/datagram.ts';
import { FLAG, HEADER_BYTES } from '#wire/constants.ts';
import { Outstanding } from './outstanding.ts';
import type { Queries } from './queries.ts';
import type { Tally } from './tally.ts';

const QR = FLAG.QR >> 8;
const TC = FLAG.TC >> 8;

export class Client implements DatagramSink {
  readonly #bytes: Uint8Array;
  readonly #socket: DatagramSocket;
  readonly #queries: Queries;
  readonly #tally: Tally;
  readonly #outstanding = new Outstanding();
  /** Whether each answer is followed by a new query at once (closed loop). */
  #refills: boolean;

  /** `bytes` are those of the arena that socket and queries live in. */
  constructor(bytes: Uint8Array, socket: DatagramSocket, queries: Queries, tally: Tally, refills: boolean) {
    this.#bytes = bytes;
    this.#socket = socket;
    this.#queries = queries;
    this.#tally = tally;
    this.#refills = refills;
    socket.listen(this);
  }

  /** Queries that wait for their answer. */
  get waiting(): number {
    return this.#outstanding.count;
  }

  /** Queries that the kernel did not take. */
  get dropped(): number {
    return this.#socket.dropped;
  }

  /** How often the server's host said that nobody listens there. */
  get refused(): number {
    return this.#socket.refused;
  }

  /** Queues one query that is due at `started`; `flush` sends it. */
  send(started: number): void {
    const id = this.#outstanding.issue(started);
    this.#socket.commit(this.#queries.write(this.#socket.slot(), id), 0);
    this.#tally.send(started);
  }

  flush(): void {
    this.#socket.flush();
  }

  /** Sends as many queries as answers were matched; the socket flushes after the batch. */
  batch(socket: DatagramSocket, count: number): void {
    const now = performance.now();
    let matched = 0;
    for (let i = 0; i < count; i++) if (this.#match(socket.at(i), socket.length(i), now)) matched++;
    if (!this.#refills) return;
    for (; matched > 0; matched--) this.send(now);
  }

  /** Refusals are counted by the socket; the queries they belong to count as lost in time. */
  error(): void {}

  #match(at: number, length: number, now: number): boolean {
    const bytes = this.#bytes;
    const isAnswer = length >= HEADER_BYTES && (bytes[at + 2] & QR) !== 0;
    const started = isAnswer ? this.#outstanding.settle((bytes[at] << 8) | bytes[at + 1]) : 0;
    if (started === 0) {
      this.#tally.stray(now);
      return false;
    }
    this.#tally.answer(started, now, bytes[at + 3] & FLAG.RCODE, (bytes[at + 2] & TC) !== 0);
    return true;
  }

  /** Gives up the queries that are older than `before`; in a closed loop new ones take their places. */
  expire(before: number, now: number): void {
    const lost = this.#outstanding.expire(before);
    if (!this.#refills || lost === 0) return;
    for (let i = 0; i < lost; i++) this.send(now);
    this.flush();
  }

  /** From here on only answers are taken. */
  finish(): void {
    this.#refills = false;
  }

  close(): void {
    this.#socket.close();
  }
}
