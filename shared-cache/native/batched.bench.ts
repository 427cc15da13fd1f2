// How many datagrams a pinned core echoes: batches of 64, of 8, of 1, and node:dgram.
// Run: `node shared-cache/native/batched.bench.ts` (4 s, needs two processors). The load comes from a second process on the other one.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openArena } from './arena.ts';
import { type DatagramSocket, openDatagramIo } from './datagram.ts';
import { ffi } from './ffi.ts';
import { pinThread } from './system.ts';

const LOAD = 'load';
const SECONDS = 1;
const PAYLOAD = 60;
/** Datagrams on their way at any time: enough for full batches on both sides. */
const WINDOW = 512;
const OPTIONS = {
  family: 4,
  address: '127.0.0.1',
  port: 0,
  reusePort: false,
  receiveBuffer: 4 << 20,
  batch: 64,
  slotBytes: 512,
  sendBytes: 4096,
} as const;
const arena = openArena(16 << 20);

if (process.argv[2] === LOAD) await load(Number(process.argv[3]));
else await compare();

/** Keeps WINDOW datagrams on their way to `port`. */
async function load(port: number): Promise<void> {
  pinThread(1);
  const socket = await openDatagramIo(arena, 'auto').open({
    ...OPTIONS,
    address: '',
    connect: { address: '127.0.0.1', port },
  });
  let due = 0;
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) {
      arena.bytes[socket.slot()] = i;
      socket.commit(PAYLOAD, 0);
    }
    socket.flush();
  };
  socket.listen({
    batch(_socket, count) {
      due = WINDOW;
      send(count);
    },
  });
  send(WINDOW);
  // Begin again after a loss of everything.
  setInterval(() => {
    if (due === 0) send(WINDOW);
    due = 0;
  }, 50);
  process.once('message', () => process.exit());
  process.once('disconnect', () => process.exit());
}

interface Echo {
  readonly port: number;
  count(): number;
  close(): void;
}

async function compare(): Promise<void> {
  pinThread(0);
  if (ffi() !== undefined)
    for (const batch of [64, 8, 1]) await measure(`batches of ${batch}`, await echo('batched', batch));
  await measure('node:dgram', await echo('dgram', 1));
}

async function measure(name: string, echo: Echo): Promise<void> {
  const child = fork(import.meta.filename, [LOAD, String(echo.port)]);
  await until(() => echo.count() > 10_000);
  const begun = echo.count();
  const cpu = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const { user, system } = process.cpuUsage(cpu);
  const count = echo.count() - begun;
  console.log(
    `${name}: ${Math.round(count / SECONDS)} a second, ${Math.round(count / ((user + system) / 1e6))} a CPU second`,
  );
  child.send('end');
  await once(child, 'exit');
  echo.close();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function echo(kind: 'batched' | 'dgram', batch: number): Promise<Echo> {
  const socket = await openDatagramIo(arena, kind).open({ ...OPTIONS, batch });
  let total = 0;
  socket.listen({
    batch(_socket: DatagramSocket, count: number) {
      for (let i = 0; i < count; i++) {
        const from = socket.at(i);
        const to = socket.slot();
        const length = socket.length(i);
        for (let j = 0; j < length; j++) arena.bytes[to + j] = arena.bytes[from + j];
        socket.commit(length, socket.peerAt(i));
      }
      total += count;
    },
  });
  return { port: socket.port, count: () => total, close: () => socket.close() };
}
