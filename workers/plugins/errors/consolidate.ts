// Counts the errors of one pattern and prints a summary when their time is over. One a pattern and thread. Called by the handler; cold.

import type { LineBuffer } from '#ops/log/line-buffer.ts';
import { LEVEL } from '#ops/log/logger.ts';
import { formatDuration } from '#workers/lib/access/duration.ts';
import { compilePattern } from '#workers/lib/access/pattern.ts';
import type { Consolidation } from './setup.ts';

/** Longest delay of a timer. */
const MAX_DELAY = 0x7fffffff;

export class Summary {
  /** Begins every line that this prints. */
  readonly prefix: string;
  readonly #options: Consolidation;
  readonly #pattern: RegExp;
  readonly #log: LineBuffer;
  #count = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: Consolidation, log: LineBuffer) {
    this.#options = options;
    this.#pattern = compilePattern(options.pattern);
    this.#log = log;
    this.prefix = LEVEL[options.level];
  }

  /** True when the error is one of this pattern. */
  takes(failure: string): boolean {
    return this.#pattern.test(failure);
  }

  /** Counts one; true when it is to be printed nevertheless. The first one of a period starts the clock. */
  count(): boolean {
    if (this.#count++ > 0) return false;
    const delay = Math.min(MAX_DELAY, Math.max(1, this.#options.period));
    this.#timer = setTimeout(() => this.#expire(), delay).unref();
    return this.#options.showFirst;
  }

  /** The timer may fire outside every turn of the thread, so the line is sent at once. */
  #expire(): void {
    this.#timer = null;
    this.#summarize();
    this.#log.flush();
  }

  #summarize(): void {
    const count = this.#count;
    this.#count = 0;
    // What was printed as the first and stayed alone needs no summary.
    if (count === 0 || (count === 1 && this.#options.showFirst)) return;
    if (this.prefix === LEVEL.debug && !this.#log.debugging) return;
    const period = formatDuration(this.#options.period);
    this.#log.write(
      this.prefix,
      'plugin/errors: ',
      `${count} errors like '${this.#options.pattern}' occurred in last ${period}`,
    );
  }

  /** Prints what has been counted so far. */
  close(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#expire();
  }
}
