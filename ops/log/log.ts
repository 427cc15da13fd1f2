// The log of cold code (primary, watcher, resolver's main thread): every line is written at once. Cold.

import { LineBuffer } from './line-buffer.ts';
import { LevelLogger } from './logger.ts';
import { openSink, type Sink } from './sink.ts';

/** Room for a burst that the reader is too slow for, and the longest possible line (a stack trace is about 4 KiB). */
const CAPACITY = 64 * 1024;
/**
 * How long one line may hold up its writer when the reader of the log is slow: long enough for a reader that is merely busy,
 * short enough for the primary's 100 ms duties. Revise when `dropped` grows although the reader keeps up on average.
 */
const TRIES = 20;
const PAUSE_MS = 1;

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes line by line. When the reader stalls, a line waits up to 20 ms; after that lines are kept as long as there is
 * room, without waiting, and then dropped and counted, until the reader takes bytes again.
 */
export class Log extends LevelLogger {
  readonly #lines: LineBuffer;
  #stalled = false;

  constructor(sink: Sink = openSink()) {
    super();
    this.#lines = new LineBuffer(CAPACITY, sink);
  }

  /** Lines lost since the start. */
  get dropped(): number {
    return this.#lines.dropped;
  }

  override write(level: string, scope: string, text: string): void {
    this.#lines.write(level, scope, text);
    this.flush();
  }

  /** Writes what earlier lines left behind; call it once more before the process leaves. */
  flush(): void {
    this.#lines.flush();
    for (let i = 0; i < TRIES && this.#lines.pending > 0 && !this.#stalled; i++) {
      Atomics.wait(pause, 0, 0, PAUSE_MS);
      this.#lines.flush();
    }
    this.#stalled = this.#lines.pending > 0;
  }

  /** Gives back the sink; nothing may be logged afterwards. */
  close(): void {
    this.flush();
    this.#lines.close();
  }
}
