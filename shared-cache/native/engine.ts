// Flags of the JavaScript engine that change what it compiles. Such a flag must not be on the command line: with it V8 refuses the compiled code
// that the runtime brings along for its own modules, 40 ms and as much processor time in every process. Cold.

import { setFlagsFromString } from 'node:v8';

/**
 * Patterns whose matches backtrack a lot are gone on with by the engine that takes time linear in the subject. Once it is on, threads that start
 * later look for compiled code of their own: `primary/precompile.ts` makes that, too.
 */
export const LINEAR_PATTERNS = '--enable-experimental-regexp-engine-on-excessive-backtracks';

/** Turns a flag on, for the whole process. */
export function setFlag(flag: typeof LINEAR_PATTERNS): void {
  setFlagsFromString(flag);
}

/** What `run` returns; the flag is on only while it runs. */
export function withFlag<T>(flag: '--expose-gc', run: () => T): T {
  setFlagsFromString(flag);
  try {
    return run();
  } finally {
    setFlagsFromString(flag.replace('--', '--no-'));
  }
}
