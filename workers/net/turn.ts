// What happens around every wake-up of a thread. Hot.

import type { Readers } from '#memory/quiescence.ts';
import type { DatagramSocket } from '#native/datagram.ts';
import type { LineBuffer } from '#ops/log/line-buffer.ts';
import type { Clock, Turn } from '../chain/handler.ts';
import type { Query } from '../query/query.ts';

/** Sockets with answers in their outbox, the reader's announcement, the clock and the log of one thread. */
export class ThreadTurn implements Turn {
  readonly #clock: Clock;
  readonly #readers: Readers;
  readonly #index: number;
  readonly #log: LineBuffer;
  /** Sockets that answers were put into since the turn began; a handful at most. */
  readonly #dirty: (DatagramSocket | null)[] = [];
  #dirtyCount = 0;
  /** Queries whose answers lie in outboxes; entries behind the count are old ones. */
  readonly #answered: Query[] = [];
  #answeredCount = 0;

  /** `index`: the thread's cell in the readers segment. */
  constructor(clock: Clock, readers: Readers, index: number, log: LineBuffer) {
    this.#clock = clock;
    this.#readers = readers;
    this.#index = index;
    this.#log = log;
  }

  begin(): void {
    this.#clock.tick();
    this.#readers.enter(this.#index);
  }

  flushLater(socket: DatagramSocket): void {
    for (let i = 0; i < this.#dirtyCount; i++) if (this.#dirty[i] === socket) return;
    this.#dirty[this.#dirtyCount++] = socket;
  }

  /** Gives the query back once its answer has left: until then the outbox points to its peer record. */
  releaseLater(query: Query): void {
    this.#answered[this.#answeredCount++] = query;
  }

  end(): void {
    for (let i = 0; i < this.#dirtyCount; i++) {
      const socket = this.#dirty[i];
      this.#dirty[i] = null;
      socket?.flush();
    }
    this.#dirtyCount = 0;
    for (let i = 0; i < this.#answeredCount; i++) this.#answered[i].release();
    this.#answeredCount = 0;
    this.#readers.leave(this.#index);
    this.#log.flush();
  }
}
