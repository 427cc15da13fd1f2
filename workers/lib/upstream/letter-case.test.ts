import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeAnswer } from '../../testing/decoded.ts';
import { TestThread } from '../../testing/thread.ts';
import { Shuffle } from '../random.ts';
import { EXACT, FOLDED, LetterCase, OTHER } from './letter-case.ts';
import { ReplyReader } from './reply.ts';
import { writeRequest } from './request.ts';
import { openQuery, replyHex } from './testing.ts';

const thread = new TestThread();
const letters = new LetterCase();
const NAME = 'www.a-1.example.test';

/** What an upstream gets, with `bits` in exchange `slot`. */
function request(bits: number, slot = 3): Buffer {
  const query = openQuery(thread, { name: NAME, type: 'A' });
  const to = new Uint8Array(512);
  const length = writeRequest(query, to, 10, 7);
  letters.spell(slot, bits, to, 22);
  query.release();
  return Buffer.from(to.slice(10, 10 + length));
}

function compare(message: Uint8Array, slot = 3): number {
  const query = openQuery(thread, { name: NAME, type: 'A' });
  const result = letters.compare(slot, query, message, 0, message.length);
  query.release();
  return result;
}

describe('letters of a request', () => {
  const rows: readonly (readonly [bits: number, spelling: string])[] = [
    [0, 'www.a-1.example.test'],
    [-1, 'WWW.A-1.EXAMPLE.TEST'],
    [0b101, 'WwW.a-1.example.test'],
    [0b1000, 'www.A-1.example.test'],
  ];
  for (const [bits, spelling] of rows)
    test(spelling, () => {
      const text = request(bits).subarray(12).toString('latin1');
      for (const label of spelling.split('.')) assert.ok(text.includes(label), text);
    });

  test('more letters than bits: the bits come again', () => {
    const to = Uint8Array.from([40, ...new Array<number>(40).fill(0x61), 0]);
    letters.spell(1, 1, to, 0);
    assert.equal(Buffer.from(to.slice(1, 41)).toString(), `A${'a'.repeat(31)}A${'a'.repeat(7)}`);
  });
});

describe('the question of a reply', () => {
  test('is exact, in other letters, or another one', () => {
    const random = new Shuffle(9);
    for (let slot = 0; slot < 3000; slot++) {
      const sent = request(random.next(), slot);
      assert.equal(compare(sent, slot), EXACT);
      const other = Buffer.from(sent);
      other[13] ^= 0x20;
      assert.equal(compare(other, slot), FOLDED);
      for (const at of [17, 12 + 23, 12 + 25, 5]) {
        const wrong = Buffer.from(sent);
        wrong[at] ^= 1;
        assert.equal(compare(wrong, slot), OTHER, `octet ${at}`);
      }
    }
  });

  test('a message that is too short', () => {
    assert.equal(compare(request(5).subarray(0, 30)), OTHER);
  });
});

test('owners get the letters of the client, and nothing else changes', () => {
  const reader = new ReplyReader();
  const query = openQuery(thread, { name: 'eX.test', type: 'A' });
  const reply = replyHex('Ex.TEST', 1, {
    // EX.TEST, EX.c00f (label and pointer), c00c; then TEST and other.TEST.
    answers: [
      '02455804544553 5400 0001 0001 0000003c 0004 c0000201'.replaceAll(' ', ''),
      '024558c00f 0001 0001 0000003c 0004 c0000202',
      'c00c 0001 0001 0000003c 0004 c0000203',
    ],
    authorities: ['045445535400 0002 0001 0000003c 0004 014e c00f'],
    additionals: ['014e045445535400 0001 0001 0000003c 0004 c0000204'],
  });
  assert.ok(reader.read(query, query.answer, reply, 0, reply.length));
  letters.restore(query.answer);
  const decoded = decodeAnswer(query.bytes.slice(query.answer.at, query.answer.at + query.answer.seal(query)));
  assert.deepEqual(decoded.answer, [
    'eX.test. 60 IN A 192.0.2.1',
    'eX.test. 60 IN A 192.0.2.2',
    'eX.test. 60 IN A 192.0.2.3',
  ]);
  assert.deepEqual(decoded.authority, ['test. 60 IN NS N.test.']);
  assert.deepEqual(decoded.additional, ['N.TEST. 60 IN A 192.0.2.4']);
  query.release();
});
