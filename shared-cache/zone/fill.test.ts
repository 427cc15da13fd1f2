import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addresses, addressKey, clientKey, type EntryData, type Key } from './entry.ts';
import { Fill } from './fill.ts';
import { wireName } from './testing/names.ts';
import { openZone } from './testing/zone.ts';
import type { ImageWriter } from './writer.ts';

const IP = 0x0a000001;
const entry = (ip: number): EntryData => ({ flags: 0, rrsets: [addresses(1, 5, [ip])] });

/** Fills the image with these names, an address and a client of that address; true when it changed. */
function filled(image: ImageWriter, names: readonly string[], ip = IP): boolean {
  const fill = new Fill(image);
  for (const name of names) fill.set(wireName(name), entry(ip));
  fill.setAddress(ip, entry(ip));
  fill.setClient(ip, entry(ip));
  return fill.finish();
}

function keysOf(image: ImageWriter): Key[] {
  const keys: Key[] = [];
  image.retain((key) => keys.push(key) > 0);
  return keys.sort();
}

const keys = (names: readonly string[], ip = IP): Key[] =>
  [...names.map(wireName), addressKey(ip), clientKey(ip)].sort();

describe('a whole image anew', () => {
  const rows: { name: string; before: readonly string[] | null; after: readonly string[]; changed: boolean }[] = [
    { name: 'nothing was there', before: null, after: ['a', 'b'], changed: true },
    { name: 'the same was there', before: ['a', 'b'], after: ['a', 'b'], changed: false },
    { name: 'more was there', before: ['a', 'b'], after: ['b'], changed: true },
    { name: 'less was there', before: ['a'], after: ['a', 'b'], changed: true },
    { name: 'something else was there', before: ['a'], after: ['b'], changed: true },
  ];
  for (const { name, before, after, changed } of rows)
    test(name, () => {
      const image = openZone(1 << 16).writer.image('a');
      if (before !== null) filled(image, before);
      assert.equal(new Fill(image).inherited, before !== null);
      assert.equal(filled(image, after), changed);
      assert.deepEqual(keysOf(image), keys(after));
    });

  test('other addresses take the place of those that were there', () => {
    const image = openZone(1 << 16).writer.image('a');
    filled(image, ['a']);
    assert.equal(filled(image, ['a'], IP + 1), true);
    assert.deepEqual(keysOf(image), keys(['a'], IP + 1));
    assert.deepEqual(image.get(wireName('a')), entry(IP + 1));
  });

  for (const expected of [0, 1, 500, 5000])
    test(`the same image comes out when ${expected} names are expected`, () => {
      const image = openZone(1 << 20).writer.image('a');
      const fill = new Fill(image, expected);
      const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
      for (const name of names) fill.set(wireName(name), entry(IP));
      assert.equal(fill.finish(), true);
      assert.deepEqual(keysOf(image), names.map(wireName).sort());
      for (const name of names) assert.ok(image.has(wireName(name)));
    });

  test('more names expected than there is memory for are no mistake', () => {
    const image = openZone(1 << 16).writer.image('a');
    const fill = new Fill(image, 1_000_000);
    fill.set(wireName('a'), entry(IP));
    assert.equal(fill.finish(), true);
    assert.ok(image.has(wireName('a')));
  });

  test('an address that nobody has is not there', () => {
    const image = openZone(1 << 16).writer.image('a');
    const fill = new Fill(image);
    fill.setAddress(IP, undefined);
    fill.setClient(IP, undefined);
    assert.equal(fill.finish(), false);
    assert.deepEqual(keysOf(image), []);
  });
});
