import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import { formatAddress, readAddress } from './address.ts';

const ROUNDS = 20_000;

/** Numbers below `limit`, always the same ones (xorshift32). */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

test('format → read gives the same 16 octets, however many zero groups there are', () => {
  const random = seeded(0x5eed);
  for (let round = 0; round < ROUNDS; round++) {
    const octets = new Uint8Array(16);
    for (let i = 0; i < 16; i += 2) if (random(2) === 0) octets.set([random(256), random(256)], i);
    const text = formatAddress(octets, 0, 6, 0);
    assert.ok(isIPv6(text), text);
    const again = readAddress(text);
    assert.deepEqual(again.family === 6 ? again.octets : octets, octets, text);
    assert.equal(formatAddress(again.octets, 0, again.family, 0), again.family === 6 ? text : text.slice(7), text);
  }
});

test('any text is either read or refused with a TypeError', () => {
  const random = seeded(0xbad);
  const alphabet = '0123456789abcf:.%[] ';
  for (let round = 0; round < ROUNDS; round++) {
    const text = Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)]).join('');
    try {
      const { family, octets } = readAddress(text);
      assert.equal(octets.length, family === 6 ? 16 : 4, text);
    } catch (error) {
      assert.ok(error instanceof TypeError, text);
    }
  }
});
