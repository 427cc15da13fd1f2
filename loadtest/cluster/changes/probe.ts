// Asks one server the same question again and again until the answer is right: how a client sees a change. Cold, but its pace is measured.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type RecordType } from 'dns-packet';
import { ClusterError } from '#loadtest/errors.ts';
import { FLAG, HEADER_BYTES } from '#wire/constants.ts';

/** Time (ms) after which a query counts as lost and the next one goes out. */
const LOST = 200;
/** Longest time (ms) until a change must show. */
const PATIENCE = 15_000;
const IDS = 65_536;

export interface Seen {
  /** The header's four bits. */
  readonly rcode: number;
  /** The answer section. */
  readonly answers: readonly Answer[];
}

export interface Question {
  readonly name: string;
  readonly type: RecordType;
}

export class Probe {
  readonly #socket: Socket;
  #id = 0;
  #heard: ((message: Buffer) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A port without a listener refuses; what was sent is lost then.
    socket.on('error', () => undefined);
    socket.on('message', (message) => {
      if (message.length >= HEADER_BYTES && message.readUInt16BE(0) === this.#id) this.#heard?.(message);
    });
  }

  /** Of a server of this machine. */
  static async open(port: number): Promise<Probe> {
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Probe(socket);
  }

  /** One query in flight; resolves with the time (`performance.now()`) of the first right answer. @throws ClusterError when there is none */
  async until(question: Question, isRight: (seen: Seen) => boolean): Promise<number> {
    const query = encode({ type: 'query', id: 0, flags: FLAG.RD, questions: [question] });
    const limit = performance.now() + PATIENCE;
    for (;;) {
      const message = await this.#ask(query);
      const now = performance.now();
      if (message !== undefined && isRight(read(message))) return now;
      if (now > limit)
        throw new ClusterError(`${question.name} ${question.type}: not as it should be within ${PATIENCE} ms`);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #ask(query: Buffer): Promise<Buffer | undefined> {
    this.#id = (this.#id + 1) % IDS;
    query.writeUInt16BE(this.#id, 0);
    return new Promise((done) => {
      const timer = setTimeout(done, LOST, undefined);
      this.#heard = (message) => {
        clearTimeout(timer);
        done(message);
      };
      this.#socket.send(query);
    });
  }
}

/** A message that is none is no right answer. */
function read(message: Buffer): Seen {
  try {
    return { rcode: message.readUInt16BE(2) & FLAG.RCODE, answers: decode(message).answers ?? [] };
  } catch {
    return { rcode: -1, answers: [] };
  }
}
