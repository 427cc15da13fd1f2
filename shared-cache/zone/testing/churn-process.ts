// Entry of the processes and threads that concurrent.test.ts starts: `write` or `read INDEX`, over inherited descriptors or workerData. Cold.

import { isMainThread, workerData } from 'node:worker_threads';
import { Churn, type ChurnHandles } from './churn.ts';

interface Task {
  readonly role: string;
  readonly reader: number;
  readonly handles: ChurnHandles;
}

/** `node churn-process.ts ROLE READER BYTES BYTES BYTES`, the segments being descriptors 3, 4 and 5. */
function taskOfProcess(): Task {
  const [role, reader, ...bytes] = process.argv.slice(2);
  const [zones, readers, control] = bytes.map((size, i) => ({ kind: 'fd', fd: 3 + i, bytes: Number(size) }) as const);
  return { role, reader: Number(reader), handles: { zones, readers, control } };
}

const task: Task = isMainThread ? taskOfProcess() : workerData;
const churn = new Churn(task.handles, task.role === 'write');
if (task.role === 'write') churn.write(Number.POSITIVE_INFINITY);
else churn.read(task.reader);
