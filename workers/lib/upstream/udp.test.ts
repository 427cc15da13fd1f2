import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { openArena } from '#native/arena.ts';
import { SystemError } from '#native/errno.ts';
import { TestThread } from '../../testing/thread.ts';
import { upstreamAddress } from './address.ts';
import { NOT_SENT, SENT } from './channel.ts';
import type { Caller } from './exchanges.ts';
import { ManualDeadlines, ManualIo } from './testing.ts';
import type { UdpUpstream } from './udp.ts';
import { Upstreams } from './upstreams.ts';

const ADDRESS = upstreamAddress('192.0.2.53', 53);
const SLOTS = { hits: 0, misses: 1, ignored: 2 };

let thread: TestThread;
let io: ManualIo;
let deadlines: ManualDeadlines;
let upstreams: Upstreams;
let udp: UdpUpstream;
let heard: string[];
let turns: number;

/** Three octets: the id, and nothing. */
const caller: Caller = {
  write(_slot, to, at, id) {
    to[at] = id >>> 8;
    to[at + 1] = id;
    to[at + 2] = 0;
    return 3;
  },
  replied(slot) {
    heard.push('reply');
    upstreams.context.exchanges.close(slot);
    return true;
  },
  failed(slot, failure) {
    heard.push(failure);
    upstreams.context.exchanges.close(slot);
  },
};

function open(forwardSockets: number, forwardSocketQueries: number): void {
  const arena = openArena(4 * 1024 * 1024);
  io = new ManualIo(arena.bytes, arena.allocate(4096, 64));
  deadlines = new ManualDeadlines();
  heard = [];
  turns = 0;
  const turn = {
    begin: (): void => void assert.equal(++turns, 1, 'turns do not nest'),
    end: (): void => void --turns,
    flushLater: (): void => {},
  };
  const tuning = { forwardSockets, forwardSocketQueries, udpIo: 'dgram' as const };
  thread = new TestThread({ arena, io, deadlines, turn, tuning });
  upstreams = Upstreams.of(thread.host);
  udp = upstreams.udp(ADDRESS, SLOTS);
}

/** Asks in a batch of its own. */
function ask(): number {
  thread.clock.now++;
  const slot = upstreams.context.exchanges.open(caller);
  return udp.send(slot, 1000);
}

/** The reply to the request that a socket sent last. */
function replyOf(sent: Buffer): Buffer {
  const reply = Buffer.alloc(12);
  sent.copy(reply, 0, 0, 2);
  reply[2] = 0x80;
  return reply;
}

describe('a socket that is not open yet', () => {
  beforeEach(() => open(1, 1000));

  test('keeps requests and sends them when it is', async () => {
    assert.equal(ask(), SENT);
    ask();
    assert.equal(io.opening, 1);
    const socket = await io.grant();
    assert.equal(socket.sent.length, 2);
    for (const sent of socket.sent) socket.receive(replyOf(sent));
    assert.deepEqual(heard, ['reply', 'reply']);
    assert.equal(thread.count(SLOTS.misses), 2);
    assert.equal(deadlines.active, 0);
  });

  test('does not send what has timed out meanwhile', async () => {
    ask();
    deadlines.expireFirst();
    assert.deepEqual(heard, ['dial udp 192.0.2.53:53: i/o timeout']);
    assert.equal((await io.grant()).sent.length, 0);
  });

  test('fails them when it cannot be opened; the next request tries again', async () => {
    ask();
    await io.refuse(new SystemError('ENETUNREACH', 'connect'));
    assert.deepEqual(heard, ['dial udp 192.0.2.53:53: connect: network is unreachable']);
    ask();
    const socket = await io.grant();
    assert.equal(socket.sent.length, 1);
  });

  test('is closed as soon as it opens when nobody wants it any more', async () => {
    ask();
    deadlines.expireFirst();
    upstreams.release(udp);
    const socket = await io.grant();
    assert.ok(socket.closed);
  });
});

describe('an open socket', () => {
  beforeEach(async () => {
    open(1, 3);
    ask();
    await io.grant();
    io.sockets[0].receive(replyOf(io.sockets[0].sent[0]));
    heard.length = 0;
  });

  test('without a deadline nothing is sent', () => {
    deadlines.room = 0;
    assert.equal(ask(), NOT_SENT);
    assert.equal(io.sockets[0].sent.length, 1);
  });

  test('counts what is no reply', () => {
    ask();
    const [socket] = io.sockets;
    socket.receive(Buffer.alloc(3));
    socket.receive(socket.sent[1]);
    assert.equal(thread.count(SLOTS.ignored), 2);
    assert.deepEqual(heard, []);
  });

  test('names both ends when a reply does not come', () => {
    ask();
    deadlines.expireFirst();
    assert.deepEqual(heard, ['read udp 127.0.0.1:1000->192.0.2.53:53: i/o timeout']);
  });

  test('fails all that is pending when the host refuses, once for many refusals', async () => {
    ask();
    ask();
    io.sockets[0].refuse('ECONNREFUSED');
    io.sockets[0].refuse('ECONNREFUSED');
    assert.deepEqual(heard, [], 'not in the middle of a flush');
    await new Promise((resolve) => setImmediate(resolve));
    const failure = 'read udp 127.0.0.1:1000->192.0.2.53:53: read: connection refused';
    assert.deepEqual(heard, [failure, failure]);
  });

  test('gives way to a new one after so many queries, and closes with its last reply', async () => {
    const [old] = io.sockets;
    for (let i = 0; i < 3; i++) ask();
    assert.equal(io.opening, 1, 'a new one is being opened');
    assert.equal(old.sent.length, 4, 'the old one goes on meanwhile');
    const fresh = await io.grant();
    ask();
    assert.equal(fresh.sent.length, 1);
    assert.ok(!old.closed);
    for (const sent of old.sent.slice(1)) old.receive(replyOf(sent));
    assert.ok(old.closed);
    assert.equal(heard.length, 3);
  });

  test('gives way after a minute', async () => {
    thread.clock.now += 60_000;
    ask();
    assert.equal(io.opening, 1);
  });

  test('stays when the new one cannot be opened', async () => {
    for (let i = 0; i < 3; i++) ask();
    await io.refuse(new SystemError('EMFILE', 'socket'));
    ask();
    assert.equal(io.sockets[0].sent.length, 5);
    assert.deepEqual(heard, []);
  });

  test('stays when too many replaced ones still wait for replies', async () => {
    for (let i = 0; i < 3; i++) ask();
    const fresh = await io.grant();
    for (let i = 0; i < 9; i++) ask();
    assert.equal(io.opening, 0, 'one for each current one is enough');
    assert.equal(fresh.sent.length, 9);
    assert.equal(udp.sockets, 2);
  });

  test('waits for its last reply when its upstream is given back', () => {
    ask();
    upstreams.release(udp);
    const [socket] = io.sockets;
    assert.ok(!socket.closed);
    socket.receive(replyOf(socket.sent[1]));
    assert.deepEqual(heard, ['reply']);
    assert.ok(socket.closed);
  });
});

test('upstreams are shared by address and closed with their last user', async () => {
  open(1, 1000);
  const again = Upstreams.of({ ...thread.host }).udp(upstreamAddress('192.0.2.53', 53), SLOTS);
  assert.equal(again, udp);
  assert.notEqual(upstreams.udp(upstreamAddress('192.0.2.53', 54), SLOTS), udp);
  ask();
  const socket = await io.grant();
  socket.receive(replyOf(socket.sent[0]));
  upstreams.release(udp);
  assert.ok(!socket.closed);
  upstreams.release(again);
  assert.ok(socket.closed);
  assert.notEqual(upstreams.udp(ADDRESS, SLOTS), udp);
});

test('connections with other settings are others', () => {
  open(1, 1000);
  const settings = { expire: 10_000, maxAge: 0, maxIdleConns: 0 };
  const tcp = upstreams.tcp(ADDRESS, settings, SLOTS);
  assert.equal(upstreams.tcp(ADDRESS, { ...settings }, SLOTS), tcp);
  assert.notEqual(upstreams.tcp(ADDRESS, { ...settings, maxAge: 20_000 }, SLOTS), tcp);
});
