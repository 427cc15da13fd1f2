import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { formatAddress, readAddress } from './address.ts';

/** Text, its canonical form, octets in hex. */
const ADDRESSES: [string, string, string][] = [
  ['192.0.2.1', '192.0.2.1', 'c0000201'],
  ['0.0.0.0', '0.0.0.0', '00000000'],
  ['255.255.255.255', '255.255.255.255', 'ffffffff'],
  ['::', '::', '00000000000000000000000000000000'],
  ['::1', '::1', '00000000000000000000000000000001'],
  ['1::', '1::', '00010000000000000000000000000000'],
  ['2001:DB8::1', '2001:db8::1', '20010db8000000000000000000000001'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1', '20010db8000000000000000000000001'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1', '20010000000000010000000000000001'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', '0064ff9b0000000000000000c0000221'],
  ['::ffff:192.0.2.1', '192.0.2.1', 'c0000201'],
  ['::FFFF:c000:0201', '192.0.2.1', 'c0000201'],
];
for (const [text, canonical, hex] of ADDRESSES) {
  test(`${text} is ${canonical} (RFC 5952)`, () => {
    const { family, octets, scope } = readAddress(text);
    assert.equal(Buffer.from(octets).toString('hex'), hex);
    assert.equal(family, octets.length === 4 ? 4 : 6);
    assert.equal(scope, 0);
    assert.equal(formatAddress(octets, 0, family, 0), canonical);
  });
}

for (const text of [
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1::2::3',
  '[::1]',
  '127.0.0.1:53',
  ':53',
  '12345::',
]) {
  test(`"${text}" is refused`, () =>
    assert.throws(() => readAddress(text), new TypeError(`"${text}" is not an IP address`)));
}

test('an address is read from the middle of other octets', () => {
  assert.equal(formatAddress(Uint8Array.of(9, 9, 10, 0, 0, 7, 9), 2, 4, 0), '10.0.0.7');
});

test('a zone by number is kept', () => {
  const { family, octets, scope } = readAddress('fe80::1%4000000');
  assert.equal(scope, 4_000_000);
  assert.equal(formatAddress(octets, 0, family, scope), 'fe80::1%4000000');
});

test('a zone that is no interface is refused', () => {
  assert.throws(() => readAddress('fe80::1%none0'), /names an interface that is not there/);
});

const linked = Object.entries(networkInterfaces()).find(([, entries]) =>
  entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid !== 0),
);
test('a zone by name is an interface', {
  skip: linked === undefined && 'no interface has a link-local address',
}, () => {
  const name = linked?.[0] ?? '';
  const { family, octets, scope } = readAddress(`fe80::1%${name}`);
  assert.notEqual(scope, 0);
  assert.equal(formatAddress(octets, 0, family, scope), `fe80::1%${name}`);
});
