import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Question } from '../../testing/case.ts';
import { decodeAnswer } from '../../testing/decoded.ts';
import { TestThread } from '../../testing/thread.ts';
import { isBareError, ReplyReader, sameQuestion } from './reply.ts';
import { openQuery, type ReplyHex, replyHex } from './testing.ts';

const thread = new TestThread();
const reader = new ReplyReader();

/** `ex.test`: 9 octets, so that records begin at offset 25. */
const NAME = 'ex.test';
const A1 = 'c00c 0001 0001 0000003c 0004 c0000201';
const A2 = 'c00c 0001 0001 0000003c 0004 c0000202';
/** Stands first: its target's name begins at offset 37. */
const CNAME = 'c00c 0005 0001 0000003c 0004 0177 c00c';
const A_OF_TARGET = 'c025 0001 0001 0000003c 0004 c0000203';
const OPT = '00 0029 04d0 00008000 0000';
const OPT_EDE = '00 0029 04d0 00000000 0006 000f 0002 0003';
const NS = 'c00c 0002 0001 0000003c 0005 026e73 c00c';

interface Row {
  readonly name: string;
  readonly question?: Partial<Question>;
  readonly reply: ReplyHex;
  readonly flags?: string;
  readonly rcode?: string;
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
  /** EDNS size of the answer; null: no OPT. */
  readonly opt?: number | null;
  readonly plain?: number;
  /** True: not taken. */
  readonly malformed?: boolean;
}

const A1_TEXT = 'ex.test. 60 IN A 192.0.2.1';
const A2_TEXT = 'ex.test. 60 IN A 192.0.2.2';
const EDNS = { edns: { size: 1400 } };

const rows: readonly Row[] = [
  { name: 'no records', reply: {}, answer: [], opt: null, plain: 25 },
  { name: 'one record', reply: { answers: [A1] }, answer: [A1_TEXT], plain: 25 + 23 },
  {
    name: 'compressed names stay where they are',
    reply: { answers: [CNAME, A_OF_TARGET] },
    answer: ['ex.test. 60 IN CNAME w.ex.test.', 'w.ex.test. 60 IN A 192.0.2.3'],
    plain: 25 + (9 + 10 + 11) + (11 + 10 + 4),
  },
  {
    name: 'all sections',
    reply: { answers: [A1], authorities: [NS], additionals: [A2] },
    answer: [A1_TEXT],
    authority: ['ex.test. 60 IN NS ns.ex.test.'],
    additional: [A2_TEXT],
  },
  { name: 'AA, RD, RA, AD and CD pass as received', reply: { flags: 0x84b0 }, flags: 'qr,aa,ra,ad,cd' },
  { name: 'the reserved bit does not pass', reply: { flags: 0x8040 }, flags: 'qr' },
  { name: 'TC passes', reply: { flags: 0x8280, answers: [A1] }, flags: 'qr,tc,ra', answer: [A1_TEXT] },
  { name: 'the reply code passes', reply: { flags: 0x8183 }, rcode: 'NXDOMAIN' },
  { name: 'SERVFAIL passes', reply: { flags: 0x8182 }, rcode: 'SERVFAIL' },
  {
    name: 'an OPT is not copied but remembered',
    question: EDNS,
    reply: { answers: [A1], additionals: [OPT] },
    answer: [A1_TEXT],
    additional: [],
    opt: 1400,
    plain: 48,
  },
  {
    name: 'a client without EDNS gets no OPT',
    reply: { answers: [A1], additionals: [OPT] },
    answer: [A1_TEXT],
    opt: null,
  },
  {
    name: 'records before the OPT',
    question: EDNS,
    reply: { answers: [A1], additionals: [A2, OPT] },
    answer: [A1_TEXT],
    additional: [A2_TEXT],
    opt: 1400,
  },
  {
    name: 'records behind the OPT are written anew',
    question: EDNS,
    reply: { answers: [CNAME, A_OF_TARGET], authorities: [NS], additionals: [OPT, A2] },
    answer: ['ex.test. 60 IN CNAME w.ex.test.', 'w.ex.test. 60 IN A 192.0.2.3'],
    authority: ['ex.test. 60 IN NS ns.ex.test.'],
    additional: [A2_TEXT],
    opt: 1400,
  },
  {
    name: 'octets behind the last record do not matter',
    reply: { answers: [A1], trailing: 'ffffff' },
    answer: [A1_TEXT],
    plain: 48,
  },
  { name: 'two OPTs', question: EDNS, reply: { additionals: [OPT, OPT] }, malformed: true },
  { name: 'an OPT in the answer section', question: EDNS, reply: { answers: [OPT] }, malformed: true },
  { name: 'an OPT with a name', question: EDNS, reply: { additionals: [`0161${OPT}`] }, malformed: true },
  { name: 'an owner that points ahead', reply: { answers: [`c0ff${A1.slice(4)}`] }, malformed: true },
  { name: 'a target that points ahead', reply: { answers: ['c00c 0005 0001 0000003c 0002 c0ff'] }, malformed: true },
  { name: 'a record that is cut off', reply: { answers: [A1.slice(0, -2)] }, malformed: true },
];

function ask(row: Row): ReturnType<typeof openQuery> {
  return openQuery(thread, { name: NAME, type: 'A', ...row.question });
}

describe('ReplyReader', () => {
  for (const row of rows) {
    test(row.name, () => {
      const query = ask(row);
      const { answer } = query;
      const reply = replyHex(NAME, 1, row.reply);
      const taken = reader.read(query, answer, reply, 0, reply.length);
      assert.equal(taken, row.malformed !== true);
      if (row.malformed) assert.equal(answer.end, answer.at, 'nothing has been written');
      else compare(row, query);
      query.release();
    });
  }

  function compare(row: Row, query: ReturnType<typeof openQuery>): void {
    const { answer } = query;
    if (row.plain !== undefined) assert.equal(answer.plainSize, row.plain);
    const length = answer.seal(query);
    const decoded = decodeAnswer(answer.bytes.slice(answer.at, answer.at + length));
    assert.equal(decoded.question, 'ex.test. IN A');
    assert.equal(decoded.rcode, row.rcode ?? 'NOERROR');
    if (row.flags !== undefined) assert.equal(decoded.flags, row.flags);
    for (const section of ['answer', 'authority', 'additional'] as const) {
      const expected = row[section];
      if (expected !== undefined) assert.deepEqual(decoded[section], expected);
    }
    if (row.opt !== undefined) assert.equal(decoded.opt?.size ?? null, row.opt);
  }

  test('options of the upstream come instead of the echo', () => {
    const query = ask({ name: '', question: EDNS, reply: {} });
    const reply = replyHex(NAME, 1, { answers: [A1], additionals: [OPT_EDE] });
    assert.ok(reader.read(query, query.answer, reply, 0, reply.length));
    const length = query.answer.seal(query);
    const tail = query.bytes.slice(query.answer.at + length - 17, query.answer.at + length);
    assert.equal(Buffer.from(tail).toString('hex'), '0000290578000000000006000f00020003');
    query.release();
  });

  test('options that overrun their record are left out', () => {
    const query = ask({ name: '', question: EDNS, reply: {} });
    const reply = replyHex(NAME, 1, { additionals: ['00 0029 04d0 00000000 0006 000f 00ff 0003'] });
    assert.ok(reader.read(query, query.answer, reply, 0, reply.length));
    assert.equal(query.answer.ownOptionsLength, 0);
    query.release();
  });

  test('the upper bits of the reply code are told, but not sent', () => {
    const query = ask({ name: '', question: EDNS, reply: {} });
    const reply = replyHex(NAME, 1, { additionals: ['00 0029 04d0 01000000 0000'] });
    assert.ok(reader.read(query, query.answer, reply, 0, reply.length));
    assert.equal(reader.rcode, 16);
    assert.equal(query.answer.rcode, 0);
    query.release();
  });
});

describe('a reply larger than the client takes', () => {
  const many = (count: number, additionals: readonly string[] = []): Buffer =>
    replyHex(NAME, 1, { answers: Array.from({ length: count }, () => A1), additionals });

  /** Octets, records and TC of what the client gets. */
  function fit(
    question: Partial<Question>,
    reply: Buffer,
  ): { length: number; answers: number; truncated: boolean; plain: number } {
    const query = openQuery(thread, { name: NAME, type: 'A', ...question });
    const { answer } = query;
    assert.ok(reader.read(query, answer, reply, 0, reply.length));
    const plain = answer.plainSize;
    const length = answer.seal(query);
    const decoded = decodeAnswer(answer.bytes.slice(answer.at, answer.at + length));
    query.release();
    return { length, answers: decoded.answer.length, truncated: decoded.flags.includes('tc'), plain };
  }

  // 25 octets of header and question, 16 for every record, 11 for an OPT.
  const fits: readonly [string, Partial<Question>, Buffer, { length: number; answers: number; truncated: boolean }][] =
    [
      ['just fits without EDNS', {}, many(30), { length: 505, answers: 30, truncated: false }],
      ['one record more does not', {}, many(31), { length: 505, answers: 30, truncated: true }],
      ['room is kept for the OPT', EDNS, many(85), { length: 25 + 16 * 85 + 11, answers: 85, truncated: false }],
      ['and with one more it is cut', EDNS, many(86), { length: 25 + 16 * 85 + 11, answers: 85, truncated: true }],
      ['nothing is cut for TCP', { proto: 'tcp' }, many(2000), { length: 32_025, answers: 2000, truncated: false }],
      [
        'the slow way cuts, too',
        EDNS,
        many(100, [OPT, A2]),
        { length: 25 + 16 * 85 + 11, answers: 85, truncated: true },
      ],
    ];
  for (const [name, question, reply, expected] of fits) {
    test(name, () => {
      const { plain, ...rest } = fit(question, reply);
      assert.deepEqual(rest, expected);
      assert.ok(plain >= 25 + 23 * expected.answers, 'the plain size is that before cutting');
    });
  }

  test('all of it when a plugin in front wants it whole', () => {
    for (const additionals of [[], [OPT]]) {
      const query = openQuery(thread, { name: NAME, type: 'A', ...EDNS });
      query.whole = 1;
      const reply = many(2000, additionals);
      assert.ok(reader.read(query, query.answer, reply, 0, reply.length));
      assert.deepEqual([query.answer.answers, query.answer.truncated], [2000, false]);
      query.release();
    }
  });

  test('options of the upstream take room from the records', () => {
    const opt = `00 0029 04d0 00000000 00c8 000f 00c4 0000${'61'.repeat(194)}`;
    const { length, truncated } = fit({ edns: { size: 512 } }, many(29, [opt]));
    assert.ok(length <= 512 && truncated);
  });
});

describe('sameQuestion', () => {
  function same(reply: Buffer): boolean {
    const query = openQuery(thread, { name: 'Ex.Test', type: 'A' });
    query.release();
    return sameQuestion(query, reply, 0, reply.length);
  }

  const cases: readonly [string, Buffer, boolean][] = [
    ['the same octets', replyHex('Ex.Test', 1, {}), true],
    ['other case', replyHex('ex.test', 1, {}), false],
    ['other type', replyHex('Ex.Test', 28, {}), false],
    ['other name of the same length', replyHex('Ex.Tesu', 1, {}), false],
    ['a longer name', replyHex('Ex.Test.x', 1, {}), false],
    ['a shorter name', replyHex('Ex', 1, {}), false],
    ['no question', replyHex('Ex.Test', 1, {}).subarray(0, 12), false],
  ];
  for (const [name, reply, expected] of cases) test(name, () => assert.equal(same(reply), expected));

  test('other class, two questions, none', () => {
    for (const [at, value] of [
      [24, 3],
      [5, 2],
      [5, 0],
    ]) {
      const reply = replyHex('Ex.Test', 1, {});
      reply[at] = value;
      assert.equal(same(reply), false);
    }
  });
});

test('an error without a question is told from everything else', () => {
  const header = (...octets: number[]): Uint8Array => Uint8Array.from([0, 1, 0x81, ...octets]);
  const rows: [string, Uint8Array, boolean][] = [
    ['NOTIMP and nothing else', header(4, 0, 0, 0, 0, 0, 0, 0, 0), true],
    ['NOERROR', header(0, 0, 0, 0, 0, 0, 0, 0, 0), false],
    ['a question is counted', header(4, 0, 1, 0, 0, 0, 0, 0, 0), false],
    ['an answer is counted', header(4, 0, 0, 0, 1, 0, 0, 0, 0), false],
    ['octets behind the header', header(4, 0, 0, 0, 0, 0, 0, 0, 0, 0), false],
  ];
  for (const [name, message, expected] of rows) assert.equal(isBareError(message, 0, message.length), expected, name);
});
