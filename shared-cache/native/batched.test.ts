import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openArena } from './arena.ts';
import { collector } from './collect.ts';
import { datagramCases, echo, LOCALHOST, Recorder, send, until } from './datagram.cases.ts';
import { type DatagramOptions, type DatagramSocket, openDatagramIo } from './datagram.ts';
import { ffiMissing } from './ffi.ts';

const skip = ffiMissing();
const ECHO_THREAD = fileURLToPath(import.meta.resolve('./testing/echo-thread.ts'));
const MORTAL_THREADS = fileURLToPath(import.meta.resolve('./testing/mortal-threads.ts'));
datagramCases('batched', skip);

const arena = openArena(64 << 20);
const opened: DatagramSocket[] = [];
after(() => {
  for (const socket of opened) socket.close();
});

async function open(options: Partial<DatagramOptions> = {}): Promise<DatagramSocket> {
  const socket = await openDatagramIo(arena, 'batched').open({ ...LOCALHOST, ...options });
  opened.push(socket);
  return socket;
}

test('a wildcard socket answers from the address that was asked', { skip }, async () => {
  const server = await open({ address: '' });
  const sink = new Recorder(arena, echo(arena));
  server.listen(sink);
  for (const address of ['127.0.0.9', '127.1.2.3']) {
    const toClient = new Recorder(arena);
    const client = await open({ address: '', connect: { address, port: server.port } });
    client.listen(toClient);
    send(arena, client, Uint8Array.of(1));
    client.flush();
    await until(() => toClient.received.length === 1, `an answer from ${address}`);
    assert.equal(sink.received.at(-1)?.local, address);
  }
});

test('a batch is as long as the options say, and what is left comes in the next ones', { skip }, async () => {
  const server = await open({ batch: 4 });
  const client = await open({ batch: 64, address: '', connect: { address: '127.0.0.1', port: server.port } });
  for (let i = 0; i < 50; i++) send(arena, client, Uint8Array.of(i));
  client.flush();
  const sink = new Recorder(arena);
  server.listen(sink);
  await until(() => sink.received.length === 50, 'all');
  assert.deepEqual(sink.counts, [...Array(12).fill(4), 2]);
});

/** Runs a process of its own, where nothing else wakes the event loop, with one datagram for a sink whose `batch` has `body`. */
function inQuietProcess(body: string): { stdout: string; stderr: string; status: number | null } {
  const source = `
    import { openArena } from './arena.ts';
    import { openDatagramIo } from './datagram.ts';
    import { LOCALHOST } from './datagram.cases.ts';
    const io = openDatagramIo(openArena(1 << 20), 'batched');
    const server = await io.open(LOCALHOST);
    server.listen({ batch(socket) { ${body} } });
    const client = await io.open({ ...LOCALHOST, address: '', connect: { address: '127.0.0.1', port: server.port } });
    client.commit(1, 0);
    client.flush();`;
  return spawnSync(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 10_000,
  });
}

test('an exception in a sink reaches the process', { skip }, () => {
  const { stderr, status } = inQuietProcess(`throw new Error('from the sink');`);
  assert.equal(status, 1);
  assert.match(stderr, /Error: from the sink/);
});

test('what was committed before an exception is sent', { skip }, () => {
  const { stdout, stderr } = inQuietProcess(`
    process.on('uncaughtException', () => client.listen({ batch() { console.log('answered'); process.exit(); } }));
    socket.slot();
    socket.commit(1, socket.peerAt(0));
    throw new Error('from the sink');`);
  assert.equal(stdout.trim(), 'answered', stderr);
});

test('promises and ticks of a sink run before anything later', { skip }, () => {
  const { stdout, stderr } = inQuietProcess(`
    const order = [];
    process.nextTick(() => order.push('tick'));
    Promise.resolve().then(() => order.push('promise'));
    setTimeout(() => { console.log(order.join(' ')); process.exit(); }, 20);`);
  assert.equal(stdout.trim(), 'tick promise', stderr);
});

for (const death of ['terminate', 'throw', 'exit', 'heap']) {
  test(`a busy thread that dies (${death}) takes nothing with it`, { skip }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [MORTAL_THREADS, death, '2'], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(stdout.trim(), 'survived', stderr);
  });
}

test('reading and answering allocates next to nothing', { skip }, async () => {
  const collect = collector();
  const options = { ...LOCALHOST, batch: 64, receiveBuffer: 4 << 20 };
  const server = await open(options);
  const client = await open({ ...options, address: '', connect: { address: '127.0.0.1', port: server.port } });
  const { bytes } = arena;
  let received = 0;
  server.listen({
    batch(socket, count) {
      for (let i = 0; i < count; i++) {
        bytes[socket.slot()] = bytes[socket.at(i)];
        socket.commit(socket.cut(i) ? 0 : socket.length(i), socket.peerAt(i));
      }
    },
  });
  const volley = (): void => {
    for (let i = 0; i < 256; i++) {
      bytes[client.slot()] = i;
      client.commit(40, 0);
    }
    client.flush();
  };
  client.listen({
    batch(_socket, count) {
      received += count;
      if (received % 256 === 0 && received < goal) volley();
    },
  });
  let goal = 0;
  const run = async (datagrams: number): Promise<void> => {
    goal = received + datagrams;
    volley();
    await until(() => received >= goal, 'all answers');
  };
  await run(40_960);
  collect();
  const before = process.memoryUsage().heapUsed;
  // Each is read and sent by both sockets: some 200,000 datagrams.
  await run(102_400);
  const grown = process.memoryUsage().heapUsed - before;
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  // What there is comes from the wake-ups, a hundred datagrams apart, and from this test's waiting.
  assert.ok(grown < 204_800 * 16, `${grown} octets before a collection`);
  assert.ok(kept < 200_000, `${kept} octets after a collection`);
});

/** Asks from ever new ports until `enough` of the names have answered. */
async function namesThatAnswer(
  port: number,
  enough: (names: Set<number>) => boolean,
  most = 400,
): Promise<Set<number>> {
  const names = new Set<number>();
  const io = openDatagramIo(arena, 'batched');
  for (let tries = 0; tries < most && !enough(names); tries++) {
    const client = await io.open({ ...LOCALHOST, address: '', connect: { address: '127.0.0.1', port } });
    const sink = new Recorder(arena);
    client.listen(sink);
    send(arena, client, Uint8Array.of(0));
    client.flush();
    try {
      await until(() => sink.received.length > 0, 'an answer');
      names.add(sink.received[0].payload[0]);
    } finally {
      client.close();
    }
  }
  return names;
}

async function startThread(
  context: TestContext,
  name: number,
  port: number,
): Promise<{ worker: Worker; port: number }> {
  const worker = new Worker(ECHO_THREAD, { workerData: { name, port } });
  context.after(() => worker.terminate());
  const [bound] = await once(worker, 'message');
  return { worker, port: bound };
}

function socketsOpen(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

test('two threads and another process share a port, and a thread that dies leaves its part to the others', {
  skip,
}, async (context) => {
  const sockets = socketsOpen();
  const first = await startThread(context, 1, 0);
  const second = await startThread(context, 2, first.port);
  const child = fork(ECHO_THREAD, ['3', String(first.port)]);
  context.after(() => child.kill());
  await once(child, 'message');
  const all = await namesThatAnswer(first.port, (names) => names.size === 3);
  assert.deepEqual([...all].sort(), [1, 2, 3]);

  await second.worker.terminate();
  const left = await namesThatAnswer(first.port, () => false, 60);
  assert.deepEqual([...left].sort(), [1, 3]);

  child.kill();
  await once(child, 'exit');
  first.worker.postMessage('throw');
  await once(first.worker, 'error');
  await until(() => socketsOpen() <= sockets, 'all sockets of the dead are closed');
});
