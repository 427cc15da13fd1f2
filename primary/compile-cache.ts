// The cache of compiled code. Types are stripped by a WebAssembly program of 12 MB that takes 100 ms to load, in every process; with the
// cache it is never loaded. Node.js reads the cache's place, and what else keeps a process small, only at its very start. Cold.

import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');

/**
 * What resolvers inherit, too. A young generation of 1 MiB a half-space is enough for code that allocates nothing for a query, where the
 * default grows to 16 MiB in every isolate while modules are loaded (11 MB of two processes with four isolates); revise it when scavenges
 * show in a profile. Flags that change what V8 compiles do not belong here: with any of them V8 refuses the compiled code that the runtime brings
 * along for its own modules (40 ms and as much processor time in every process, 25 in every thread).
 */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1'];
/** Arenas of the C library's allocator: one for every thread cost 7 MB, and nothing is allocated there for a query. */
const MALLOC_ARENAS = '1';

/** Starts this program again, in the same process, with the cache on and as small as it can be, unless it is on already or has been turned off. */
export function compileCache(): void {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env;
  if (NODE_COMPILE_CACHE !== undefined || NODE_DISABLE_COMPILE_CACHE !== undefined || process.execve === undefined)
    return;
  const folder = cacheFolder();
  if (folder === undefined) return;
  const { execPath, execArgv, argv, env } = process;
  process.execve(execPath, [execPath, ...FLAGS, ...execArgv, ...argv.slice(1)], {
    MALLOC_ARENA_MAX: MALLOC_ARENAS,
    ...env,
    NODE_COMPILE_CACHE: folder,
  });
}

/** A folder that nobody else can write to, or undefined: whoever writes there decides what this program does. */
function cacheFolder(): string | undefined {
  return [join(PROJECT, '.cache', 'compiled'), join(tmpdir(), `shoal-compiled-${process.getuid?.() ?? 0}`)].find(
    isOurs,
  );
}

function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const { uid, mode } = lstatSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
