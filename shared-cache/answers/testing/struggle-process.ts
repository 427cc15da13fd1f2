// Entry of the processes and threads that concurrent.test.ts starts, over inherited descriptors or workerData. Tests only.

import { isMainThread, workerData } from 'node:worker_threads';
import { Struggle, type StruggleHandles } from './struggle.ts';

interface Task {
  readonly peer: number;
  readonly handles: StruggleHandles;
}

/** `node struggle-process.ts PEER BYTES BYTES`, the segments being descriptors 3 and 4. */
function taskOfProcess(): Task {
  const [peer, ...bytes] = process.argv.slice(2);
  const [answers, control] = bytes.map((size, i) => ({ kind: 'fd', fd: 3 + i, bytes: Number(size) }) as const);
  return { peer: Number(peer), handles: { answers, control } };
}

const task: Task = isMainThread ? taskOfProcess() : workerData;
new Struggle(task.handles).run(task.peer);
