// Entries as bytes: the drawn layout octet by octet, the way back, and what is refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashAddress, hashName } from '#wire/hash.ts';
import { checkKey, decodeEntry, decodeKey, EntryEncoder, hashStored } from './encode.ts';
import { addresses, addressKey, clientKey, type EntryData, plain, relative, targets } from './entry.ts';
import { ipv4, random, wireName } from './testing/names.ts';

const SEED = 99;

test('an entry lies as it is drawn', () => {
  const encoder = new EntryEncoder();
  const length = encoder.encode(0x89abcdef, wireName('web'), {
    flags: 3,
    rrsets: [addresses(1, 5, [ipv4('10.0.0.1')]), targets(0x01020304, 50, 2, [])],
  });
  assert.deepEqual(
    [...encoder.bytes.subarray(0, length)],
    [
      ...[0xef, 0xcd, 0xab, 0x89, 56, 0, 0, 0, 4, 3, 2, 0],
      ...[3, 119, 101, 98],
      ...[1, 0, 1, 0, 1, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 10, 0, 0, 1],
      ...[33, 0, 4, 2, 0, 0, 50, 0, 4, 3, 2, 1, 0, 0, 0, 0],
      ...[0, 0, 0, 0],
    ],
  );
});

const entries: { name: string; key: Uint8Array; entry: EntryData }[] = [
  { name: 'apex without data', key: wireName(''), entry: { flags: 1, rrsets: [] } },
  {
    name: 'one A',
    key: wireName('web.default.svc'),
    entry: { flags: 0, rrsets: [addresses(1, 5, [ipv4('10.0.0.1')])] },
  },
  {
    name: 'data of odd lengths',
    key: wireName('a'),
    entry: { flags: 255, rrsets: [plain(16, 0, [Uint8Array.of(1)]), relative(12, 1, [wireName('bcd')])] },
  },
  {
    name: 'larger than the first buffer',
    key: wireName('big'),
    entry: { flags: 0, rrsets: [plain(16, 1, [new Uint8Array(60_000).fill(7)])] },
  },
  {
    name: 'an address',
    key: addressKey(ipv4('10.1.2.3')),
    entry: { flags: 0, rrsets: [relative(12, 5, [wireName('web.default.svc')])] },
  },
  {
    name: 'the longest name',
    key: wireName(`${`${'x'.repeat(62)}.`.repeat(4)}y`.slice(2)),
    entry: { flags: 0, rrsets: [addresses(1, 0, [])] },
  },
  {
    name: 'many types',
    key: wireName('m'),
    entry: { flags: 0, rrsets: Array.from({ length: 300 }, (_, i) => plain(i + 1, i, [Uint8Array.of(i)])) },
  },
];
describe('decode gives back what was encoded', () => {
  const encoder = new EntryEncoder();
  for (const row of entries) {
    test(row.name, () => {
      checkKey(row.key);
      const length = encoder.encode(1, row.key, row.entry);
      assert.equal(length % 8, 0);
      assert.deepEqual(decodeEntry(encoder.bytes, encoder.words, 0), row.entry);
      assert.deepEqual(decodeKey(encoder.bytes, 0), row.key);
    });
  }

  test('nothing of a longer entry is left in a shorter one', () => {
    const fresh = new EntryEncoder();
    for (const row of entries.toReversed()) {
      const length = encoder.encode(1, row.key, row.entry);
      assert.equal(fresh.encode(1, row.key, row.entry), length);
      assert.deepEqual(encoder.bytes.subarray(0, length), fresh.bytes.subarray(0, length), row.name);
    }
  });

  test('random entries', () => {
    const below = random(5);
    for (let i = 0; i < 500; i++) {
      const rrsets = Array.from({ length: below(6) }, (_, type) =>
        plain(
          type + 1,
          below(2 ** 31),
          Array.from({ length: below(5) }, () => new Uint8Array(below(90)).fill(below(256))),
        ),
      );
      const entry = { flags: below(256), rrsets };
      encoder.encode(below(2 ** 31), wireName(`n${i}`), entry);
      assert.deepEqual(decodeEntry(encoder.bytes, encoder.words, 0), entry, `entry ${i}`);
    }
  });
});

describe('checkKey', () => {
  const good: [string, Uint8Array][] = [
    ['the apex', wireName('')],
    ['a label of 63 octets', wireName('x'.repeat(63))],
    ['any octet but upper-case letters', Uint8Array.of(5, 0, 255, 64, 91, 42)],
    ['an IPv4 address key', addressKey(new Uint8Array(4))],
    ['an IPv6 address key', addressKey(new Uint8Array(16))],
    ['the key of a client', clientKey(new Uint8Array(4))],
  ];
  for (const [name, key] of good) test(`takes ${name}`, () => checkKey(key));

  const bad: [string, Uint8Array, RegExp][] = [
    ['a root octet', Uint8Array.of(1, 97, 0), /label of 0 octets at 2/],
    ['a label of 64 octets', wireName('x'.repeat(64)), /label of 64 octets at 0/],
    ['a compression pointer (RFC 1035 section 4.1.4)', Uint8Array.of(0xc0, 12), /label of 192/],
    ['a label that is cut off', Uint8Array.of(1, 97, 3, 98, 99), /label of 3 octets at 2/],
    ['a length without its label', Uint8Array.of(1, 97, 1), /label of 1 octets at 2/],
    ['an upper-case letter', wireName('aB'), /lower case/],
    ['255 octets', new Uint8Array(255).fill(1), /255 octets; allowed: 0…254/],
    ['an address key of 6 octets', Uint8Array.of(255, 1, 2, 3, 4, 5), /6 octets; allowed: 5, 17/],
    ['the key of a client of 4 octets', Uint8Array.of(254, 1, 2, 3), /4 octets; allowed: 5, 17/],
  ];
  for (const [name, key, says] of bad)
    test(`refuses ${name}`, () => assert.throws(() => checkKey(key), { name: 'RangeError', message: says }));
});

describe('EntryEncoder refuses', () => {
  const one = addresses(1, 5, []);
  const bad: [string, EntryData, RegExp][] = [
    ['two RRsets of one type', { flags: 0, rrsets: [one, plain(16, 0, []), one] }, /two RRsets of type 1/],
    ['flags of 9 bits', { flags: 256, rrsets: [] }, /flags 256/],
    ['negative flags', { flags: -1, rrsets: [] }, /flags -1/],
  ];
  for (const [name, entry, says] of bad)
    test(name, () =>
      assert.throws(() => new EntryEncoder().encode(0, wireName('a'), entry), { name: 'RangeError', message: says }),
    );
});

test('names and addresses are hashed as readers hash them', () => {
  const name = wireName('web.default.svc');
  assert.equal(hashStored(SEED, name), hashName(SEED, name, 0, name.length));
  assert.equal(hashStored(SEED, wireName('')), SEED);
  for (const address of [ipv4('10.0.0.1'), new Uint8Array(16).fill(1)]) {
    assert.equal(hashStored(SEED, addressKey(address)), hashAddress(SEED, address, 0, address.length));
    assert.equal(hashStored(SEED, clientKey(address)), hashAddress(SEED, address, 0, address.length));
  }
});
