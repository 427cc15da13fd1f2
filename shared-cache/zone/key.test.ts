// Keys, names and addresses as octets: what is written, what is refused, and that readers hash the same.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { octetsOf } from '#wire/address.ts';
import { hashAddress, hashName } from '#wire/hash.ts';
import { addressKey, clientKey, type Key } from './entry.ts';
import { hashStored, writeAddressKey, writeIpv4, writeIpv6, writeKey, writeLabels } from './key.ts';
import { ADDRESS_MARK, CLIENT_MARK } from './layout.ts';
import { ipv4, ipv6, octets, wireName } from './testing/names.ts';

const SEED = 99;
const AT = 5;

/** What `write` writes at AT; nothing around it may change. */
function written(write: (bytes: Uint8Array) => number): number[] {
  const bytes = new Uint8Array(400).fill(0xee);
  const end = write(bytes);
  assert.ok([...bytes.subarray(0, AT), ...bytes.subarray(end)].every((octet) => octet === 0xee));
  return [...bytes.subarray(AT, end)];
}

describe('writeKey', () => {
  const good: [string, Key][] = [
    ['the apex', ''],
    ['a name', wireName('web.default.svc')],
    ['a label of 63 octets', wireName('x'.repeat(63))],
    ['a name of 254 octets', wireName(`${`${'x'.repeat(62)}.`.repeat(4)}y`.slice(2))],
    ['any octet but upper-case letters', '\x05\x00\xff\x40\x5b\x2a'],
    ['an IPv4 address key', addressKey(ipv4('0.0.0.0'))],
    ['an IPv6 address key', addressKey(ipv6(255))],
    ['the key of a client', clientKey(ipv4('65.66.67.68'))],
  ];
  for (const [name, key] of good)
    test(`takes ${name}`, () =>
      assert.deepEqual(
        written((bytes) => writeKey(bytes, AT, key)),
        [...octets(key)],
      ));

  const bad: [string, Key, RegExp][] = [
    ['a root octet', '\x01a\0', /label of 0 octets at 2/],
    ['a label of 64 octets', wireName('x'.repeat(64)), /label of 64 octets at 0/],
    ['a compression pointer (RFC 1035 section 4.1.4)', '\xc0\x0c', /label of 192/],
    ['a label that is cut off', '\x01a\x03bc', /label of 3 octets at 2/],
    ['a length without its label', '\x01a\x01', /label of 1 octets at 2/],
    ['an upper-case letter', wireName('aB'), /lower case/],
    ['a name as text', 'web.default.svc', /label of 119 octets/],
    ['a character that is no octet', wireName('aé€'), /character 8364 where octets stand; allowed: 0…255/],
    ['255 octets', '\x01'.repeat(255), /255 octets; allowed: 0…254/],
    ['an address key of 6 octets', '\xff12345', /6 octets; allowed: 5, 17/],
    ['the key of a client of 4 octets', '\xfe123', /4 octets; allowed: 5, 17/],
    ['a mark alone', '\xff', /1 octets; allowed: 5, 17/],
    ['an address key with a character that is no octet', '\xff123\u0100', /character 256/],
  ];
  for (const [name, key, says] of bad)
    test(`refuses ${name}`, () =>
      assert.throws(() => writeKey(new Uint8Array(400), AT, key), { name: 'RangeError', message: says }));
});

describe('writeAddressKey writes what the key of the address is', () => {
  for (const address of [ipv4('10.0.0.1'), ipv4('255.254.0.0'), ipv6(200)])
    test(octetsOf(address).join('.'), () => {
      const write = (mark: number) => written((bytes) => writeAddressKey(bytes, AT, mark, address));
      assert.deepEqual(write(ADDRESS_MARK), [...octets(addressKey(address))]);
      assert.deepEqual(write(CLIENT_MARK), [...octets(clientKey(address))]);
    });
});

describe('addresses are refused', () => {
  const bad: { name: string; write: (bytes: Uint8Array) => number; says: RegExp }[] = [
    { name: 'IPv6 for IPv4', write: (bytes) => writeIpv4(bytes, AT, ipv6(1)), says: /a string of 16.* IPv4.* 32 bits/ },
    {
      name: 'IPv4 for IPv6',
      write: (bytes) => writeIpv6(bytes, AT, 1),
      says: /the number 1 where an IPv6.* 16 one-byte/,
    },
    { name: '4 characters', write: (bytes) => writeIpv4(bytes, AT, 'abcd'), says: /a string of 4.* IPv4/ },
    { name: 'an unsigned number', write: (bytes) => writeIpv4(bytes, AT, 2 ** 31), says: /2147483648.* signed/ },
    { name: 'a fraction', write: (bytes) => writeIpv4(bytes, AT, 0.5), says: /the number 0\.5 where/ },
    { name: 'no number', write: (bytes) => writeIpv4(bytes, AT, Number.NaN), says: /the number NaN where/ },
    { name: 'text', write: (bytes) => writeIpv6(bytes, AT, 'fd00:0000:0000:€'), says: /character 8364/ },
    { name: 'a key of 5', write: (bytes) => writeAddressKey(bytes, AT, ADDRESS_MARK, 'abcd'), says: /a string of 4/ },
    { name: 'a key of 2^31', write: (bytes) => writeAddressKey(bytes, AT, ADDRESS_MARK, 2 ** 31), says: /2147483648/ },
  ];
  for (const { name, write, says } of bad)
    test(name, () => assert.throws(() => write(new Uint8Array(64)), { name: 'RangeError', message: says }));
});

test('labels that are not a key keep their case', () => {
  const name = wireName('Web.ORG');
  assert.deepEqual(
    written((bytes) => writeLabels(bytes, AT, name, false)),
    [...octets(name)],
  );
});

test('names and addresses are hashed as readers hash them', () => {
  const hashOf = (key: Key): number => {
    const bytes = new Uint8Array(400).fill(0xff);
    return hashStored(SEED, bytes, AT, writeKey(bytes, AT, key));
  };
  const name = wireName('web.default.svc');
  assert.equal(hashOf(name), hashName(SEED, octets(name), 0, name.length));
  assert.equal(hashOf(''), SEED);
  for (const address of [ipv4('10.0.0.1'), ipv6(1)]) {
    const hash = hashAddress(SEED, octetsOf(address), 0, octetsOf(address).length);
    assert.equal(hashOf(addressKey(address)), hash);
    assert.equal(hashOf(clientKey(address)), hash);
  }
});
