// Random and mutated hosts files: the parser never throws, whatever stands there, and what it finds can be published and looked up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TYPE } from '#wire/constants.ts';
import { Shuffle } from '#workers/lib/random.ts';
import { openImages } from '#workers/testing/files.ts';
import { addresses, addressKey, plain } from '#zone/entry.ts';
import { compileHosts, publishHosts } from './load.ts';
import type { HostsOptions } from './setup.ts';

const OPTIONS: HostsOptions = {
  file: '',
  named: false,
  zones: ['.'],
  inline: [],
  ttl: 60,
  reverse: true,
  reload: 0,
  fallthrough: [],
  fallthroughUnsupported: false,
  image: 'hosts:fuzz',
};
const WORDS = [
  '10.0.0.1',
  '10.0.0.2',
  'fd00::1',
  '::',
  '1.2.3',
  '#',
  '\n',
  '\t',
  '\r\n',
  'a',
  'b.c',
  '*.d',
  '.',
  '..',
  'x'.repeat(64),
  '%',
  'fe80::1%e',
  'é',
  '\\',
  '\\999',
  '\0',
  '::ffff:1.2.3.4',
];
const random = new Shuffle(42);

function soup(): string {
  return Array.from({ length: random.below(60) }, () => {
    if (random.below(20) === 0) return String.fromCharCode(random.below(0x2000));
    return `${WORDS[random.below(WORDS.length)]}${random.below(3) === 0 ? '' : ' '}`;
  }).join('');
}

test('whatever stands in a file is parsed and published', () => {
  const { writer } = openImages();
  const image = writer.image(OPTIONS.image);
  for (let turn = 0; turn < 1500; turn++) {
    const table = compileHosts(OPTIONS, soup());
    publishHosts(image, table, OPTIONS.ttl);
    assert.equal(image.names(), table.byName.size + table.byAddress.size, `turn ${turn}`);
    for (const [key, { a, aaaa }] of table.byName) {
      const rrsets = [addresses(TYPE.A, OPTIONS.ttl, a), addresses(TYPE.AAAA, OPTIONS.ttl, aaaa)];
      const expected = { flags: 0, rrsets: rrsets.filter((rrset) => rrset.addresses.length > 0) };
      assert.deepEqual(image.get(key), expected, `turn ${turn}`);
    }
    for (const [address, names] of table.byAddress) {
      const expected = { flags: 0, rrsets: [plain(TYPE.PTR, OPTIONS.ttl, names)] };
      assert.deepEqual(image.get(addressKey(address)), expected, `turn ${turn}`);
    }
  }
});

test('a file of the same lines in another order has the same names', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `10.0.${i}.1 host${i % 20}.test`);
  const names = (text: string) => [...compileHosts(OPTIONS, text).byName.keys()].toSorted();
  assert.deepEqual(names(lines.toReversed().join('\n')), names(lines.join('\n')));
});
