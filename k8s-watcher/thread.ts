// Entry of the watcher thread: what handle.ts gives to `new Worker`. Cold.

import { parentPort, workerData } from 'node:worker_threads';
import { collectLater } from '#native/collect.ts';
import type { WatcherCommand, WatcherEvent, WatcherStart } from './messages.ts';
import { ClusterWatcher } from './watcher.ts';

const port = parentPort;
if (port === null) throw new Error('thread.ts is the entry of a worker thread');

/** Milliseconds after which the source has been read. */
const STARTED = 3000;
collectLater(STARTED);

const post = (event: WatcherEvent): void => port.postMessage(event);

/** Commands that come while the source is being loaded wait for it. */
async function run(start: WatcherStart): Promise<void> {
  const watcher = new ClusterWatcher(start, post);
  const opened = watcher.open();
  port?.on('message', (command: WatcherCommand) => {
    void opened.then(
      () => watcher.obey(command),
      () => undefined,
    );
  });
  await opened;
}

run(workerData as WatcherStart).catch((error: unknown) => {
  post({ kind: 'failed', line: error instanceof Error ? error.message : String(error) });
  port.close();
});
