// One run: open sockets, warm up, measure, wait for the last answers. Called by loadtest/main.ts. Cold around hot loops.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Arena, openArena } from '#native/arena.ts';
import { type DatagramIo, openDatagramIo } from '#native/datagram.ts';
import { Client } from './client.ts';
import { startClosedLoop, startOpenLoop } from './loops.ts';
import { loadNames } from './names.ts';
import type { Options } from './options.ts';
import { CpuMeter, cpuSeconds } from './processes.ts';
import { MAX_QUERY_BYTES, Queries } from './queries.ts';
import { type Report, reportOf } from './report.ts';
import { Tally } from './tally.ts';

/** Datagrams in one system call. Less makes the generator the bottleneck, more does not exist. */
const BATCH = 64;
/** Answers are only looked at up to their header. */
const SLOT_BYTES = 512;
/** Kernel queue of each socket: answers that come while queries are being sent must wait here, not be lost. */
const RECEIVE_BUFFER = 4 << 20;
/** How often (ms) lost queries are looked for. */
const EXPIRE_EVERY = 20;
/** How often (ms) the end of the run looks whether the last answers are there. */
const DRAIN_EVERY = 5;
/** Arena beside the queries: outboxes of a socket with their headers, twice what they need. */
const ARENA_PER_CLIENT = 2 * BATCH * (1024 + 128);
const ARENA_SHARED = 1 << 20;
const SECOND = 1000;

/** @throws NamesError, ProcessError, or SystemError when no socket can be had */
export async function run(options: Options): Promise<Report> {
  const questions = loadNames(options.names);
  cpuSeconds(options['server-pid']); // wrong ones are to be told now
  const arena = openArena(Queries.space(questions, options.edns) + options.clients * ARENA_PER_CLIENT + ARENA_SHARED);
  const io = openDatagramIo(arena, options.io);
  const tally = new Tally();
  const queries = Queries.of(arena, questions, options.edns);
  const clients: Client[] = [];
  try {
    while (clients.length < options.clients) clients.push(await openClient(io, arena, options, queries, tally));
    return await measure(options, clients, tally, io.name);
  } finally {
    for (const client of clients) client.close();
  }
}

async function openClient(
  io: DatagramIo,
  arena: Arena,
  { server, rate }: Options,
  queries: Queries,
  tally: Tally,
): Promise<Client> {
  const socket = await io.open({
    family: server.family,
    address: '',
    port: 0,
    reusePort: false,
    receiveBuffer: RECEIVE_BUFFER,
    batch: BATCH,
    slotBytes: SLOT_BYTES,
    sendBytes: MAX_QUERY_BYTES,
    connect: { address: server.address, port: server.port },
  });
  return new Client(arena.bytes, socket, queries, tally, rate === 0);
}

async function measure(options: Options, clients: Client[], tally: Tally, io: DatagramIo['name']): Promise<Report> {
  const timeout = options.timeout * SECOND;
  const expiry = setInterval(() => expire(clients, timeout), EXPIRE_EVERY);
  const loop =
    options.rate === 0 ? startClosedLoop(clients, options.window) : startOpenLoop(clients, options.rate, options.doze);
  try {
    await sleep(options.warmup * SECOND);
    const meter = new CpuMeter(options['server-pid']);
    tally.open(performance.now());
    await sleep(options.seconds * SECOND);
    const end = performance.now();
    tally.close(end);
    const cpu = meter.read();
    const lateness = await loop.stop(end, end + timeout);
    await drained(clients);
    return reportOf(options, tally, clients, { io, lateness, ...cpu });
  } finally {
    await loop.stop(0, 0);
    clearInterval(expiry);
  }
}

/** After the sockets have been read: an answer that came while this process got no CPU is not lost. */
function expire(clients: readonly Client[], timeout: number): void {
  const before = performance.now() - timeout;
  setImmediate(() => {
    const now = performance.now();
    for (const client of clients) client.expire(before, now);
  });
}

/** Until every query has its answer or is given up; that takes `timeout` at most. */
async function drained(clients: readonly Client[]): Promise<void> {
  while (clients.some((client) => client.waiting > 0)) await sleep(DRAIN_EVERY);
}
