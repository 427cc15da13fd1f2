// From the command line to a running server, and from a signal to its end (spec A7). Called once by main. Cold.

import { flushCompileCache } from 'node:module';
import { collectLater } from '#native/collect.ts';
import { leave } from '#native/system.ts';
import { Log } from '#ops/log/log.ts';
import { openSink } from '#ops/log/sink.ts';
import { loadCorefileText } from './cli/corefile-source.ts';
import { type Flags, parseFlags } from './cli/flags.ts';
import { loadTuning } from './config/load.ts';
import { Shoal } from './server.ts';
import { handleSignals } from './signals.ts';

/** Milliseconds after which what was compiled is put into the cache: start-up is over by then. */
const FLUSH_AFTER = 1500;
/** Milliseconds after which everything is loaded, while the first lists of API servers are still on their way: both at once is the most memory ever. */
const LOADED = 300;

/** Runs what the command line says. Mistakes of the operator end in one line on stderr and exit status 1. */
export async function main(argv: readonly string[]): Promise<void> {
  const parsed = parseFlags(argv);
  if (parsed.kind === 'print') {
    process[parsed.stream].write(parsed.text);
    process.exitCode = parsed.exitCode;
    return;
  }
  try {
    await run(parsed.flags);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    leave(1);
  }
}

async function run(flags: Flags): Promise<void> {
  const log = new Log(openSink());
  const shoal = new Shoal({
    flags,
    tuning: loadTuning(flags.config, process.env),
    env: process.env,
    log,
    readCorefile: () => loadCorefileText(flags),
  });
  handleSignals(shoal, log);
  collectLater(LOADED);
  await shoal.start();
  setTimeout(flushCompileCache, FLUSH_AFTER).unref();
  collectLater(2 * FLUSH_AFTER);
}
