// The hash that writers of images, caches and threads share: its definition, its parts, its spread.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldLabel, hashAddress, hashLabel, hashName, LOWER } from './hash.ts';
import { encodeName } from './name.ts';

const SEED = 0x1234567;
const hashOf = (text: string, seed = SEED): number => {
  const wire = encodeName(text);
  return hashName(seed, wire, 0, wire.length);
};

describe('LOWER', () => {
  it('changes A to Z and nothing else (RFC 4343)', () => {
    for (let octet = 0; octet < 256; octet++) {
      const upper = octet >= 0x41 && octet <= 0x5a;
      assert.equal(LOWER[octet], upper ? octet + 32 : octet);
    }
  });
});

describe('hashName', () => {
  it('the root is the seed', () => assert.equal(hashOf('.'), SEED));

  it('is a fold over the labels, the last one first', () => {
    const wire = encodeName('web.default.svc');
    const starts = [0, 4, 12];
    const folded = starts.toReversed().reduce((hash, at) => foldLabel(hash, hashLabel(SEED, wire, at)), SEED);
    assert.equal(hashOf('web.default.svc'), folded);
  });

  it('every suffix of a name has the hash of that name', () => {
    const wire = encodeName('web.default.svc.cluster.local');
    assert.equal(hashName(SEED, wire, 16, wire.length), hashOf('cluster.local'));
  });

  it('a name without its root octet has the same hash', () => {
    const wire = encodeName('a.b');
    assert.equal(hashName(SEED, wire, 0, wire.length - 1), hashOf('a.b'));
  });

  const different: readonly [name: string, a: string, b: string][] = [
    ['the order of labels', 'a.b', 'b.a'],
    ['where a label ends', 'ab.c', 'a.bc'],
    ['the number of labels', 'a', 'a.a'],
    ['one letter', 'web-1', 'web-2'],
  ];
  for (const [name, a, b] of different) it(`${name} matters`, () => assert.notEqual(hashOf(a), hashOf(b)));

  it('the seed matters', () => assert.notEqual(hashOf('a.b', 1), hashOf('a.b', 2)));
  it('is a 32-bit integer', () => assert.equal(hashOf('a.b'), hashOf('a.b') | 0));
});

describe('hashAddress', () => {
  const four = Uint8Array.of(10, 0, 0, 1);
  const sixteen = Uint8Array.of(10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  it('is read from an offset', () => {
    assert.equal(hashAddress(SEED, Uint8Array.of(9, 9, ...four), 2, 4), hashAddress(SEED, four, 0, 4));
  });
  it('the length matters', () => assert.notEqual(hashAddress(SEED, four, 0, 4), hashAddress(SEED, sixteen, 0, 16)));
  it('takes octets as they are, letters or not', () => {
    assert.notEqual(
      hashAddress(SEED, Uint8Array.of(65, 0, 0, 1), 0, 4),
      hashAddress(SEED, Uint8Array.of(97, 0, 0, 1), 0, 4),
    );
  });
});

describe('spread over a table', () => {
  const SLOTS = 1 << 14;
  /** Keys that share the fullest slot when as many keys as there are slots go in; about 7 for a perfect hash. */
  const fullest = (hashes: readonly number[]): number => {
    const counts = new Int32Array(SLOTS);
    for (const hash of hashes) counts[hash & (SLOTS - 1)]++;
    return Math.max(...counts);
  };
  const rows: readonly [name: string, hash: (i: number) => number][] = [
    ['services with numbers', (i) => hashOf(`svc-${i}.default.svc`)],
    ['services in many namespaces', (i) => hashOf(`web.ns-${i}.svc`)],
    ['neighbouring addresses', (i) => hashAddress(SEED, Uint8Array.of(10, 96, i >> 8, i & 255), 0, 4)],
  ];
  for (const [name, hash] of rows)
    it(name, () => {
      const most = fullest(Array.from({ length: SLOTS }, (_, i) => hash(i)));
      assert.ok(most <= 12, `${most} keys in one slot`);
    });
});
