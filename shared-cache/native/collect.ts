// Gives memory back that only the start needed, or a list of everything. Cold.

import { runInNewContext } from 'node:vm';
import { withFlag } from './engine.ts';
import { ffi } from './ffi.ts';

/**
 * Collects everything that can be collected in the calling thread, and gives what the C library has free back to the system: 25 ms and 2 ms
 * for 25 MB. What was loaded, compiled and received at a start leaves some 10 MB in every isolate and as much in the library's heap, which a thread
 * that allocates nothing would keep for ever.
 */
export function collect(): void {
  collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  ffi()?.trim?.(0);
}

/** `collect` once, so many milliseconds from now; nothing waits for it. */
export function collectLater(milliseconds: number): void {
  setTimeout(collect, milliseconds).unref();
}

/** What collects garbage in the calling thread; only contexts that are made while the flag is on have it. */
export function collector(): NodeJS.GCFunction {
  return withFlag('--expose-gc', () => runInNewContext('gc'));
}
