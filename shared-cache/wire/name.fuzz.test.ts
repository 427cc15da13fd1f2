// Whatever names there are: text and wire form are two forms of the same thing.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hashLabel, hashName } from './hash.ts';
import { decodeName, encodeName, NameError } from './name.ts';

/** Seeded integers below `n` (xorshift32). */
function random(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

const below = random(0x5eed1234);

function randomName(): Uint8Array {
  const wire: number[] = [];
  for (let labels = below(6); labels > 0; labels--) {
    const length = 1 + below(labels === 1 ? 63 : 12);
    wire.push(length, ...Array.from({ length }, () => below(256)));
  }
  return Uint8Array.of(...wire, 0);
}

it('wire → text → wire gives the same octets', () => {
  for (let i = 0; i < 20_000; i++) {
    const wire = randomName();
    assert.deepEqual(encodeName(decodeName(wire)), wire);
  }
});

it('any text is a name or a NameError', () => {
  const characters = ['a', 'Z', '0', '9', '.', '.', '\\', '\\', '-', 'ü', '😀', ' ', '\u0000'];
  let names = 0;
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: below(80) }, () => characters[below(characters.length)]).join('');
    try {
      const wire = encodeName(text);
      assert.ok(wire.length <= 255 && wire.at(-1) === 0, text);
      assert.deepEqual(encodeName(decodeName(wire)), wire, text);
      names++;
    } catch (error) {
      assert.ok(error instanceof NameError, text);
    }
  }
  assert.ok(names > 100);
});

it('names that differ in case only have the same hash, others differ', () => {
  const seen = new Map<number, string>();
  for (let i = 0; i < 5000; i++) {
    const text = `svc-${i}.ns-${i % 50}.svc`;
    const wire = encodeName(text);
    const upper = encodeName(text.toUpperCase());
    const hash = hashName(7, wire, 0, wire.length);
    assert.equal(hashName(7, upper, 0, upper.length), hash);
    assert.equal(seen.get(hash), undefined, `${text} collides with ${seen.get(hash)}`);
    seen.set(hash, text);
  }
});

it('a label hash depends on every octet and on the length', () => {
  for (let i = 0; i < 2000; i++) {
    const length = 1 + below(20);
    const label = Uint8Array.from({ length: length + 1 }, (_, at) => (at === 0 ? length : 97 + below(26)));
    const other = Uint8Array.from(label);
    const at = 1 + below(length);
    other[at] = label[at] === 122 ? 97 : label[at] + 1;
    assert.notEqual(hashLabel(1, label, 0), hashLabel(1, other, 0));
  }
});
