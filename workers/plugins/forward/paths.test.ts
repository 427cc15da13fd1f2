import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeName } from '#wire/name.ts';
import { probePath, probeZone } from './paths.ts';

test('a path is its zone and its upstream', () =>
  assert.equal(probePath('a.test.', '192.0.2.1:53'), 'a.test. 192.0.2.1:53'));

/** The longest that there is. */
const NUMBER = '18446744073709551615';

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
    assert.ok(encodeName(`${NUMBER}.${NUMBER}.${longest}`).length <= 255);
    assert.equal(probeZone(['.'], zoneOf(213)), undefined);
  });
});
