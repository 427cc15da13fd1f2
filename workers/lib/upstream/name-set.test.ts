import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { Shuffle } from '../random.ts';
import { hashNameAt, NameSet } from './name-set.ts';

/** Names one behind the other, as in a message whose header begins at `before`. */
function message(names: readonly (string | Uint8Array)[], before = 0): { bytes: Uint8Array; at: number[] } {
  const parts = names.map((name) => (typeof name === 'string' ? encodeName(name) : name));
  const bytes = Buffer.concat([Buffer.alloc(before + 12), ...parts]);
  let at = before + 12;
  const offsets = parts.map((part) => {
    at += part.length;
    return at - part.length;
  });
  return { bytes, at: offsets };
}

describe('a set of names', () => {
  test('finds them whatever their case and compression', () => {
    // The last one: `a`, then a pointer to `ex.test.` at offset 14 of the message.
    const { bytes, at } = message(['a.ex.test.', 'A.Ex.tEST.', 'b.ex.test.', Buffer.from([1, 0x41, 0xc0, 14])], 100);
    const names = new NameSet(7);
    names.open(bytes, 100);
    assert.equal(names.add(at[0]), true);
    assert.equal(names.add(at[1]), false, 'it is there already');
    assert.deepEqual(
      at.map((offset) => names.has(offset)),
      [true, true, false, true],
    );
    assert.equal(names.size, 1);
  });

  test('is empty again for the next message', () => {
    const { bytes, at } = message(['a.ex.test.', '.']);
    const names = new NameSet(7);
    names.open(bytes, 0);
    for (const offset of at) names.add(offset);
    names.open(bytes, 0);
    assert.deepEqual(
      at.map((offset) => names.has(offset)),
      [false, false],
    );
  });

  test('takes 2,048 names and no more', () => {
    const { bytes, at } = message(Array.from({ length: 2100 }, (_, i) => `n${i}.test.`));
    const names = new NameSet(7);
    names.open(bytes, 0);
    assert.equal(at.filter((offset) => names.add(offset)).length, 2048);
    assert.equal(names.has(at[2047]), true);
    assert.equal(names.has(at[2048]), false);
  });

  test('agrees with a set of strings', () => {
    const random = new Shuffle(5);
    for (let round = 0; round < 50; round++) {
      const list = Array.from(
        { length: 60 },
        () => `${'abAB'[random.below(4)]}${'xy'[random.below(2)]}.${'mM'[random.below(2)]}.`,
      );
      const { bytes, at } = message(list);
      const names = new NameSet(random.next());
      const model = new Set<string>();
      names.open(bytes, 0);
      for (const [i, name] of list.entries()) {
        assert.equal(names.has(at[i]), model.has(name.toLowerCase()), name);
        assert.equal(names.add(at[i]), !model.has(name.toLowerCase()), name);
        model.add(name.toLowerCase());
      }
    }
  });
});

test('labels that are cut differently hash differently', () => {
  const { bytes, at } = message(['ab.c.', 'a.bc.', 'abc.', 'a.b.c.']);
  assert.equal(new Set(at.map((offset) => hashNameAt(1, bytes, 0, offset))).size, 4);
});
