// A thread or process that answers every datagram with its number: what the tests of shared ports start.

import { parentPort, workerData } from 'node:worker_threads';
import { openArena } from '../arena.ts';
import { openDatagramIo } from '../datagram.ts';

const name = Number(workerData?.name ?? process.argv[2]);
const port = Number(workerData?.port ?? process.argv[3]);
const arena = openArena(1 << 20);
const socket = await openDatagramIo(arena, 'batched').open({
  family: 4,
  address: '127.0.0.1',
  port,
  reusePort: true,
  receiveBuffer: 1 << 20,
  batch: 8,
  slotBytes: 512,
  sendBytes: 512,
});
socket.listen({
  batch(_socket, count) {
    for (let i = 0; i < count; i++) {
      arena.bytes[socket.slot()] = name;
      socket.commit(1, socket.peerAt(i));
    }
  },
});
parentPort?.on('message', () => {
  throw new Error('told to die');
});
parentPort?.postMessage(socket.port);
process.send?.(socket.port);
// A test that broke off leaves nothing behind.
process.once('disconnect', () => process.exit());
