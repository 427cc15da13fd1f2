import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEADER_BYTES } from './constants.ts';
import { copyName, equalNames, nameLengthAt, RecordCursor, SECTION, skipName } from './message.ts';
import { decodeName } from './name.ts';

/** A message whose header is zeros; `hex` stands behind it. Offsets of the rows count from the header. */
function message(hex: string, lead = 0): Uint8Array {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const bytes = new Uint8Array(lead + HEADER_BYTES + body.length);
  bytes.set(body, lead + HEADER_BYTES);
  return bytes;
}

const LABEL_63 = `3f${'61'.repeat(63)}`;

interface NameRow {
  readonly name: string;
  readonly hex: string;
  readonly at: number;
  /** Offset behind the name, 0 for malformed. */
  readonly skip: number;
  readonly length: number;
  readonly text?: string;
}

const names: readonly NameRow[] = [
  { name: 'the root', hex: '00', at: 12, skip: 13, length: 1, text: '.' },
  { name: 'two labels', hex: '0161 0262 63 00', at: 12, skip: 18, length: 6, text: 'a.bc.' },
  { name: 'a pointer', hex: '0161 00 c00c', at: 15, skip: 17, length: 3, text: 'a.' },
  { name: 'a label and a pointer', hex: '0161 00 0162 c00c', at: 15, skip: 19, length: 5, text: 'b.a.' },
  { name: 'a pointer to a pointer', hex: '0161 00 c00c c00f', at: 17, skip: 19, length: 3, text: 'a.' },
  { name: 'a pointer into the middle of a name', hex: '0161 0162 00 c00e', at: 17, skip: 19, length: 3, text: 'b.' },
  {
    name: '254 octets of labels and the root',
    hex: `${LABEL_63.repeat(3)} 3d${'62'.repeat(61)} 00`,
    at: 12,
    skip: 267,
    length: 255,
  },
  { name: 'one octet too long', hex: `${LABEL_63.repeat(3)} 3e${'62'.repeat(62)} 00`, at: 12, skip: 0, length: 0 },
  {
    name: 'too long by a pointer',
    hex: `${LABEL_63.repeat(3)} 3d${'62'.repeat(61)} 00 0163 c00c`,
    at: 267,
    skip: 271,
    length: 0,
  },
  { name: 'no root octet', hex: '0161', at: 12, skip: 0, length: 0 },
  { name: 'a label that is cut off', hex: '0461', at: 12, skip: 0, length: 0 },
  { name: 'half a pointer', hex: 'c0', at: 12, skip: 0, length: 0 },
  { name: 'an undefined label type', hex: '4061 00', at: 12, skip: 0, length: 0 },
  { name: 'a pointer to itself', hex: 'c00c', at: 12, skip: 14, length: 0 },
  { name: 'a pointer ahead', hex: 'c00e 0161 00', at: 12, skip: 14, length: 0 },
  { name: 'a circle with labels', hex: '0161 c00c', at: 12, skip: 16, length: 0 },
  { name: 'two pointers at each other', hex: 'c00e c00c', at: 14, skip: 16, length: 0 },
  { name: 'a pointer into the header', hex: 'c000', at: 12, skip: 14, length: 0 },
  { name: 'nothing at all', hex: '', at: 12, skip: 0, length: 0 },
];

describe('names in messages', () => {
  for (const lead of [0, 5000]) {
    for (const row of names) {
      test(`${row.name}, message at ${lead}`, () => {
        const bytes = message(row.hex, lead);
        const at = lead + row.at;
        assert.equal(skipName(bytes, at, bytes.length), row.skip === 0 ? 0 : lead + row.skip);
        assert.equal(nameLengthAt(bytes, lead, at, bytes.length), row.length);
        if (row.length === 0) return;
        const copy = new Uint8Array(256);
        assert.equal(copyName(bytes, lead, at, copy, 1), row.length);
        if (row.text !== undefined) assert.equal(decodeName(copy, 1), row.text);
        assert.ok(equalNames(bytes, lead, at, at));
      });
    }
  }

  test('a long chain of pointers is given up', () => {
    let hex = '00';
    for (let i = 0; i < 200; i++) hex += (0xc000 | (i === 0 ? 12 : 11 + 2 * i)).toString(16);
    const bytes = message(hex);
    assert.equal(nameLengthAt(bytes, 0, 13 + 2 * 126, bytes.length), 1);
    assert.equal(nameLengthAt(bytes, 0, 13 + 2 * 127, bytes.length), 0);
    const copy = new Uint8Array(8);
    assert.equal(copyName(bytes, 0, 13 + 2 * 126, copy, 0), 1);
    assert.equal(copyName(bytes, 0, 13 + 2 * 127, copy, 0), 0);
  });

  test('copying a circle or what lies behind the array ends', () => {
    assert.equal(copyName(message('0161 c00c'), 0, 12, new Uint8Array(300), 0), 0);
    assert.equal(copyName(message('0161'), 0, 12, new Uint8Array(300), 0), 0);
    assert.equal(equalNames(message('0161 c00c 0161 c010'), 0, 12, 16), false);
  });
});

describe('equalNames', () => {
  const rows: readonly [name: string, hex: string, a: number, b: number, equal: boolean][] = [
    ['other case', '0161 0142 00 0141 0162 00', 12, 17, true],
    ['one compressed', '0161 0162 00 0141 c00e', 12, 17, true],
    ['both compressed', '0162 00 0161 c00c 0141 c00c', 15, 19, true],
    ['other label', '0161 00 0162 00', 12, 15, false],
    ['one is longer', '0161 00 0161 0162 00', 12, 15, false],
    ['only ASCII letters have a case', '01c1 00 01e1 00', 12, 15, false],
    ['[ is not {', '015b 00 017b 00', 12, 15, false],
    ['the same octets in other labels', '0361 0162 00 0161 0162 00', 12, 17, false],
  ];
  for (const [name, hex, a, b, equal] of rows) {
    test(name, () => assert.equal(equalNames(message(hex), 0, a, b), equal));
  }
});

describe('RecordCursor', () => {
  const A = 'c00c 0001 0001 0000003c 0004 01020304';
  const TXT = '00 0010 0003 ffffffff 0002 0141';

  function walk(hex: string, counts: readonly [number, number, number]): { seen: string[]; broken: boolean } {
    const bytes = message(`0161 00 0001 0001 ${hex}`, 7);
    const cursor = new RecordCursor();
    cursor.open(bytes, 7, 7 + 19, bytes.length, ...counts);
    const seen: string[] = [];
    while (cursor.next()) {
      const { section, type, klass, ttl, rdataLength } = cursor;
      assert.equal(cursor.rdataAt, cursor.ttlAt + 6);
      assert.equal(cursor.endAt, cursor.rdataAt + rdataLength);
      seen.push(`${section} ${type} ${klass} ${ttl} ${rdataLength}`);
    }
    assert.equal(cursor.next(), false, 'stays at the end');
    return { seen, broken: cursor.broken };
  }

  const rows: readonly [string, string, readonly [number, number, number], readonly string[], boolean][] = [
    ['no records', '', [0, 0, 0], [], false],
    ['all in the answer section', A + A, [2, 0, 0], ['0 1 1 60 4', '0 1 1 60 4'], false],
    ['one in each section', A + TXT + A, [1, 1, 1], ['0 1 1 60 4', '1 16 3 4294967295 2', '2 1 1 60 4'], false],
    ['sections without records are passed over', A, [0, 0, 1], ['2 1 1 60 4'], false],
    ['octets behind the last record do not matter', `${A}ffff`, [1, 0, 0], ['0 1 1 60 4'], false],
    ['fewer records than promised', A, [1, 0, 1], ['0 1 1 60 4'], true],
    ['RDATA is cut off', A.slice(0, -2), [1, 0, 0], [], true],
    ['the fixed part is cut off', 'c00c 0001 0001', [1, 0, 0], [], true],
    ['the owner is no name', `80${A.slice(4)}`, [1, 0, 0], [], true],
    ['a count far beyond the message', A, [65535, 65535, 65535], ['0 1 1 60 4'], true],
  ];
  for (const [name, hex, counts, expected, broken] of rows) {
    test(name, () => assert.deepEqual(walk(hex, counts), { seen: expected, broken }));
  }

  test('sections have names', () => assert.deepEqual({ ...SECTION }, { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 }));
});
