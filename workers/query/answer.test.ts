// Building and sealing answers: sections, truncation, flags and EDNS as spec B4 has them. Decoded by dns-packet.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DecodedPacket, decode, encode, type OptAnswer } from 'dns-packet';
import { openArena } from '#native/arena.ts';
import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { ADDITIONAL, type Answer, AUTHORITY, QNAME_OFFSET } from './answer.ts';
import { QueryPool } from './pool.ts';
import { PROTO_TCP, PROTO_UDP, type Query, WORKSPACE } from './query.ts';
import { ACCEPTED, readQuery } from './read.ts';

const arena = openArena(4 * WORKSPACE.BYTES + 140_000);
const pool = new QueryPool(arena, 2);
const AT = arena.allocate(2048, 64);
const TO = arena.allocate(66_000, 64);

interface Ask {
  readonly name?: string;
  readonly flags?: number;
  readonly udp?: number;
  readonly dnssec?: boolean;
  readonly options?: { code: number; data: Buffer }[];
  readonly tcp?: boolean;
}

/** A query that was read, with its answer opened. */
function ask({
  name = 'Web.default.svc.cluster.local',
  flags = 0x0100,
  udp,
  dnssec = false,
  options = [],
  tcp = false,
}: Ask = {}): Query {
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udp,
    flags: dnssec ? 0x8000 : 0,
    options,
  } as unknown as OptAnswer;
  const message = encode({
    type: 'query',
    id: 4660,
    flags,
    questions: [{ name, type: 'A' }],
    additionals: udp === undefined ? [] : [opt],
  });
  arena.bytes.set(message, AT);
  const query = pool.acquire() as Query;
  query.proto = tcp ? PROTO_TCP : PROTO_UDP;
  query.answer.open(TO);
  assert.equal(readQuery(query, AT, message.length, 99), ACCEPTED);
  query.release();
  return query;
}

function sealed(query: Query): DecodedPacket & { length: number } {
  const length = query.answer.seal(query);
  return Object.assign(decode(Buffer.from(arena.bytes.slice(query.answer.at, query.answer.at + length))), { length });
}

const ADDRESSES = Uint8Array.from({ length: 4 * 100 }, (_, i) => (i % 4 === 3 ? i >> 2 : 10));

function addAddresses(answer: Answer, query: Query, count: number, first = 0): void {
  answer.packed(QNAME_OFFSET, query.nameLength, TYPE.A, 30, ADDRESSES, 0, count, first);
}

describe('Answer: header (spec B4)', () => {
  const rows: [string, number, number, number][] = [
    // name, flags of the query, flags of the answer, flags expected
    ['RD and CD are copied', 0x0110, 0, FLAG.QR | FLAG.RD | FLAG.CD],
    ['AD, Z, RA and TC are not copied', 0x02e0, 0, FLAG.QR],
    ['AA and RA come from the answer', 0, FLAG.AA | FLAG.RA, FLAG.QR | FLAG.AA | FLAG.RA],
    ['NOTIFY keeps its opcode but not RD', 0x2110, 0, FLAG.QR | 0x2000],
  ];
  for (const [name, asked, given, expected] of rows) {
    it(name, () => {
      const query = ask({ flags: asked });
      query.answer.start(query, RCODE.NOERROR, given);
      query.answer.seal(query);
      assert.equal((arena.bytes[TO + 2] << 8) | arena.bytes[TO + 3], expected);
    });
  }
  it('keeps id and the spelling of the question', () => {
    const query = ask();
    query.answer.start(query, RCODE.NXDOMAIN, FLAG.AA);
    const packet = sealed(query);
    assert.deepEqual([packet.id, packet.questions?.[0].name], [4660, 'Web.default.svc.cluster.local']);
    assert.equal(arena.bytes[TO + 3] & 15, RCODE.NXDOMAIN);
  });
});

describe('Answer: records', () => {
  it('go to the sections in order, owners point to the question', () => {
    const query = ask({ tcp: true });
    const { answer } = query;
    answer.start(query, 0, 0);
    addAddresses(answer, query, 2);
    answer.section = AUTHORITY;
    answer.recordFrom(QNAME_OFFSET, query.nameLength, TYPE.TXT, 1, 5, Uint8Array.of(1, 65), 0, 2);
    answer.section = ADDITIONAL;
    addAddresses(answer, query, 1, 7);
    const packet = sealed(query);
    assert.deepEqual(
      [packet.answers, packet.authorities, packet.additionals].map((section) => section?.map((record) => record.type)),
      [['A', 'A'], ['TXT'], ['A']],
    );
    assert.equal(packet.additionals?.[0].name, 'Web.default.svc.cluster.local');
  });
  it('plainSize is the length without compression', () => {
    const query = ask();
    query.answer.start(query, 0, 0);
    addAddresses(query.answer, query, 1);
    // 12 + 31 + 4 for the question, 31 + 10 + 4 for the record: part H says 103 with an OPT of 11 for a name of the same length
    assert.equal(query.answer.plainSize, 92);
  });
  it('packed begins with the record asked for and wraps around', () => {
    const query = ask();
    query.answer.start(query, 0, 0);
    query.answer.packed(QNAME_OFFSET, query.nameLength, TYPE.A, 30, ADDRESSES, 0, 3, 2);
    const last = sealed(query).answers?.map((record) => ('data' in record ? String(record.data) : ''));
    assert.deepEqual(last, ['10.10.10.2', '10.10.10.0', '10.10.10.1']);
  });
});

describe('Answer: size and truncation (spec B4, RFC 2181 §9)', () => {
  const rows: [string, Ask, number, number, boolean][] = [
    ['512 octets without EDNS', {}, 100, 512, true],
    ['the size of the OPT', { udp: 1232 }, 100, 1232, true],
    ['less than 512 counts as 512', { udp: 100 }, 100, 512, true],
    ['all of it when it fits', { udp: 4096 }, 100, 4096, false],
    ['TCP', { tcp: true }, 100, 65_535, false],
  ];
  for (const [name, asked, count, limit, truncated] of rows) {
    it(name, () => {
      const query = ask(asked);
      query.answer.start(query, 0, 0);
      addAddresses(query.answer, query, count);
      const packet = sealed(query);
      assert.ok(packet.length <= limit, `${packet.length} octets`);
      assert.equal(packet.flag_tc, truncated);
      assert.equal((packet.answers?.length ?? 0) < count, truncated);
      assert.equal(packet.additionals?.length, asked.udp === undefined ? 0 : 1, 'the OPT is kept');
      if (truncated) assert.ok(packet.length > limit - 16, 'no record more would fit');
    });
  }
  it('the first record that does not fit ends the message, later sections included', () => {
    const query = ask();
    query.answer.start(query, 0, 0);
    addAddresses(query.answer, query, 100);
    query.answer.section = ADDITIONAL;
    assert.equal(query.answer.record(QNAME_OFFSET, query.nameLength, TYPE.A, 1, 0, 0), 0);
    assert.equal(sealed(query).additionals?.length, 0);
  });
});

describe('Answer: OPT (spec B4)', () => {
  const cookie = { code: 10, data: Buffer.from('0102030405060708', 'hex') };
  const nsid = { code: 3, data: Buffer.alloc(0) };
  const ecs = { code: 8, data: Buffer.from('00010000', 'hex') };
  const optOf = (query: Query): OptAnswer & { length: number } => {
    query.answer.start(query, 0, 0);
    const packet = sealed(query);
    return packet.additionals?.find((record) => record.type === 'OPT') as OptAnswer & { length: number };
  };
  const rows: [string, Ask, number, number, number[]][] = [
    ["repeats the client's size", { udp: 4096 }, 4096, 0, []],
    ['repeats a size of 100', { udp: 100 }, 100, 0, []],
    ['keeps DO', { udp: 1232, dnssec: true }, 1232, 0x8000, []],
    ['echoes cookie and NSID, drops ECS', { udp: 1232, options: [ecs, cookie, nsid] }, 1232, 0, [10, 3]],
  ];
  for (const [name, asked, size, flags, codes] of rows) {
    it(name, () => {
      const opt = optOf(ask(asked));
      assert.deepEqual([opt.udpPayloadSize, opt.flags, opt.options.map((option) => option.code)], [size, flags, codes]);
    });
  }
  it('is absent without one in the query', () => {
    const query = ask();
    query.answer.start(query, 0, 0);
    assert.equal(sealed(query).additionals?.length, 0);
  });
  it('of a plugin is sent even then, with 4096 octets', () => {
    const query = ask();
    query.answer.start(query, RCODE.REFUSED, 0);
    const at = query.answer.option(15, 2);
    arena.bytes[at] = 0;
    arena.bytes[at + 1] = 17;
    const opt = sealed(query).additionals?.[0] as OptAnswer;
    assert.deepEqual([opt.udpPayloadSize, opt.options[0].code], [4096, 15]);
  });
  it('options have a limit', () => {
    const query = ask({ udp: 1232 });
    query.answer.start(query, 0, 0);
    assert.notEqual(query.answer.option(65_001, 2000), 0);
    assert.equal(query.answer.option(65_002, 100), 0);
  });
});

describe('Query.retain', () => {
  it('moves message, options, peer and begun answer out of the receive slot', () => {
    const query = ask({ udp: 1232, options: [{ code: 10, data: Buffer.alloc(8, 7) }] });
    query.peerAt = AT + 1024;
    arena.bytes.fill(5, query.peerAt, query.peerAt + 32);
    query.answer.start(query, 0, 0);
    addAddresses(query.answer, query, 2);
    query.retain();
    arena.bytes.fill(0xee, AT, AT + 2048);
    arena.bytes.fill(0xee, TO, TO + 512);
    addAddresses(query.answer, query, 1, 50);
    const packet = sealed(query);
    assert.equal(query.answer.at, query.workspace + WORKSPACE.ANSWER);
    assert.equal(arena.bytes[query.peerAt + 3], 5);
    assert.equal(packet.questions?.[0].name, 'Web.default.svc.cluster.local');
    assert.equal(packet.answers?.length, 3);
    assert.deepEqual((packet.additionals as OptAnswer[])[0].options[0].data, Buffer.alloc(8, 7));
  });
});
