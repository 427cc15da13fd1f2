// Message ids and source ports of requests to upstreams, as an upstream sees them: nobody can foresee either (RFC 5452 §9.2), in no thread.

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { TestServer } from './harness.ts';
import { FLAG, packet } from './packets.ts';

const QUERIES = 20_000;
const IN_FLIGHT = 48;
const CLIENTS = 6;
/** Every socket gives way to one with a new port after so many queries, so that there are enough ports to count. */
const QUERIES_PER_PORT = 16;
/** One in a million. Eight statistics of this file are compared with it, so an honest generator fails once in 100,000 runs. */
const NORMAL_QUANTILE = 4.753;

interface Request {
  readonly id: number;
  readonly port: number;
}

/** The value that chi-square with `freedom` degrees exceeds once in a million times (Wilson and Hilferty 1931). */
function bound(freedom: number): number {
  const ninth = 2 / (9 * freedom);
  return freedom * (1 - ninth + NORMAL_QUANTILE * Math.sqrt(ninth)) ** 3;
}

/** Chi-square of how `values`, from 0 to `range` - 1, fill `bins` of the same size. */
function chiSquare(values: readonly number[], range: number, bins: number): number {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.floor((value * bins) / range)]++;
  const expected = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function assertEven(values: readonly number[], range: number, bins: number, what: string): void {
  const found = chiSquare(values, range, bins);
  assert.ok(found < bound(bins - 1), `${what}: ${found.toFixed(1)} of ${bound(bins - 1).toFixed(1)} in ${bins} bins`);
}

/** An upstream that notes where requests come from, and answers with the question. */
async function openWitness(seen: Request[]): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', (message, { port, address }) => {
    seen.push({ id: message.readUInt16BE(0), port });
    message.writeUInt16BE(message.readUInt16BE(2) | FLAG.QR, 2);
    socket.send(message, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Asks for names that nobody asked for before until the upstream has seen enough. Lost datagrams are replaced by a timer. */
async function askAll(port: number, seen: readonly Request[]): Promise<void> {
  let name = 0;
  const clients = Array.from({ length: CLIENTS }, () => createSocket('udp4'));
  const next = (client: Socket): void => {
    if (seen.length < QUERIES) client.send(packet({ id: name & 0xffff, name: `n${name++}.test.` }), port, '127.0.0.1');
  };
  for (const client of clients) {
    client.on('message', () => next(client));
    for (let i = 0; i < IN_FLIGHT / CLIENTS; i++) next(client);
  }
  for (let rounds = 0; seen.length < QUERIES; rounds++) {
    assert.ok(rounds < 600, `only ${seen.length} requests after 30 s`);
    const before = seen.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (seen.length === before) for (const client of clients) next(client);
  }
  for (const client of clients) client.close();
}

async function witness(threads: number): Promise<Request[]> {
  const seen: Request[] = [];
  const socket = await openWitness(seen);
  const server = await TestServer.start({
    corefile: `.:{PORT} {\n forward . 127.0.0.1:${socket.address().port}\n}\n`,
    env: { SHOAL_RESOLVER_THREADS: String(threads), SHOAL_FORWARD_QUERIES_PER_SOCKET: String(QUERIES_PER_PORT) },
  });
  try {
    await askAll(server.port, seen);
  } finally {
    await server.stop();
    socket.close();
  }
  return seen.slice(0, QUERIES);
}

/** Ports in the order in which they were first used, counted from the start of the kernel's range. */
function newPorts(seen: readonly Request[]): { ports: number[]; range: number } {
  const [low, high] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  return { ports: [...new Set(seen.map(({ port }) => port))].map((port) => port - low), range: high - low + 1 };
}

for (const threads of [1, 2])
  describe(`${QUERIES} queries over ${threads} threads`, () => {
    let seen: Request[] = [];
    it('are asked', { timeout: 60_000 }, async () => {
      seen = await witness(threads);
    });

    it('ids are spread evenly', () => {
      const ids = seen.map(({ id }) => id);
      assertEven(ids, 65_536, 256, 'upper octet');
      assertEven(
        ids.map((id) => id & 255),
        256,
        256,
        'lower octet',
      );
    });

    it('an id says nothing about the next one', () => {
      const steps = seen.slice(1).map(({ id }, i) => (id - seen[i].id) & 0xffff);
      assertEven(steps, 65_536, 256, 'steps');
    });

    it('ports are spread over all of the kernel’s range, in every thread', () => {
      const { ports, range } = newPorts(seen);
      assert.ok(ports.length > QUERIES / QUERIES_PER_PORT / 4, `only ${ports.length} ports`);
      assertEven(ports, range, 16, 'ports');
    });

    it('no port is used for long', () => {
      const uses = new Map<number, number>();
      for (const { port } of seen) uses.set(port, (uses.get(port) ?? 0) + 1);
      // A batch of queries leaves by one socket, and its successor takes a moment to open.
      assert.ok(
        Math.max(...uses.values()) < 40 * QUERIES_PER_PORT,
        `${Math.max(...uses.values())} queries from one port`,
      );
    });
  });
