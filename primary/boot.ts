// From the command line to a running server, and from a signal to its end (spec A7). Called once by main. Cold.

import { flushCompileCache } from 'node:module';
import { collectLater } from '#native/collect.ts';
import { leave } from '#native/system.ts';
import { Log } from '#ops/log/log.ts';
import { openSink } from '#ops/log/sink.ts';
import { SpareThread } from '#watcher/handle.ts';
import { loadCorefileText } from './cli/corefile-source.ts';
import { type Flags, parseFlags } from './cli/flags.ts';
import { loadTuning } from './config/load.ts';
import { handleSignals } from './signals.ts';

/** Milliseconds after which what was compiled is put into the cache: start-up is over by then. */
const FLUSH_AFTER = 1500;
/** Milliseconds after which everything is loaded, while the first lists of API servers are still on their way: both at once is the most memory ever. */
const LOADED = 300;

/** A Corefile that most probably has something to watch; one that has it in imported files starts its watcher thread later. */
const KUBERNETES = /^\s*kubernetes\b/m;

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
  const tuning = loadTuning(flags.config, process.env);
  const corefile = loadCorefileText(flags);
  // The watcher thread loads its modules while the primary loads its own; the server ends it if it is not needed after all.
  const spare = KUBERNETES.test(corefile.text) ? { spare: new SpareThread(tuning.kubernetes.maxHeap) } : {};
  const { Shoal } = await import('./server.ts');
  const readCorefile = () => loadCorefileText(flags);
  const shoal = new Shoal({ flags, tuning, env: process.env, log, corefile, readCorefile, ...spare });
  handleSignals(shoal, log);
  collectLater(LOADED);
  await shoal.start();
  setTimeout(flushCompileCache, FLUSH_AFTER).unref();
  collectLater(2 * FLUSH_AFTER);
}
