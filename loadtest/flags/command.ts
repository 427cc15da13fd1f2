// How every command of loadtest begins and ends: help on stdout, mistakes in one line on stderr, an exit status. Cold.

import { FlagError } from '#loadtest/errors.ts';
import { type Flags, parseFlags, usage, type Values } from './parse.ts';

/** Exit status of a mistake on the command line, as shells have it. */
const MISUSED = 2;
const FAILED = 1;

/** Runs a command with its options and sets the exit status to what it returns; 1 when it throws, 2 for a command line that is none. */
export async function runCommand<F extends Flags>(
  intro: string,
  flags: F,
  run: (options: Values<F>) => number | Promise<number>,
): Promise<void> {
  try {
    const options = parseFlags(flags, process.argv.slice(2));
    if (options === 'help') process.stdout.write(usage(intro, flags));
    else process.exitCode = await run(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof FlagError ? MISUSED : FAILED;
  }
}
