// Answers on their way to Redis: nobody waits for them, and a Redis that does not keep up loses the oldest. Called by store.ts. Warm.

/** Values that wait for their turn: a second of 4,000 new answers. More are only older. */
const MAX_WAITING = 4096;
/** Octets of those values. */
const MAX_BYTES = 4 << 20;
/** Commands under way at once: enough for one round trip of 1 ms at 250,000 a second. */
const MAX_IN_FLIGHT = 256;

export interface Write {
  readonly key: string;
  readonly value: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
}

/** What became of writes since the last look. */
export interface WriteTally {
  written: number;
  failed: number;
  /** Gave way to newer ones, or came while nothing could be written. */
  dropped: number;
}

export class WriteQueue {
  readonly #set: (write: Write) => Promise<unknown>;
  /** By key, oldest first: of two answers to a question the newer one counts. */
  readonly #waiting = new Map<string, Write>();
  #bytes = 0;
  #inFlight = 0;
  #scheduled = false;
  #tally: WriteTally = { written: 0, failed: 0, dropped: 0 };

  /** `set`: one command; many of them in one turn go in one packet. */
  constructor(set: (write: Write) => Promise<unknown>) {
    this.#set = set;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  push(write: Write): void {
    this.#remove(write.key);
    this.#waiting.set(write.key, write);
    this.#bytes += write.value.length;
    while (this.#waiting.size > MAX_WAITING || this.#bytes > MAX_BYTES) this.#dropOldest();
    this.#schedule();
  }

  /** Counts a write that is not even tried. */
  drop(): void {
    this.#tally.dropped++;
  }

  /** Gives up everything that waits. */
  clear(): void {
    this.#tally.dropped += this.#waiting.size;
    this.#waiting.clear();
    this.#bytes = 0;
  }

  /** What happened since the last call; null when nothing did. */
  takeTally(): WriteTally | null {
    const tally = this.#tally;
    if (tally.written + tally.failed + tally.dropped === 0) return null;
    this.#tally = { written: 0, failed: 0, dropped: 0 };
    return tally;
  }

  #remove(key: string): Write | undefined {
    const write = this.#waiting.get(key);
    if (write === undefined) return undefined;
    this.#waiting.delete(key);
    this.#bytes -= write.value.length;
    return write;
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting.keys();
    this.#remove(oldest);
    this.#tally.dropped++;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (const key of this.#waiting.keys()) {
      if (this.#inFlight >= MAX_IN_FLIGHT) return;
      const write = this.#remove(key);
      if (write !== undefined) this.#send(write);
    }
  }

  #send(write: Write): void {
    this.#inFlight++;
    this.#set(write).then(
      () => this.#done(true),
      () => this.#done(false),
    );
  }

  #done(good: boolean): void {
    this.#inFlight--;
    if (good) this.#tally.written++;
    else this.#tally.failed++;
    if (this.#waiting.size > 0) this.#schedule();
  }
}
