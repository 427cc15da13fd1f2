// Entry of the watcher thread: what handle.ts gives to `new Worker`. Cold.

import { parentPort, workerData } from 'node:worker_threads';
import type { WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';
import { ClusterWatcher } from './watcher.ts';

const port = parentPort;
if (port === null) throw new Error('thread.ts is the entry of a worker thread');

const post = (event: WatcherEvent): void => port.postMessage(event);

function fail(error: unknown): void {
  post({ kind: 'failed', line: error instanceof Error ? error.message : String(error) });
  port?.close();
}

const watcher = new ClusterWatcher(workerData as WatcherStart, post);
const opened = watcher.open();
/** Commands that come while the sources are being opened wait for that. */
port.on('message', (command: WatcherCommand) => {
  const obeyed = opened.then(() => (command.kind === 'close' ? watcher.close() : watcher.obey(command)));
  if (command.kind === 'close') void obeyed.catch(() => undefined).finally(() => port.close());
  else obeyed.catch(fail);
});
opened.catch(fail);
