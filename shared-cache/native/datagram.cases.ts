// What every implementation of datagram I/O must do. Run by batched.test.ts and plain.test.ts.

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { type Arena, openArena } from './arena.ts';
import {
  type DatagramOptions,
  type DatagramSink,
  type DatagramSocket,
  openDatagramIo,
  PEER_BYTES,
  peerPort,
  peerText,
  writePeer,
} from './datagram.ts';
import { localText } from './peer.ts';

export interface Received {
  readonly payload: Uint8Array;
  readonly peer: string;
  readonly port: number;
  readonly local: string;
  readonly cut: boolean;
}

/** Keeps what a socket reads; `react` is called for each datagram. */
export class Recorder implements DatagramSink {
  readonly received: Received[] = [];
  readonly errors: string[] = [];
  readonly counts: number[] = [];
  readonly #arena: Arena;
  readonly #react: (socket: DatagramSocket, i: number) => void;

  constructor(arena: Arena, react: (socket: DatagramSocket, i: number) => void = () => {}) {
    this.#arena = arena;
    this.#react = react;
  }

  batch(socket: DatagramSocket, count: number): void {
    const { bytes } = this.#arena;
    this.counts.push(count);
    for (let i = 0; i < count; i++) {
      const at = socket.at(i);
      const peerAt = socket.peerAt(i);
      this.received.push({
        payload: bytes.slice(at, at + socket.length(i)),
        peer: peerText(bytes, peerAt),
        port: peerPort(bytes, peerAt),
        local: localText(bytes, peerAt),
        cut: socket.cut(i),
      });
      this.#react(socket, i);
    }
  }

  error(_socket: DatagramSocket, code: string): void {
    this.errors.push(code);
  }
}

/** Waits for `condition`, 5 s at most. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    assert.ok(Date.now() < end, `${what} has not come about`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Numbers below `limit`, always the same ones (xorshift32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export const LOCALHOST: DatagramOptions = {
  family: 4,
  address: '127.0.0.1',
  port: 0,
  reusePort: false,
  receiveBuffer: 1 << 20,
  batch: 16,
  slotBytes: 512,
  sendBytes: 4096,
};

/** Puts `payload` into the socket's next slot. */
export function send(arena: Arena, socket: DatagramSocket, payload: Uint8Array, peerAt = 0): void {
  arena.bytes.set(payload, socket.slot());
  socket.commit(payload.length, peerAt);
}

/** Sends datagram i back to its sender. */
export function echo(arena: Arena): (socket: DatagramSocket, i: number) => void {
  return (socket, i) => {
    const at = socket.at(i);
    send(arena, socket, arena.bytes.slice(at, at + socket.length(i)), socket.peerAt(i));
  };
}

const hasIPv6 = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));

export function datagramCases(kind: 'batched' | 'dgram', skip: string | undefined): void {
  const arena = openArena(64 << 20);
  const io = openDatagramIo(arena, skip === undefined ? kind : 'dgram');
  const opened: DatagramSocket[] = [];

  async function open(options: Partial<DatagramOptions> = {}): Promise<DatagramSocket> {
    const socket = await io.open({ ...LOCALHOST, ...options });
    opened.push(socket);
    return socket;
  }

  /** A server that echoes and a client connected to it, both listening. */
  async function pair(server: Partial<DatagramOptions> = {}, client: Partial<DatagramOptions> = {}) {
    const toServer = new Recorder(arena, echo(arena));
    const toClient = new Recorder(arena);
    const first = await open(server);
    first.listen(toServer);
    const { family, port } = first;
    const address = family === 6 ? '::1' : '127.0.0.1';
    const second = await open({ family, address: '', connect: { address, port }, ...client });
    second.listen(toClient);
    return { server: first, client: second, toServer, toClient };
  }

  function it(name: string, run: () => Promise<void>, without: string | false | undefined = false): void {
    test(name, { skip: skip ?? without }, async () => {
      try {
        await run();
      } finally {
        for (const socket of opened.splice(0)) socket.close();
      }
    });
  }

  describe(`datagrams: ${kind}`, () => {
    it('tells its name and where it is bound', async () => {
      const socket = await open();
      assert.equal(io.name, kind);
      assert.deepEqual([socket.address, socket.family], ['127.0.0.1', 4]);
      assert.ok(socket.port > 0);
      assert.equal((await open({ address: '' })).address, '0.0.0.0');
    });

    for (const [name, family, address] of [
      ['IPv4', 4, '127.0.0.1'],
      ['IPv6', 6, '::1'],
      ['the IPv4 wildcard', 4, ''],
      ['the IPv6 wildcard', 6, ''],
    ] as const) {
      it(
        `answers a client over ${name}`,
        async () => {
          const { server, client, toServer, toClient } = await pair({ family, address });
          send(arena, client, Uint8Array.of(1, 2, 3));
          client.flush();
          await until(() => toClient.received.length === 1, 'an answer');
          const loopback = family === 6 ? '::1' : '127.0.0.1';
          assert.deepEqual([toServer.received[0].peer, toServer.received[0].port], [loopback, client.port]);
          assert.deepEqual([toClient.received[0].peer, toClient.received[0].port], [loopback, server.port]);
          assert.deepEqual([...toClient.received[0].payload], [1, 2, 3]);
        },
        family === 6 && !hasIPv6 && 'no IPv6 here',
      );
    }

    it('keeps order and octets of many datagrams, empty ones too', async () => {
      const { client, toClient } = await pair({ receiveBuffer: 4 << 20 }, { receiveBuffer: 4 << 20 });
      const random = seeded(0xda7a);
      const sent: Uint8Array[] = [];
      while (sent.length < 1000) {
        for (let i = 0; i < 50; i++) {
          const payload = Uint8Array.from({ length: random(4) === 0 ? 0 : random(513) }, () => random(256));
          sent.push(payload);
          send(arena, client, payload);
        }
        client.flush();
        await until(() => toClient.received.length === sent.length, 'answers to all');
      }
      assert.deepEqual(
        toClient.received.map(({ payload }) => payload),
        sent,
      );
      assert.equal(client.dropped, 0);
    });

    for (const [length, cut] of [
      [511, false],
      [512, false],
      [513, true],
      [4096, true],
    ] as const) {
      it(`${length} octets ${cut ? 'are cut to' : 'fit into'} a slot of 512`, async () => {
        const { client, toServer } = await pair();
        send(arena, client, new Uint8Array(length).fill(7));
        client.flush();
        await until(() => toServer.received.length === 1, 'the datagram');
        assert.equal(toServer.received[0].cut, cut);
        assert.deepEqual(toServer.received[0].payload, new Uint8Array(Math.min(length, 512)).fill(7));
      });
    }

    it('carries the largest datagram there is', async () => {
      const large = { slotBytes: 65_536, sendBytes: 65_536 };
      const { client, toClient } = await pair(large, large);
      send(arena, client, new Uint8Array(65_507).fill(9));
      client.flush();
      await until(() => toClient.received.length === 1, 'the datagram');
      assert.equal(toClient.received[0].payload.length, 65_507);
      assert.equal(toClient.received[0].cut, false);
    });

    it('drops and counts what is longer than an outbox slot, or than any datagram', async () => {
      const { client } = await pair({}, { sendBytes: 65_536 });
      client.commit(65_537, 0);
      assert.equal(client.dropped, 1);
      client.commit(65_508, 0);
      client.flush();
      await until(() => client.dropped === 2, 'the second loss');
    });

    it('goes on with the others when one of a batch cannot be sent', async () => {
      const { client, toServer } = await pair({}, { sendBytes: 65_536 });
      for (const length of [1, 65_508, 2, 65_508, 3]) {
        client.slot();
        client.commit(length, 0);
      }
      client.flush();
      await until(() => toServer.received.length === 3 && client.dropped === 2, 'three datagrams and two losses');
      assert.deepEqual(
        toServer.received.map(({ payload }) => payload.length),
        [1, 2, 3],
      );
    });

    it('takes more commits than fit into its outbox', async () => {
      const { client, toServer } = await pair({ slotBytes: 2048, receiveBuffer: 4 << 20 });
      for (let i = 0; i < 60; i++) send(arena, client, new Uint8Array(2000).fill(i));
      client.flush();
      await until(() => toServer.received.length === 60, 'all datagrams');
      assert.deepEqual(
        toServer.received.map(({ payload }) => payload[1999]),
        Array.from({ length: 60 }, (_, i) => i),
      );
    });

    it('offers the same slot until it is committed', async () => {
      const { client } = await pair();
      const slot = client.slot();
      assert.equal(client.slot(), slot);
      assert.ok(slot > 0 && slot + LOCALHOST.sendBytes <= arena.bytes.length);
    });

    it('sends to a peer whose record was written by hand', async () => {
      const toServer = new Recorder(arena);
      const server = await open();
      server.listen(toServer);
      const peerAt = arena.allocate(PEER_BYTES, 8);
      writePeer(arena.bytes, peerAt, '127.0.0.1', server.port);
      const client = await open();
      client.listen(new Recorder(arena));
      send(arena, client, Uint8Array.of(5), peerAt);
      client.flush();
      await until(() => toServer.received.length === 1, 'the datagram');
      assert.equal(toServer.received[0].port, client.port);
    });

    it('sends what was committed within a batch without being told', async () => {
      const { client, toClient } = await pair();
      send(arena, client, Uint8Array.of(1));
      client.flush();
      await until(() => toClient.received.length === 1, 'the answer');
    });

    it('hears its peer only when connected', async () => {
      const { client, toClient } = await pair();
      const stranger = await open({ address: '', connect: { address: '127.0.0.1', port: client.port } });
      send(arena, stranger, Uint8Array.of(66));
      stranger.flush();
      send(arena, client, Uint8Array.of(1));
      client.flush();
      await until(() => toClient.received.length === 1, 'the answer');
      assert.deepEqual([...toClient.received[0].payload], [1]);
    });

    it('binds a connected socket to the local address that is asked for', async () => {
      const { client, toServer } = await pair({}, { local: '127.0.0.5' });
      assert.equal(client.address, '127.0.0.5');
      send(arena, client, Uint8Array.of(1));
      client.flush();
      await until(() => toServer.received.length === 1, 'the datagram');
      assert.equal(toServer.received[0].peer, '127.0.0.5');
    });

    it('tells of refusals, counts them, and works on when the peer is back', async () => {
      const { server, client, toClient } = await pair();
      const { port } = server;
      server.close();
      for (let i = 1; i <= 3; i++) {
        send(arena, client, Uint8Array.of(i));
        client.flush();
        await until(() => client.refused >= i, `refusal ${i}`);
      }
      assert.ok(toClient.errors.length >= 3 && toClient.errors.every((code) => code === 'ECONNREFUSED'));
      const again = await open({ port });
      again.listen(new Recorder(arena, echo(arena)));
      send(arena, client, Uint8Array.of(9));
      client.flush();
      await until(() => toClient.received.length === 1, 'an answer');
      assert.deepEqual([...toClient.received[0].payload], [9]);
    });

    it('keeps what comes while it is paused', async () => {
      const { server, client, toServer, toClient } = await pair();
      server.pause();
      server.pause();
      for (const octet of [1, 2]) send(arena, client, Uint8Array.of(octet));
      client.flush();
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.equal(toServer.received.length, 0);
      server.resume();
      server.resume();
      await until(() => toClient.received.length === 2, 'both answers');
    });

    it('can be paused within a batch', async () => {
      const server = await open({ batch: 1 });
      const sink = new Recorder(arena, (socket) => socket.pause());
      server.listen(sink);
      const client = await open({ address: '', connect: { address: '127.0.0.1', port: server.port } });
      for (let i = 0; i < 3; i++) send(arena, client, Uint8Array.of(i));
      client.flush();
      for (let received = 1; received <= 3; received++) {
        await until(() => sink.received.length === received, `datagram ${received}`);
        server.resume();
      }
      assert.deepEqual(
        sink.received.map(({ payload }) => payload[0]),
        [0, 1, 2],
      );
    });

    it('can be closed within a batch and more than once; commits are then counted as dropped', async () => {
      const { server, client, toClient } = await pair();
      const slots: number[] = [];
      server.listen(
        new Recorder(arena, (socket, i) => {
          echo(arena)(socket, i);
          socket.close();
          slots.push(socket.slot());
          socket.commit(10, socket.peerAt(i));
          socket.flush();
          socket.resume();
          socket.close();
        }),
      );
      send(arena, client, Uint8Array.of(1));
      client.flush();
      await until(() => toClient.received.length === 1, 'the answer committed before');
      assert.equal(server.dropped, 1);
      assert.ok(slots[0] > 0);
    });

    it('hands the memory of closed sockets on', async () => {
      (await open()).close();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      const { used } = arena;
      for (let i = 0; i < 50; i++) {
        (await open()).close();
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(arena.used - used <= 65_536, `${arena.used - used} octets for 50 sockets`);
    });

    it('shares a port when all say so', async () => {
      const first = await open({ reusePort: true });
      const second = await open({ reusePort: true, port: first.port });
      const sinks = [new Recorder(arena, echo(arena)), new Recorder(arena, echo(arena))];
      first.listen(sinks[0]);
      second.listen(sinks[1]);
      for (let tries = 0; tries < 100 && sinks.some(({ received }) => received.length === 0); tries++) {
        const toClient = new Recorder(arena);
        const client = await open({ address: '', connect: { address: '127.0.0.1', port: first.port } });
        client.listen(toClient);
        send(arena, client, Uint8Array.of(1));
        client.flush();
        await until(() => toClient.received.length === 1, 'an answer');
      }
      assert.ok(
        sinks.every(({ received }) => received.length > 0),
        'both have got some',
      );
    });

    for (const [name, options, text] of [
      ['a port in use', {}, /^listen udp 127\.0\.0\.1:\d+: bind: address already in use$/],
      ['a port in use, for the wildcard', { address: '' }, /^listen udp :\d+: bind: address already in use$/],
      [
        'a foreign address',
        { address: '192.0.2.1' },
        /^listen udp 192\.0\.2\.1:\d+: bind: cannot assign requested address$/,
      ],
    ] as const) {
      it(`${name} is refused in Go's words`, async () => {
        const { port } = await open();
        await assert.rejects(open({ port, ...options }), { name: 'SystemError', syscall: 'bind', message: text });
      });
    }

    it('a connected socket whose source address is foreign says which', async () => {
      const options = { address: '', local: '192.0.2.1', connect: { address: '127.0.0.1', port: 53 } };
      await assert.rejects(open(options), { code: 'EADDRNOTAVAIL', message: /cannot assign requested address$/ });
    });

    for (const [name, options, text] of [
      [
        'a port beyond 65535',
        { port: 65_536 },
        'datagram option port: whole numbers from 0 to 65535 allowed, got 65536',
      ],
      ['batches of none', { batch: 0 }, 'datagram option batch: whole numbers from 1 to 64 allowed, got 0'],
      ['batches of 65', { batch: 65 }, 'datagram option batch: whole numbers from 1 to 64 allowed, got 65'],
      ['slots of none', { slotBytes: 0 }, 'datagram option slotBytes: whole numbers from 1 to 65536 allowed, got 0'],
      [
        'half an octet',
        { sendBytes: 0.5 },
        'datagram option sendBytes: whole numbers from 1 to 65536 allowed, got 0.5',
      ],
      [
        'a negative queue',
        { receiveBuffer: -1 },
        'datagram option receiveBuffer: whole numbers from 0 to 1073741824 allowed, got -1',
      ],
    ] as const) {
      it(`${name} is refused`, () => assert.rejects(open(options), new RangeError(text)));
    }

    for (const [name, options, text] of [
      ['a name', { address: 'localhost' }, '"localhost" is not an IP address'],
      ['an IPv6 address for IPv4', { address: '::1' }, '"::1" is not an IPv4 address'],
      ['an IPv4 address for IPv6', { family: 6 }, '"127.0.0.1" is not an IPv6 address'],
    ] as const) {
      it(`${name} is refused as address`, () => assert.rejects(open(options), new TypeError(text)));
    }

    it('an IPv4 address in IPv6 clothes makes an IPv4 socket', async () => {
      const socket = await open({ family: 6, address: '::ffff:127.0.0.1' });
      assert.deepEqual([socket.family, socket.address], [4, '127.0.0.1']);
    });

    it(
      'the two wildcards share a port number',
      async () => {
        const { port } = await open({ address: '', family: 4 });
        assert.equal((await open({ address: '', family: 6, port })).port, port);
      },
      !hasIPv6 && 'no IPv6 here',
    );
  });
}
