import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { fleetMark, markOf, ownMark, probeName, probeZone } from './names.ts';

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

describe('the zone that probes are named under', () => {
  const rows: readonly [name: string, blockZones: string[], from: string, zone: string | undefined][] = [
    ['everything', ['.'], '.', '.'],
    ['a part of what the block has', ['.'], 'example.org.', 'example.org.'],
    ['all that the block has', ['example.org.'], '.', 'example.org.'],
    ['the first of several', ['example.org.', 'example.net.'], '.', 'example.org.'],
    ['the one that fits', ['example.org.', 'example.net.'], 'a.example.net.', 'a.example.net.'],
    ['nothing in common', ['example.org.'], 'example.net.', undefined],
    ['a name that only ends alike', ['example.org.'], 'anexample.org.', undefined],
  ];
  for (const [name, blockZones, from, zone] of rows) test(name, () => assert.equal(probeZone(blockZones, from), zone));

  test('leaves room for two numbers', () => {
    const zoneOf = (octets: number): string =>
      `${'abcdefghi.'.repeat(Math.floor(octets / 10))}${'z'.repeat((octets % 10) - 1)}.`;
    const longest = zoneOf(212);
    assert.equal(probeZone(['.'], longest), longest);
    assert.ok(encodeName(probeName('18446744073709551615', longest)).length <= 255);
    assert.equal(probeZone(['.'], zoneOf(213)), undefined);
  });
});
