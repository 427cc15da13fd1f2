import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { openArena } from '#native/arena.ts';
import { TestThread } from '../../testing/thread.ts';
import { upstreamAddress } from './address.ts';
import { HealthCheck, type HealthSettings } from './health.ts';
import { ManualDeadlines, ManualIo, type ManualSocket } from './testing.ts';
import { Upstreams } from './upstreams.ts';

const FAILURES = 9;
const SLOTS = { hits: 0, misses: 1, ignored: 2 };
const SETTINGS: HealthSettings = { interval: 500, recursion: true, domain: '.' };

let thread: TestThread;
let io: ManualIo;
let deadlines: ManualDeadlines;

function open(settings: Partial<HealthSettings> = {}): HealthCheck {
  const arena = openArena(4 * 1024 * 1024);
  io = new ManualIo(arena.bytes, arena.allocate(4096, 64));
  deadlines = new ManualDeadlines();
  const turn = { begin: () => {}, end: () => {}, flushLater: () => {} };
  const tuning = { forwardSockets: 1, forwardSocketQueries: 1000, udpIo: 'dgram' as const };
  thread = new TestThread({ arena, io, deadlines, turn, tuning });
  const upstreams = Upstreams.of(thread.host);
  const udp = upstreams.udp(upstreamAddress('192.0.2.53', 53), SLOTS);
  return new HealthCheck(upstreams.context, udp, { ...SETTINGS, ...settings }, [FAILURES]);
}

/** Answers the last probe with this rcode. */
function answer(socket: ManualSocket, rcode: number): void {
  const reply = Buffer.alloc(12);
  socket.sent.at(-1)?.copy(reply, 0, 0, 2);
  reply[2] = 0x80;
  reply[3] = rcode;
  socket.receive(reply);
}

describe('a probe', () => {
  const rows: readonly [string, Partial<HealthSettings>, string][] = [
    ['asks for the NS records of the root', {}, '0100 0001 0000 0000 0000 00 0002 0001'],
    ['without RD', { recursion: false }, '0000 0001 0000 0000 0000 00 0002 0001'],
    ['of another name', { domain: 'a.test.' }, '0100 0001 0000 0000 0000 0161 0474657374 00 0002 0001'],
  ];
  for (const [name, settings, hex] of rows) {
    test(name, async () => {
      open(settings).check();
      const socket = await io.grant();
      assert.equal(socket.sent[0].subarray(2).toString('hex'), hex.replaceAll(' ', ''));
    });
  }
});

describe('the fail count', () => {
  let health: HealthCheck;
  let socket: ManualSocket;

  beforeEach(async () => {
    health = open();
    health.check();
    socket = await io.grant();
  });

  test('grows with every probe that has no answer, one each interval', () => {
    for (let fails = 1; fails <= 3; fails++) {
      assert.deepEqual(deadlines.milliseconds, [1000], 'a probe has a second');
      deadlines.expireFirst();
      assert.equal(health.fails, fails);
      assert.deepEqual(deadlines.milliseconds, [500], 'then comes the interval');
      deadlines.expireFirst();
    }
    assert.equal(socket.sent.length, 4);
    assert.equal(thread.count(FAILURES), 3);
  });

  test('is 0 again after any answer, and the probing ends', () => {
    deadlines.expireFirst();
    deadlines.expireFirst();
    assert.equal(health.fails, 1);
    answer(socket, 5);
    assert.equal(health.fails, 0);
    assert.equal(deadlines.active, 0);
  });

  test('there is one probe at a time, however many queries fail', () => {
    for (let i = 0; i < 10; i++) health.check();
    assert.equal(socket.sent.length, 1);
    answer(socket, 0);
    health.check();
    assert.equal(socket.sent.length, 2);
  });

  test('nothing goes on after it is closed', () => {
    deadlines.expireFirst();
    health.close();
    assert.equal(deadlines.active, 0);
    health.check();
    assert.equal(socket.sent.length, 1);
  });

  test('a probe under way is given up when it is closed', () => {
    health.close();
    assert.equal(deadlines.active, 0);
    answer(socket, 0);
    assert.equal(thread.count(SLOTS.ignored), 1);
  });

  test('without deadlines it stops, and the next failure starts anew', () => {
    deadlines.expireFirst();
    deadlines.room = 0;
    assert.deepEqual(deadlines.milliseconds, [500]);
    deadlines.expireFirst();
    assert.equal(deadlines.active, 0);
    deadlines.room = 10;
    health.check();
    assert.equal(socket.sent.length, 2);
  });
});
