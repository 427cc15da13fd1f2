// Threads that die while they are busy, one after another, in a process that must outlive them: started by a test, as a failure is an abort.
// `node mortal-threads.ts terminate|throw|exit|heap ROUNDS` prints `survived`.

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openArena } from '../arena.ts';
import { type DatagramSocket, openDatagramIo } from '../datagram.ts';

const OPTIONS = {
  family: 4,
  address: '127.0.0.1',
  port: 0,
  reusePort: false,
  receiveBuffer: 1 << 20,
  batch: 32,
  slotBytes: 512,
  sendBytes: 512,
} as const;
const WINDOW = 64;
/** Datagrams after which a thread dies of its own. */
const LIFE = 2000;
const arena = openArena(4 << 20);
const io = openDatagramIo(arena, 'batched');

if (isMainThread) await survive(process.argv[2], Number(process.argv[3]));
else await live(workerData);

async function survive(death: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: death,
      resourceLimits: { maxOldGenerationSizeMb: 24 },
    });
    worker.on('error', () => {});
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    const [port] = await once(worker, 'message');
    const client = await io.open({ ...OPTIONS, address: '', connect: { address: '127.0.0.1', port } });
    const answers = flood(client);
    if (death === 'terminate') {
      while (answers() < LIFE) await new Promise((resolve) => setImmediate(resolve));
      await worker.terminate();
    }
    await gone;
    client.close();
  }
  console.log('survived');
}

/** Keeps datagrams on their way; returns how many came back. */
function flood(client: DatagramSocket): () => number {
  let answers = 0;
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) {
      client.slot();
      client.commit(40, 0);
    }
    client.flush();
  };
  client.listen({
    batch(_socket, count) {
      answers += count;
      send(count);
    },
  });
  send(WINDOW);
  return () => answers;
}

async function live(death: string): Promise<void> {
  const server = await io.open(OPTIONS);
  const kept: object[] = [];
  let served = 0;
  server.listen({
    batch(socket, count) {
      for (let i = 0; i < count; i++) {
        socket.slot();
        socket.commit(socket.length(i), socket.peerAt(i));
      }
      served += count;
      if (served < LIFE || death === 'terminate') return;
      if (death === 'throw') throw new Error('told to die');
      if (death === 'exit') process.exit(3);
      for (;;) kept.push({ served, kept: [served] });
    },
  });
  parentPort?.postMessage(server.port);
}
