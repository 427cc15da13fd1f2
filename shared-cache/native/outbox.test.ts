import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arena, openArena } from './arena.ts';
import { HEADER } from './message-header.ts';
import { Outbox } from './outbox.ts';
import { PEER, PEER_BYTES, writePeer } from './peer.ts';

const BATCH = 8;

/** Header `i` as the kernel reads it. */
function header(arena: Arena, outbox: Outbox, i: number) {
  const view = new DataView(arena.bytes.buffer);
  const at = Number(outbox.pointers[i]) - arena.base;
  const pointer = (offset: number): number => {
    const address = Number(view.getBigUint64(at + offset, true));
    return address === 0 ? 0 : address - arena.base;
  };
  const iovec = pointer(HEADER.IOVEC);
  return {
    name: pointer(HEADER.NAME),
    nameLength: view.getUint32(at + HEADER.NAME_LENGTH, true),
    control: pointer(HEADER.CONTROL),
    controlLength: Number(view.getBigUint64(at + HEADER.CONTROL_LENGTH, true)),
    iovecs: Number(view.getBigUint64(at + HEADER.IOVECS, true)),
    payload: Number(view.getBigUint64(iovec, true)) - arena.base,
    length: Number(view.getBigUint64(iovec + 8, true)),
  };
}

test('headers point to payload, peer and control message', () => {
  const arena = openArena(1 << 20);
  const outbox = new Outbox(arena, BATCH, 4096);
  const peerAt = arena.allocate(PEER_BYTES, 8);
  writePeer(arena.bytes, peerAt, '2001:db8::1', 53);
  arena.words[(peerAt + PEER.CONTROL_LENGTH) >> 2] = 40;
  const slot = outbox.slot;
  outbox.commit(100, peerAt);
  assert.deepEqual(header(arena, outbox, 0), {
    name: peerAt,
    nameLength: 28,
    control: peerAt + PEER.CONTROL,
    controlLength: 40,
    iovecs: 1,
    payload: slot,
    length: 100,
  });
});

test('a header is free of the former peer when it is used for the connected one', () => {
  const arena = openArena(1 << 20);
  const outbox = new Outbox(arena, BATCH, 4096);
  const peerAt = arena.allocate(PEER_BYTES, 8);
  writePeer(arena.bytes, peerAt, '192.0.2.1', 53);
  arena.words[(peerAt + PEER.CONTROL_LENGTH) >> 2] = 32;
  outbox.commit(100, peerAt);
  outbox.clear();
  outbox.commit(50, 0);
  const { name, nameLength, controlLength, length } = header(arena, outbox, 0);
  assert.deepEqual(
    { name, nameLength, controlLength, length },
    { name: 0, nameLength: 0, controlLength: 0, length: 50 },
  );
});

test('payloads are packed at cache lines and never overlap', () => {
  const arena = openArena(1 << 20);
  const outbox = new Outbox(arena, BATCH, 4096);
  let end = 0;
  for (const length of [1, 64, 65, 0, 512]) {
    assert.ok(outbox.slot >= end);
    assert.equal((arena.base + outbox.slot) % 64, 0);
    end = outbox.slot + length;
    outbox.commit(length, 0);
  }
  assert.equal(outbox.count, 5);
  outbox.clear();
  assert.equal(outbox.count, 0);
});

const FULL: { length: number; sendBytes: number; commits: number }[] = [
  { length: 40, sendBytes: 4096, commits: BATCH },
  { length: 1024, sendBytes: 4096, commits: BATCH },
  { length: 4096, sendBytes: 4096, commits: 3 },
  { length: 65_536, sendBytes: 65_536, commits: 1 },
];
for (const { length, sendBytes, commits } of FULL) {
  test(`is full after ${commits} of ${length} octets, and a slot always has room for ${sendBytes}`, () => {
    const arena = openArena(1 << 20);
    const outbox = new Outbox(arena, BATCH, sendBytes);
    const after = arena.allocate(0, 1);
    let count = 0;
    do {
      assert.ok(outbox.slot + sendBytes <= after);
      count++;
    } while (!outbox.commit(length, 0));
    assert.equal(count, commits);
  });
}
