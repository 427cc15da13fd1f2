import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import type { Query } from '../../query/query.ts';
import type { Question } from '../../testing/case.ts';
import { TestThread } from '../../testing/thread.ts';
import { requestLength, writeRequest } from './request.ts';
import { openQuery } from './testing.ts';

const thread = new TestThread();
const ID = 0xabcd;

interface Row {
  readonly name: string;
  readonly question: Partial<Question>;
  /** Octets that the client sends behind what the question says. */
  readonly extra?: string;
  /** What plugins do to the query before it is sent. */
  readonly change?: (query: Query) => void;
  /** The request behind the id. */
  readonly hex: string;
}

const rename = (name: string) => (query: Query) => {
  const wire = encodeName(name);
  query.rename(wire, 0, wire.length);
};
const set =
  (fields: Partial<Pick<Query, 'authenticUpstream' | 'udpSize' | 'type'>>) =>
  (query: Query): void => {
    Object.assign(query, fields);
  };
const COUNTS = '0001 0000 0000 0000';
const WITH_OPT = '0001 0000 0000 0001';
const OPT = '00 0029 0578 00000000 0000';

const rows: readonly Row[] = [
  { name: 'a plain question', question: {}, hex: `0100 ${COUNTS} 024578 00 0001 0001` },
  { name: 'flags of the client', question: { flags: 0x0130 }, hex: `0130 ${COUNTS} 024578 00 0001 0001` },
  { name: 'no flags at all', question: { flags: 0 }, hex: `0000 ${COUNTS} 024578 00 0001 0001` },
  { name: 'type and class', question: { type: 'TXT', klass: 'CH' }, hex: `0100 ${COUNTS} 024578 00 0010 0003` },
  {
    name: 'AD on demand',
    question: {},
    change: set({ authenticUpstream: 1 }),
    hex: `0120 ${COUNTS} 024578 00 0001 0001`,
  },
  { name: 'EDNS', question: { edns: { size: 1400 } }, hex: `0100 ${WITH_OPT} 024578 00 0001 0001 ${OPT}` },
  {
    name: 'DO',
    question: { edns: { size: 1400, dnssecOk: true } },
    hex: `0100 ${WITH_OPT} 024578 00 0001 0001 00 0029 0578 00008000 0000`,
  },
  {
    name: 'an EDNS size that a plugin has lowered',
    question: { edns: { size: 4096 } },
    change: set({ udpSize: 1400 }),
    hex: `0100 ${WITH_OPT} 024578 00 0001 0001 ${OPT}`,
  },
  {
    name: 'a type that a plugin has changed',
    question: {},
    change: set({ type: 28 }),
    hex: `0100 ${COUNTS} 024578 00 001c 0001`,
  },
  {
    name: 'octets behind the question are left out',
    question: {},
    extra: 'ffff',
    hex: `0100 ${COUNTS} 024578 00 0001 0001`,
  },
  {
    name: 'octets behind the OPT are left out',
    question: { edns: { size: 1400 } },
    extra: 'ffff',
    hex: `0100 ${WITH_OPT} 024578 00 0001 0001 ${OPT}`,
  },
  {
    name: 'a name of the same length',
    question: { edns: { size: 1400 } },
    change: rename('az'),
    hex: `0100 ${WITH_OPT} 02617a 00 0001 0001 ${OPT}`,
  },
  { name: 'a longer name', question: {}, change: rename('a.test'), hex: `0100 ${COUNTS} 0161 0474657374 00 0001 0001` },
  {
    name: 'a longer name and an OPT',
    question: { edns: { size: 1400, dnssecOk: true } },
    change: rename('a.test'),
    hex: `0100 ${WITH_OPT} 0161 0474657374 00 0001 0001 00 0029 0578 00008000 0000`,
  },
  {
    name: 'a shorter name',
    question: { edns: { size: 1400 } },
    change: rename('.'),
    hex: `0100 ${WITH_OPT} 00 0001 0001 ${OPT}`,
  },
];

function written(query: Query): string {
  const to = new Uint8Array(600);
  const length = writeRequest(query, to, 3, ID);
  assert.ok(length <= requestLength(query));
  return Buffer.from(to.subarray(3, 3 + length)).toString('hex');
}

describe('writeRequest', () => {
  for (const row of rows) {
    test(row.name, () => {
      const query = openQuery(thread, { name: 'Ex', type: 'A', ...row.question }, row.extra);
      row.change?.(query);
      assert.equal(written(query), `abcd${row.hex.replaceAll(' ', '')}`);
      // After the receive slot has been given up, the same is written.
      query.retain();
      query.bytes.fill(0xff, thread.requestAt, thread.requestAt + 100);
      assert.equal(written(query), `abcd${row.hex.replaceAll(' ', '')}`);
      query.release();
    });
  }
});

describe('unusual records', () => {
  const opt = '00 0029 0578 00000000 000c 000a 0008 0102030405060708'.replaceAll(' ', '');
  const a = 'c00c 0001 0001 00000000 0004 01020304'.replaceAll(' ', '');

  /** What is sent of a question with these records. */
  function forwarded(records: string, additionals: number, change: (query: Query) => void = () => {}): string {
    const query = openQuery(thread, { name: 'Ex', type: 'A' }, records, additionals);
    change(query);
    const hex = written(query);
    query.release();
    return hex;
  }

  test('options pass as received', () => assert.ok(forwarded(opt, 1).endsWith(opt)));
  test('a record before the OPT passes', () => assert.ok(forwarded(a + opt, 2).endsWith(a + opt)));
  test('a record behind the OPT passes', () => assert.ok(forwarded(opt + a, 2).endsWith(opt + a)));
  test('under a name of another length only the OPT is sent', () => {
    const hex = forwarded(a + opt, 2, rename('a.test'));
    assert.ok(hex.endsWith(`00010001${opt}`));
    assert.equal(hex.slice(20, 24), '0001');
  });
});
