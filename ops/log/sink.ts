// Where log bytes go: a file descriptor that is written to without waiting. Opened once per thread; written once per batch.

/** Not imported: the module's facade would touch every export, among them streams and promises (10 to 20 ms in every isolate). */
const { closeSync, constants, fstatSync, openSync, writeSync } = process.getBuiltinModule('node:fs');

/** `write` took nothing because its reader is slow; try again later. */
export const WOULD_BLOCK = 0;
/** `write` failed for good (reader gone, disk full, descriptor closed): the bytes are lost. */
export const BROKEN = -1;

/**
 * PIPE_BUF of Linux: a write of at most this many bytes to a pipe is taken whole or not at all, also between processes
 * that share the pipe (pipe(7)). Longer pieces could be torn apart by lines of other threads when the pipe is nearly full.
 * Costs one system call more per 4 KiB of log; revise if log lines show up in the batch time.
 */
const PIPE_BUF = 4096;

export interface Sink {
  /** Longest write that other writers of the same sink cannot come between. */
  readonly atomicBytes: number;
  /** Writes `bytes[from…to)`; returns how many were taken, WOULD_BLOCK or BROKEN. Never throws. */
  write(bytes: Uint8Array, from: number, to: number): number;
  /** Gives back what `openSink` opened; the caller's own descriptor stays open. */
  close(): void;
}

/**
 * A sink on `fd` (stdout by default). A pipe is opened anew through /proc: only so can it be non-blocking here without
 * becoming so for everybody who shares the descriptor. Where that is refused, and for sockets and terminals, `fd` itself
 * is used, with whatever blocking mode it has.
 */
export function openSink(fd = 1): Sink {
  if (!isPipe(fd)) return new DescriptorSink(fd, fd, Number.MAX_SAFE_INTEGER);
  try {
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    return new DescriptorSink(own, fd, PIPE_BUF);
  } catch {
    return new DescriptorSink(fd, fd, PIPE_BUF);
  }
}

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false; // a closed descriptor: every write will say BROKEN
  }
}

class DescriptorSink implements Sink {
  readonly atomicBytes: number;
  readonly #fd: number;
  readonly #given: number;

  constructor(fd: number, given: number, atomicBytes: number) {
    this.#fd = fd;
    this.#given = given;
    this.atomicBytes = atomicBytes;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    try {
      return writeSync(this.#fd, bytes, from, to - from);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? WOULD_BLOCK : BROKEN;
    }
  }

  close(): void {
    if (this.#fd !== this.#given) closeSync(this.#fd);
  }
}
