import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { openArena } from './arena.ts';
import { echo, LOCALHOST, Recorder, send, until } from './datagram.cases.ts';
import { type DatagramSocket, openDatagramIo } from './datagram.ts';
import { Doorbell } from './doorbell.ts';
import { ffi, ffiMissing } from './ffi.ts';

const skip = ffiMissing();

/** `count` servers with one datagram each in their queue, nobody reading yet. */
async function queued(count: number) {
  const arena = openArena(8 << 20);
  const io = openDatagramIo(arena, 'batched');
  const servers: DatagramSocket[] = [];
  for (let i = 0; i < count; i++) {
    const server = await io.open({ ...LOCALHOST, batch: 1 });
    const client = await io.open({ ...LOCALHOST, address: '', connect: { address: '127.0.0.1', port: server.port } });
    send(arena, client, Uint8Array.of(i));
    client.flush();
    client.close();
    servers.push(server);
  }
  return { arena, servers };
}

test('all sockets have their turn, more than one wake-up takes', { skip }, async () => {
  const { arena, servers } = await queued(150);
  const sinks = servers.map((server) => {
    const sink = new Recorder(arena);
    server.listen(sink);
    return sink;
  });
  await until(() => sinks.every(({ received }) => received.length === 1), 'a datagram for each');
  assert.deepEqual(
    sinks.map(({ received }) => received[0].payload[0]),
    sinks.map((_, i) => i),
  );
  for (const server of servers) server.close();
});

test('a socket that another one has closed in the same wake-up is left alone', { skip }, async () => {
  const { arena, servers } = await queued(3);
  let batches = 0;
  for (const server of servers) {
    server.listen(
      new Recorder(arena, (current) => {
        batches++;
        for (const other of servers) if (other !== current) other.close();
      }),
    );
  }
  await until(() => batches === 1, 'the first');
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(batches, 1);
  for (const server of servers) server.close();
});

test('all sockets may be closed within a wake-up, and new ones opened after', { skip }, async () => {
  const { arena, servers } = await queued(2);
  let batches = 0;
  const closeAll = new Recorder(arena, () => {
    batches++;
    for (const server of servers) server.close();
  });
  for (const server of servers) server.listen(closeAll);
  await until(() => batches === 1, 'the first');
  const again = await queued(1);
  const sink = new Recorder(again.arena);
  again.servers[0].listen(sink);
  await until(() => sink.received.length === 1, 'a datagram');
  again.servers[0].close();
});

test('one socket that is flooded does not keep the others from theirs', { skip }, async () => {
  const arena = openArena(8 << 20);
  const io = openDatagramIo(arena, 'batched');
  // Two sockets that answer each other for ever.
  const first = await io.open(LOCALHOST);
  const second = await io.open({ ...LOCALHOST, address: '', connect: { address: '127.0.0.1', port: first.port } });
  first.listen(new Recorder(arena, echo(arena)));
  second.listen(new Recorder(arena, echo(arena)));
  for (let i = 0; i < 64; i++) send(arena, second, Uint8Array.of(i));
  second.flush();
  const { arena: other, servers } = await queued(1);
  const sink = new Recorder(other);
  servers[0].listen(sink);
  await until(() => sink.received.length === 1, 'the datagram of another socket, and this timer');
  for (const socket of [first, second, servers[0]]) socket.close();
});

test('places are used again and descriptors given back', { skip }, () => {
  const calls = ffi();
  assert.ok(calls !== undefined);
  const before = readdirSync('/proc/self/fd').length;
  const doorbell = new Doorbell(openArena(65_536), calls);
  const waiter = { ready(): void {} };
  const sockets = [calls.socket(2, 2, 0), calls.socket(2, 2, 0)];
  doorbell.acquire();
  doorbell.acquire();
  assert.deepEqual(
    sockets.map((fd) => doorbell.watch(fd, waiter)),
    [0, 1],
  );
  assert.throws(() => doorbell.watch(sockets[0], waiter), { code: 'EEXIST', syscall: 'epoll_ctl' });
  doorbell.unwatch(sockets[0], 0);
  assert.equal(doorbell.watch(sockets[0], waiter), 0);
  doorbell.unwatch(sockets[0], 0);
  doorbell.unwatch(sockets[1], 1);
  for (const fd of sockets) {
    doorbell.release();
    calls.close(fd);
  }
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

/** Runs `body` after opening `server` in a process of its own; what it prints. */
function run(body: string, shell = 'exec "$0" "$@"'): string {
  const source = `
    import { openArena } from './arena.ts';
    import { openDatagramIo } from './datagram.ts';
    import { LOCALHOST } from './datagram.cases.ts';
    const io = openDatagramIo(openArena(4 << 20), 'batched');
    const server = await io.open(LOCALHOST);
    server.listen({ batch() {} });
    ${body}`;
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', shell, process.execPath, '--input-type=module-typescript', '-e', source],
    { cwd: import.meta.dirname, encoding: 'utf8', timeout: 20_000 },
  );
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

for (const [name, body] of [
  ['is closed', 'server.close();'],
  ['is paused', 'server.pause();'],
  ['is paused and another one was never read', 'server.pause(); await io.open(LOCALHOST);'],
] as const) {
  test(`a process ends when its socket ${name}`, { skip }, () => assert.equal(run(body), ''));
}

test('a socket that is read keeps its process alive', { skip }, () => {
  assert.equal(run(`setTimeout(() => { console.log('alive'); process.exit(); }, 20).unref();`), 'alive');
});

test('running out of descriptors is an error like any other', { skip }, () => {
  const body = `
    const opened = [server];
    try { for (;;) opened.push(await io.open(LOCALHOST)); } catch (error) { console.log(error.message); }
    opened.pop().close();
    opened.pop().close();
    opened.push(await io.open(LOCALHOST));
    console.log(opened.length > 10);
    for (const socket of opened) socket.close();`;
  assert.equal(run(body, 'ulimit -n 60; exec "$0" "$@"'), 'listen udp 127.0.0.1:0: socket: too many open files\ntrue');
});
