import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fleetMark, markOf, ownMark, probeName } from './names.ts';

describe('names of probes', () => {
  test('are numbers of 64 bits, the mark and the zone', () => {
    assert.match(probeName('42', '.'), /^\d{1,20}\.42\.$/);
    assert.match(probeName('42', 'example.org.'), /^\d{1,20}\.42\.example\.org\.$/);
  });

  test('show their mark', () => {
    assert.equal(markOf(probeName('42', 'example.org.')), '42');
    assert.equal(markOf('com.'), '');
    assert.equal(markOf('.'), '');
  });

  test('do not repeat, and their bits are evenly spread', () => {
    const numbers = Array.from({ length: 2000 }, () => BigInt(probeName('1', '.').split('.')[0]));
    assert.equal(new Set(numbers).size, numbers.length);
    for (let bit = 0n; bit < 64n; bit++) {
      const ones = numbers.filter((number) => ((number >> bit) & 1n) === 1n).length;
      // Six standard deviations of 2000 fair coins.
      assert.ok(Math.abs(ones - 1000) < 6 * Math.sqrt(500), `bit ${bit}: ${ones} of 2000`);
    }
  });
});

describe('marks', () => {
  test('of a process are one', () => assert.equal(ownMark(), ownMark()));
  test('of a fleet follow from key and policy', () => {
    const mark = fleetMark('a key of sixteen', 'policy');
    assert.equal(fleetMark('a key of sixteen', 'policy'), mark);
    assert.match(mark, /^\d{1,20}$/);
    assert.notEqual(fleetMark('another key of 16', 'policy'), mark);
    assert.notEqual(fleetMark('a key of sixteen', 'another policy'), mark);
  });
});
