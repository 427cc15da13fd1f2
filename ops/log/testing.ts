// A real pipe for the tests of this folder. Cold.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Both ends of a named pipe; the writing end blocks as an inherited stdout does. */
export class TestPipe {
  readonly writer: number;
  readonly #folder: string;
  readonly #reader: number;
  #readable = true;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'shoal-log-'));
    const path = join(this.#folder, 'pipe');
    execFileSync('mkfifo', [path]);
    this.#reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, constants.O_WRONLY);
  }

  /** Everything that stands in the pipe now. */
  read(): string {
    const chunk = Buffer.alloc(1 << 20);
    const parts: Buffer[] = [];
    for (let taken = this.#take(chunk); taken > 0; taken = this.#take(chunk))
      parts.push(Buffer.from(chunk.subarray(0, taken)));
    return Buffer.concat(parts).toString();
  }

  /** From now on writers get EPIPE. */
  closeReader(): void {
    closeSync(this.#reader);
    this.#readable = false;
  }

  close(): void {
    if (this.#readable) this.closeReader();
    closeSync(this.writer);
    rmSync(this.#folder, { recursive: true });
  }

  #take(chunk: Buffer): number {
    try {
      return readSync(this.#reader, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }
}
