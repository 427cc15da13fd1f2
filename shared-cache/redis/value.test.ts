import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DIGEST_BYTES, FleetKeys, PROOF_BYTES } from './keys.ts';
import { testQuestion } from './testing/settings.ts';
import {
  decodeValue,
  EXPIRED,
  encodeValue,
  FOREIGN,
  FORGED,
  GOOD,
  type Judgement,
  MALFORMED,
  MAX_VALUE_BYTES,
  UNKNOWN_VERSION,
} from './value.ts';

const KEYS = new FleetKeys('the key of this fleet', 'a policy');
const DIGEST = KEYS.digest(testQuestion('a.example.'));
const PAYLOAD = Uint8Array.from({ length: 40 }, (_, i) => i);
const NOW = 1_800_000_000;
const TTL = 60;

const encoded = (): Uint8Array => encodeValue(KEYS, DIGEST, NOW, TTL, PAYLOAD);

test('what goes in comes out', () => {
  const { judgement, remaining, payload } = decodeValue(KEYS, DIGEST, NOW, encoded());
  assert.equal(judgement, GOOD);
  assert.equal(remaining, TTL);
  assert.deepEqual(payload, PAYLOAD);
});

test('a view into a larger buffer is decoded where it stands', () => {
  const larger = new Uint8Array(1000);
  larger.set(encoded(), 333);
  const value = larger.subarray(333, 333 + encoded().length);
  assert.equal(decodeValue(KEYS, DIGEST, NOW, value).judgement, GOOD);
});

const TIMES: { after: number; remaining: number }[] = [
  { after: 1, remaining: 59 },
  { after: 59, remaining: 1 },
  { after: 60, remaining: 0 },
  { after: 1_000_000, remaining: 0 },
  { after: -5, remaining: 60 },
  { after: -1_000_000, remaining: 60 },
];
describe('time passes', () => {
  for (const { after, remaining } of TIMES)
    test(`${after} s later ${remaining} s are left`, () => {
      const decoded = decodeValue(KEYS, DIGEST, NOW + after, encoded());
      assert.equal(decoded.remaining, remaining);
      assert.equal(decoded.judgement, remaining > 0 ? GOOD : EXPIRED);
    });
});

const changed = (at: number, octet: number): Uint8Array => {
  const value = encoded();
  value[at < 0 ? value.length + at : at] = octet;
  return value;
};
const WRONG: { name: string; value: Uint8Array; want: Judgement }[] = [
  { name: 'empty', value: new Uint8Array(0), want: MALFORMED },
  { name: 'shorter than a header', value: encoded().subarray(0, 31), want: MALFORMED },
  { name: 'longer than any value', value: new Uint8Array(MAX_VALUE_BYTES + 1), want: MALFORMED },
  { name: 'of another program', value: changed(0, 0x7b), want: MALFORMED },
  { name: 'of a version from the future', value: changed(2, 2), want: UNKNOWN_VERSION },
  { name: 'with another time', value: changed(7, 0xff), want: FORGED },
  { name: 'with a longer TTL', value: changed(8, 0x10), want: FORGED },
  { name: 'for another question', value: changed(12, DIGEST[0] ^ 1), want: FOREIGN },
  { name: 'with another answer', value: changed(20, 0xff), want: FORGED },
  { name: 'with another proof', value: changed(-1, encoded()[encoded().length - 1] ^ 1), want: FORGED },
  { name: 'cut short', value: encoded().subarray(0, -1), want: FORGED },
  { name: 'with something behind it', value: Buffer.concat([encoded(), Uint8Array.of(0)]), want: FORGED },
  { name: 'with a proof of nothing but zeros', value: encoded().fill(0, -PROOF_BYTES), want: FORGED },
  {
    name: 'of another fleet',
    value: encodeValue(new FleetKeys('other', 'a policy'), DIGEST, NOW, TTL, PAYLOAD),
    want: FORGED,
  },
  {
    name: 'of another policy',
    value: encodeValue(new FleetKeys('the key of this fleet', 'b'), DIGEST, NOW, TTL, PAYLOAD),
    want: FORGED,
  },
];
describe('a value', () => {
  for (const { name, value, want } of WRONG)
    test(name, () => {
      assert.deepEqual(decodeValue(KEYS, DIGEST, NOW, value), {
        judgement: want,
        remaining: 0,
        payload: new Uint8Array(0),
      });
    });

  test('moved to another question with the same first octets', () => {
    const other = Buffer.from(DIGEST);
    other[DIGEST_BYTES - 1] ^= 1;
    assert.equal(decodeValue(KEYS, other, NOW, encoded()).judgement, FORGED);
  });
});

describe('digests', () => {
  const rows: { name: string; question: Uint8Array; keys?: FleetKeys }[] = [
    { name: 'another name', question: testQuestion('b.example.') },
    { name: 'another type', question: testQuestion('a.example.', 28) },
    { name: 'another policy', question: testQuestion('a.example.'), keys: new FleetKeys('the key of this fleet', 'b') },
    { name: 'another key', question: testQuestion('a.example.'), keys: new FleetKeys('other', 'a policy') },
  ];
  for (const { name, question, keys = KEYS } of rows)
    test(`${name}: another digest`, () => assert.notDeepEqual(keys.digest(question), DIGEST));

  test('are the same in every replica', () => {
    const digest = new FleetKeys('the key of this fleet', 'a policy').digest(testQuestion('a.example.'));
    assert.deepEqual(digest, DIGEST);
    assert.equal(digest.length, DIGEST_BYTES);
  });
});
