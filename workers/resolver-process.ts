// Entry point of a resolver process: a Resolver behind the IPC channel to the primary. Cold.

import { collectLater } from '#native/collect.ts';
import { leave } from '#native/system.ts';
import type { ResolverCommand, ResolverStart } from './messages.ts';
import { Resolver } from './resolver.ts';

/** Milliseconds to drain when the primary has gone without a word. */
const ORPHAN_DRAIN = 2000;

/** Milliseconds after which the start is over. */
const STARTED = 3000;

let resolver: Resolver | null = null;
collectLater(STARTED);

process.on('message', (message: ResolverCommand) => {
  if (message.kind === 'start') resolver = open(message.start);
  else if (message.kind === 'kill') resolver?.kill(message.thread);
  else if (message.kind === 'transfer' || message.kind === 'probe') resolver?.toThread(message);
  else if (message.kind === 'stop') void close(message.drain);
  else resolver?.command(message);
});

// Signals reach the whole process group of a terminal: it is the primary who decides when a resolver ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => void close(ORPHAN_DRAIN));

function open(start: ResolverStart): Resolver {
  return new Resolver(start, (event) => {
    if (process.connected) process.send?.(event);
  });
}

async function close(drain: number): Promise<void> {
  await resolver?.stop(drain);
  leave(0);
}
