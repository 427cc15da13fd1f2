import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arena, openArena } from './arena.ts';
import { Inbox } from './inbox.ts';
import { HEADER, HEADER_BYTES, MSG_TRUNC } from './message-header.ts';
import { localText, PEER, PEER_BYTES } from './peer.ts';

const BATCH = 4;

/** What the kernel does with header `i`: lengths, flags and control message. */
function receive(
  arena: Arena,
  inbox: Inbox,
  i: number,
  header: { octets: number; flags?: number; control: number[] },
): void {
  const at = (Number(inbox.pointer) - arena.base + i * HEADER_BYTES) >> 2;
  arena.words[at + (HEADER.OCTETS >> 2)] = header.octets;
  arena.words[at + (HEADER.FLAGS >> 2)] = header.flags ?? 0;
  arena.words[at + (HEADER.NAME_LENGTH >> 2)] = 16;
  arena.words[at + (HEADER.CONTROL_LENGTH >> 2)] = header.control.length;
  arena.bytes.set(header.control, inbox.peerAt(i) + PEER.CONTROL);
}

function wordOf(arena: Arena, inbox: Inbox, i: number, field: number): number {
  return arena.words[(Number(inbox.pointer) - arena.base + i * HEADER_BYTES + field) >> 2];
}

/** cmsghdr and in_pktinfo or in6_pktinfo, padded. */
function control4(index: number, source: number[]): number[] {
  return [28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, index, 0, 0, 0, ...source, 10, 0, 0, 255, 0, 0, 0, 0];
}
function control6(index: number, destination: number[]): number[] {
  return [36, 0, 0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 50, 0, 0, 0, ...destination, index, 0, 0, 0, 0, 0, 0, 0];
}
const SITE = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const GROUP = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfb];

test('slots and records are apart and aligned', () => {
  const inbox = new Inbox(openArena(65_536), BATCH, 513, true);
  for (let i = 1; i < BATCH; i++) {
    assert.ok(inbox.at(i) - inbox.at(i - 1) >= 513);
    assert.equal(inbox.peerAt(i) - inbox.peerAt(i - 1), PEER_BYTES);
    assert.equal(inbox.peerAt(i) % 8, 0);
  }
});

test('length and cut are what the kernel says', () => {
  const arena = openArena(65_536);
  const inbox = new Inbox(arena, BATCH, 512, false);
  receive(arena, inbox, 0, { octets: 40, control: [] });
  receive(arena, inbox, 1, { octets: 512, flags: MSG_TRUNC | 0x40000000, control: [] });
  inbox.settle(2);
  assert.deepEqual([inbox.length(0), inbox.cut(0)], [40, false]);
  assert.deepEqual([inbox.length(1), inbox.cut(1)], [512, true]);
});

test('headers are ready for the next call after settle', () => {
  const arena = openArena(65_536);
  for (const control of [false, true]) {
    const inbox = new Inbox(arena, BATCH, 512, control);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < BATCH; i++) {
        assert.equal(wordOf(arena, inbox, i, HEADER.NAME_LENGTH), 28);
        assert.equal(wordOf(arena, inbox, i, HEADER.CONTROL_LENGTH), control ? 40 : 0);
        receive(arena, inbox, i, { octets: 1, control: control ? control4(2, [10, 0, 0, 1]) : [] });
      }
      inbox.settle(BATCH);
    }
  }
});

const ROUTES: { name: string; control: number[]; index: number; local: string }[] = [
  { name: 'IPv4', control: control4(7, [10, 0, 0, 1]), index: PEER.INFO, local: '10.0.0.1' },
  { name: 'IPv6', control: control6(7, SITE), index: PEER.INTERFACE6, local: '2001:db8::1' },
];
for (const { name, control, index, local } of ROUTES) {
  test(`an answer over ${name} keeps its source and takes the route of the table`, () => {
    const arena = openArena(65_536);
    const inbox = new Inbox(arena, BATCH, 512, true);
    receive(arena, inbox, 2, { octets: 1, control });
    const peerAt = inbox.peerAt(2);
    arena.bytes[peerAt] = name === 'IPv6' ? 10 : 2;
    inbox.settle(3);
    assert.equal(localText(arena.bytes, peerAt), local);
    assert.equal(arena.words[(peerAt + index) >> 2], 0, 'no interface');
    assert.equal(arena.words[(peerAt + PEER.CONTROL_LENGTH) >> 2], control.length);
    assert.equal(arena.words[(peerAt + PEER.LENGTH) >> 2], 16);
  });
}

test('a group is no source address', () => {
  const arena = openArena(65_536);
  const inbox = new Inbox(arena, BATCH, 512, true);
  receive(arena, inbox, 0, { octets: 1, control: control6(7, GROUP) });
  inbox.settle(1);
  assert.equal(arena.words[(inbox.peerAt(0) + PEER.CONTROL_LENGTH) >> 2], 0);
});
