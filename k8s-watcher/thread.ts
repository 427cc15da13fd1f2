// Entry of the watcher thread: what handle.ts gives to `new Worker`. The first message is a WatcherStart, all others are commands. Cold.

import { flushCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';
import { ClusterWatcher } from './watcher.ts';

/** Milliseconds after which what was compiled is put into the cache: everything is listed by then. */
const FLUSH_AFTER = 5000;

const port = parentPort;
if (port === null) throw new Error('thread.ts is the entry of a worker thread');

const post = (event: WatcherEvent): void => port.postMessage(event);

function fail(error: unknown): void {
  post({ kind: 'failed', line: error instanceof Error ? error.message : String(error) });
  port?.close();
}

/** Commands that come while the sources are being opened wait for that. */
function watch(start: WatcherStart): void {
  const watcher = new ClusterWatcher(start, post);
  const opened = watcher.open();
  port?.on('message', (command: WatcherCommand) => {
    const obeyed = opened.then(() => (command.kind === 'close' ? watcher.close() : watcher.obey(command)));
    if (command.kind === 'close') void obeyed.catch(() => undefined).finally(() => port?.close());
    else obeyed.catch(fail);
  });
  opened.catch(fail);
  setTimeout(flushCompileCache, FLUSH_AFTER).unref();
}

// A thread may have been started before anybody knew what it is to watch: see SpareThread.
port.once('message', watch);
