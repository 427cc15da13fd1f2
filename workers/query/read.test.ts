// The parser of client messages against dns-packet and against spec B2.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { encode } from 'dns-packet';
import { openArena } from '#native/arena.ts';
import { hashName } from '#wire/hash.ts';
import { encodeName } from '#wire/name.ts';
import { QueryPool } from './pool.ts';
import { PROTO_TCP, PROTO_UDP, type Query, WORKSPACE } from './query.ts';
import * as read from './read.ts';

const SEED = 0x1234567;
const arena = openArena(4 * WORKSPACE.BYTES);
const pool = new QueryPool(arena, 2);
const AT = arena.allocate(66_000, 64);

function readMessage(bytes: Uint8Array, proto = PROTO_UDP): { verdict: number; query: Query } {
  const query = pool.acquire() as Query;
  query.proto = proto;
  arena.bytes.set(bytes, AT);
  const verdict = read.readQuery(query, AT, bytes.length, SEED);
  query.release();
  return { verdict, query };
}

const plain = (name = 'My-Api.production.svc.cluster.local', type = 'A' as const): Buffer =>
  encode({ type: 'query', id: 0xbeef, flags: 0x0100, questions: [{ name, type }] });

function opt(options: { size?: number; version?: number; flags?: number; data?: number[] } = {}): number[] {
  const { size = 1232, version = 0, flags = 0, data = [] } = options;
  return [
    0,
    0,
    41,
    size >> 8,
    size & 255,
    0,
    version,
    flags >> 8,
    flags & 255,
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
}

function withRecords(
  records: number[][],
  counts: Partial<{ an: number; ns: number; ar: number }> = { ar: records.length },
): Buffer {
  const message = Buffer.concat([plain('a.example'), Buffer.from(records.flat())]);
  message[7] = counts.an ?? 0;
  message[9] = counts.ns ?? 0;
  message[11] = counts.ar ?? 0;
  return message;
}

const patched = (patches: Record<number, number>): Buffer => {
  const message = plain();
  for (const [at, value] of Object.entries(patches)) message[Number(at)] = value;
  return message;
};

describe('readQuery: acceptance (spec B2)', () => {
  const rows: [string, Uint8Array, number][] = [
    ['a plain question', plain(), read.ACCEPTED],
    ['nothing at all', new Uint8Array(0), read.IGNORED],
    ['eleven octets', plain().subarray(0, 11), read.IGNORED],
    ['an answer (QR=1)', patched({ 2: 0x81 }), read.IGNORED],
    ['opcode STATUS', patched({ 2: 0x10 }), read.UNKNOWN_OPCODE],
    ['opcode UPDATE before counts', patched({ 2: 0x28, 5: 2 }), read.UNKNOWN_OPCODE],
    ['opcode NOTIFY', patched({ 2: 0x20 }), read.ACCEPTED],
    ['no question counted', patched({ 5: 0 }), read.BAD_COUNTS],
    ['two questions (RFC 9619)', patched({ 5: 2 }), read.BAD_COUNTS],
    ['65535 questions', patched({ 4: 255, 5: 255 }), read.BAD_COUNTS],
    ['two answers', patched({ 7: 2 }), read.BAD_COUNTS],
    ['256 authority records', patched({ 8: 1 }), read.BAD_COUNTS],
    ['three additional records', patched({ 11: 3 }), read.BAD_COUNTS],
    ['only a header', plain().subarray(0, 12), read.NO_QUESTION],
    ['name cut off', plain().subarray(0, 20), read.BAD_QUESTION],
    ['type cut off', plain().subarray(0, -3), read.BAD_QUESTION],
    ['compression pointer as QNAME', patched({ 12: 0xc0, 13: 12 }), read.BAD_QUESTION],
    ['label type 0x40', patched({ 12: 0x40 }), read.BAD_QUESTION],
    ['octets behind the last record', Buffer.concat([plain(), Buffer.from([1, 2, 3])]), read.ACCEPTED],
    ['a promised record that is missing', patched({ 11: 1 }), read.BAD_RECORDS],
    ['OPT', withRecords([opt()]), read.ACCEPTED],
    ['EDNS version 1', withRecords([opt({ version: 1 })]), read.BAD_VERSION],
    ['OPT whose options overrun', withRecords([opt({ data: [0, 10, 0, 9, 1] })]), read.BAD_RECORDS],
    ['OPT whose RDLENGTH lies', withRecords([[...opt().slice(0, 9), 0, 4]]), read.BAD_RECORDS],
    [
      'a record with a pointer as owner',
      withRecords([[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]], { an: 1 }),
      read.ACCEPTED,
    ],
  ];
  for (const [name, message, verdict] of rows) it(name, () => assert.equal(readMessage(message).verdict, verdict));
});

describe('readQuery: names', () => {
  const long = `${Array.from({ length: 3 }, () => 'x'.repeat(63)).join('.')}.${'y'.repeat(61)}`;
  it('takes 255 octets', () => assert.equal(readMessage(plain(long)).verdict, read.ACCEPTED));
  it('refuses 256 octets', () => assert.equal(readMessage(plain(`${long}z`)).verdict, read.BAD_QUESTION));
  it('takes 127 labels', () => {
    const { verdict, query } = readMessage(plain(Array.from({ length: 127 }, () => 'a').join('.')));
    assert.deepEqual([verdict, query.labels], [read.ACCEPTED, 127]);
  });
  it('takes the root', () => {
    const { query } = readMessage(plain('.'));
    assert.deepEqual([query.labels, query.nameLength, query.nameHash], [0, 1, SEED]);
  });
  it('lower-cases, keeps the spelling, and hashes every suffix and relative name', () => {
    const { query } = readMessage(plain('WeB.Default.svc.Cluster.Local'));
    const lower = encodeName('web.default.svc.cluster.local');
    assert.deepEqual(arena.bytes.slice(query.lowerAt, query.lowerAt + query.nameLength), lower);
    assert.equal(arena.bytes[query.nameAt + 1], 'W'.charCodeAt(0));
    for (let i = 0; i <= query.labels; i++) {
      assert.equal(query.suffixHash[i], hashName(SEED, lower, query.labelAt[i], lower.length), `suffix ${i}`);
    }
    const relative = encodeName('web.default.svc');
    assert.equal(query.relativeHash(2), hashName(SEED, relative, 0, relative.length));
    assert.equal(query.zoneOffset(2), relative.length - 1);
  });
});

describe('readQuery: EDNS (RFC 6891)', () => {
  const cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
  const ecs = [0, 8, 0, 4, 0, 1, 0, 0];
  const rows: [string, Buffer, Partial<Query>][] = [
    ['none', plain(), { edns: 0, limit: 512 }],
    ['size', withRecords([opt({ size: 4096 })]), { edns: 1, udpSize: 4096, limit: 4096 }],
    ['size below 512 counts as 512 (§6.2.3)', withRecords([opt({ size: 100 })]), { udpSize: 100, limit: 512 }],
    ['size 65535 is cut to what a datagram holds', withRecords([opt({ size: 65535 })]), { limit: 65507 }],
    ['DO', withRecords([opt({ flags: 0x8000 })]), { dnssecOk: 1, ednsFlags: 0x8000 }],
    ['two OPTs: the last one counts', withRecords([opt({ size: 1000 }), opt({ size: 2000 })]), { udpSize: 2000 }],
    [
      'echo of a cookie, none of ECS',
      withRecords([opt({ data: [...ecs, ...cookie] })]),
      { echoLength: 12, optionsLength: 20 },
    ],
  ];
  for (const [name, message, fields] of rows) {
    it(name, () => {
      const { query } = readMessage(message);
      for (const [field, value] of Object.entries(fields)) assert.equal(query[field as keyof Query], value, field);
    });
  }
  it('TCP takes 65535 octets whatever the OPT says', () =>
    assert.equal(readMessage(withRecords([opt()]), PROTO_TCP).query.limit, 65535));
});

describe('readQuery: fuzz', () => {
  it('mutated and random messages neither throw nor read beyond their end', () => {
    for (let round = 0; round < 20_000; round++) {
      const message =
        round % 2 === 0 ? withRecords([opt({ data: [0, 10, 0, 2, 7, 7] })]) : Buffer.alloc(randomInt(0, 90));
      for (let i = 0; i < randomInt(1, 8); i++)
        if (message.length > 0) message[randomInt(message.length)] = randomInt(256);
      const { verdict, query } = readMessage(message.subarray(0, randomInt(message.length + 1)));
      assert.ok(verdict >= read.ACCEPTED && verdict <= read.BAD_VERSION);
      if (verdict === read.ACCEPTED) assert.ok(query.questionLength <= query.length && query.nameLength <= 255);
    }
  });
});
