// Scheduling of threads, for benchmarks, and the end of a process. Cold.

import { flushCompileCache } from 'node:module';
import { errorName, SystemError } from './errno.ts';
import { ffi } from './ffi.ts';

/** Processors that a mask has room for, as glibc's cpu_set_t. */
const CPU_SET_BITS = 1024;

/**
 * Keeps the calling thread on one processor; threads that it starts later inherit that. False where there is no FFI.
 * @throws SystemError when the process may not use that processor, RangeError for a number that is none
 */
export function pinThread(cpu: number): boolean {
  if (!Number.isInteger(cpu) || cpu < 0 || cpu >= CPU_SET_BITS)
    throw new RangeError(`processor 0 to ${CPU_SET_BITS - 1} allowed, got ${cpu}`);
  const calls = ffi();
  if (calls === undefined) return false;
  const mask = new Uint8Array(CPU_SET_BITS / 8);
  mask[cpu >> 3] = 1 << (cpu & 7);
  if (calls.setAffinity(0, mask.length, mask) < 0)
    throw new SystemError(errorName(calls.errno()), 'sched_setaffinity', `processor ${cpu}`);
  return true;
}

/**
 * Ends the process at once, with nothing torn down: while threads are ending, the orderly way can wait for ever for the runtime's own.
 * Listeners of `exit` are told. What is to be written must have been written. Without FFI it is `process.exit`.
 */
export function leave(status: number): never {
  const calls = ffi();
  if (calls !== undefined) {
    process.emit('exit', status);
    flushCompileCache();
    calls.exit(status);
  }
  return process.exit(status);
}
