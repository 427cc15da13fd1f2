// Entries as bytes: the drawn layout octet by octet, the way back, and what is refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { octetsOf } from '#wire/address.ts';
import { decodeEntry, decodeKey } from './decode.ts';
import { EntryEncoder } from './encode.ts';
import {
  addresses,
  addressKey,
  clientKey,
  type EntryData,
  type Key,
  nameServers,
  plain,
  type RrsetData,
  relative,
  targets,
} from './entry.ts';
import { ADDRESS_MARK, CLIENT_MARK, ENTRY_HASH, ENTRY_NAME, RRSET_COUNT, RRSET_DATA } from './layout.ts';
import { ipv4, ipv6, octets, wireName } from './testing/names.ts';

const SEED = 99;
const A = 1;
const PTR = 12;
const TXT = 16;
const AAAA = 28;
const v6 = ipv6(9);

/** Octets of the entry, with zeros for its hash. */
function encoded(encoder: EntryEncoder, key: Key, entry: EntryData): number[] {
  encoder.setKey(key);
  const length = encoder.encode(entry);
  return [...encoder.bytes.subarray(0, length)].fill(0, ENTRY_HASH, 4);
}

test('an entry lies as it is drawn', () => {
  const encoder = new EntryEncoder(SEED);
  const rrsets = [addresses(A, 5, [ipv4('10.0.0.1')]), targets(0x01020304, 50, 2, [])];
  assert.deepEqual(encoded(encoder, wireName('web'), { flags: 3, rrsets }), [
    ...[0, 0, 0, 0, 56, 0, 0, 0, 4, 3, 2, 0],
    ...[3, 119, 101, 98],
    ...[1, 0, 1, 0, 1, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 10, 0, 0, 1],
    ...[33, 0, 4, 2, 0, 0, 50, 0, 4, 3, 2, 1, 0, 0, 0, 0],
    ...[0, 0, 0, 0],
  ]);
  assert.equal(encoder.words[ENTRY_HASH >>> 2], encoder.hash >>> 0);
});

describe('the data of an RRset', () => {
  const rows: { name: string; rrset: RrsetData; data: number[]; records?: number }[] = [
    {
      name: 'A records are addresses one after the other',
      rrset: addresses(A, 5, [ipv4('10.0.0.1'), ipv4('254.0.0.2')]),
      data: [10, 0, 0, 1, 254, 0, 0, 2],
    },
    { name: 'AAAA records have 16 octets each', rrset: addresses(AAAA, 5, [v6]), data: [...octetsOf(v6)] },
    { name: 'no addresses are an RRset without records', rrset: addresses(A, 0, []), data: [] },
    {
      name: 'plain RDATA comes with its length in network order',
      rrset: plain(TXT, 30, [Uint8Array.of(1, 65), new Uint8Array(0), new Uint8Array(257).fill(2)]),
      data: [0, 2, 1, 65, 0, 0, 1, 1, ...new Array(257).fill(2)],
    },
    {
      name: 'relative names come with a length octet; the apex is 0; letters stay as they are',
      rrset: relative(PTR, 7, [wireName('a.Bc'), '']),
      data: [5, 1, 97, 2, 66, 99, 0],
    },
    {
      name: 'SRV targets: groups with and without labels of their own',
      rrset: targets(9, 50, 2, [
        { label: '', ports: [80, 443], a: [ipv4('10.0.0.1')], aaaa: [v6] },
        { label: wireName('ep'), ports: [8080], a: [], aaaa: [] },
        { label: wireName('ep.c'), ports: [80], a: [], aaaa: [] },
      ]),
      data: [
        ...[0, 0, 1, 0, 1, 0, 2, 0, 80, 1, 187, 10, 0, 0, 1, ...octetsOf(v6)],
        ...[3, 2, 101, 112, 0, 0, 0, 0, 0, 1, 0x1f, 0x90],
        ...[5, 2, 101, 112, 1, 99, 0, 0, 0, 0, 0, 1, 0, 80],
      ],
    },
    {
      name: 'name servers: a group each',
      rrset: nameServers(9, [
        { label: wireName('dns.a'), ports: [], a: [ipv4('10.0.0.1')], aaaa: [] },
        { label: wireName('dns.b'), ports: [], a: [], aaaa: [] },
      ]),
      data: [
        ...[6, 3, 100, 110, 115, 1, 97, 0, 1, 0, 0, 0, 0, 10, 0, 0, 1],
        ...[6, 3, 100, 110, 115, 1, 98, 0, 0, 0, 0, 0, 0],
      ],
      records: 2,
    },
  ];
  for (const { name, rrset, data, records } of rows)
    test(name, () => {
      const octetsOfEntry = encoded(new EntryEncoder(SEED), '', { flags: 0, rrsets: [rrset] });
      const at = ENTRY_NAME + RRSET_DATA;
      assert.deepEqual(octetsOfEntry.slice(at, at + data.length), data);
      assert.ok(octetsOfEntry.slice(at + data.length).every((octet) => octet === 0));
      if (records !== undefined) assert.equal(octetsOfEntry[ENTRY_NAME + RRSET_COUNT], records);
    });
});

const entries: { name: string; key: Key; entry: EntryData }[] = [
  { name: 'apex without data', key: '', entry: { flags: 1, rrsets: [] } },
  {
    name: 'one A',
    key: wireName('web.default.svc'),
    entry: { flags: 0, rrsets: [addresses(A, 5, [ipv4('10.0.0.1')])] },
  },
  {
    name: 'data of odd lengths',
    key: wireName('a'),
    entry: { flags: 255, rrsets: [plain(TXT, 0, [Uint8Array.of(1)]), relative(PTR, 1, [wireName('bcd')])] },
  },
  {
    name: 'RDATA larger than the first buffer',
    key: wireName('big'),
    entry: { flags: 0, rrsets: [addresses(A, 1, [7]), plain(TXT, 1, [new Uint8Array(60_000).fill(7)])] },
  },
  {
    name: 'more addresses than the first buffer holds',
    key: wireName('big'),
    entry: { flags: 0, rrsets: [addresses(AAAA, 1, new Array(20_000).fill(v6)), plain(TXT, 1, [])] },
  },
  {
    name: 'more names than the first buffer holds',
    key: wireName('big'),
    entry: { flags: 0, rrsets: [relative(PTR, 1, new Array(65_535).fill(wireName('pod')))] },
  },
  {
    name: 'more groups than the first buffer holds',
    key: wireName('big'),
    entry: {
      flags: 0,
      rrsets: [
        targets(1, 65_535, 127, new Array(8192).fill({ label: wireName('p'), ports: [1], a: [-1], aaaa: [v6] })),
      ],
    },
  },
  {
    name: 'an address',
    key: addressKey(ipv4('10.1.2.3')),
    entry: { flags: 0, rrsets: [relative(PTR, 5, [wireName('web.default.svc')])] },
  },
  { name: 'a client', key: clientKey(v6), entry: { flags: 0, rrsets: [relative(PTR, 5, [wireName('default')])] } },
  {
    name: 'the longest name',
    key: wireName(`${`${'x'.repeat(62)}.`.repeat(4)}y`.slice(2)),
    entry: { flags: 0, rrsets: [addresses(A, 0, [])] },
  },
  {
    name: 'many types',
    key: wireName('m'),
    entry: { flags: 0, rrsets: Array.from({ length: 300 }, (_, i) => plain(i + 1, i, [Uint8Array.of(i)])) },
  },
];
describe('decode gives back what was encoded', () => {
  const encoder = new EntryEncoder(SEED);
  for (const row of entries) {
    test(row.name, () => {
      assert.equal(encoded(encoder, row.key, row.entry).length % 8, 0);
      assert.deepEqual(decodeEntry(encoder.bytes, encoder.words, 0), row.entry);
      assert.equal(decodeKey(encoder.bytes, 0), row.key);
    });
  }

  test('nothing of a longer entry is left in a shorter one', () => {
    encoder.bytes.fill(0xee);
    for (const row of entries.toReversed())
      assert.deepEqual(
        encoded(encoder, row.key, row.entry),
        encoded(new EntryEncoder(SEED), row.key, row.entry),
        row.name,
      );
  });

  test('nothing of an entry that was refused is left in the next one', () => {
    const good = { flags: 0, rrsets: [addresses(A, 1, [1])] };
    const bad = { flags: 9, rrsets: [plain(TXT, 1, [new Uint8Array(5000).fill(7)]), addresses(A, -1, [])] };
    encoder.setKey(wireName('web'));
    assert.throws(() => encoder.encode(bad), RangeError);
    assert.deepEqual(encoded(encoder, wireName('we'), good), encoded(new EntryEncoder(SEED), wireName('we'), good));
  });
});

test('the key of an address is the same whether it is made or not', () => {
  const encoder = new EntryEncoder(SEED);
  for (const address of [ipv4('10.0.0.1'), ipv4('255.0.0.1'), v6])
    for (const [mark, keyOf] of [[ADDRESS_MARK, addressKey] as const, [CLIENT_MARK, clientKey] as const]) {
      const whole = (): unknown[] => [...encoder.bytes.subarray(0, encoder.keyWords << 2), encoder.hash];
      encoder.setAddressKey(mark, address);
      const direct = whole();
      encoder.bytes.fill(0xee, ENTRY_NAME);
      encoder.setKey(keyOf(address));
      assert.deepEqual(whole(), direct);
      assert.deepEqual([...encoder.bytes.subarray(ENTRY_NAME + 1, ENTRY_NAME + 5)], [...octetsOf(address)].slice(0, 4));
    }
});

describe('EntryEncoder refuses', () => {
  const one = addresses(A, 5, []);
  const group = { label: '', ports: [], a: [], aaaa: [] };
  const labels = (label: string): RrsetData => targets(0, 1, 0, [{ ...group, label }]);
  const rrsets: [string, RrsetData, RegExp][] = [
    ['addresses of other types', addresses(TXT, 5, []), /type 16 has no addresses; allowed: 1 \(A\), 28 \(AAAA\)/],
    ['an IPv6 address in an A record', addresses(A, 5, [1, v6]), /a string of 16 characters where an IPv4 address/],
    ['an IPv4 address in an AAAA record', addresses(AAAA, 5, [v6, 1]), /the number 1 where an IPv6 address/],
    ['an address that is too short', addresses(AAAA, 5, ['fd00']), /a string of 4 characters/],
    ['a negative TTL', addresses(A, -1, []), /TTL -1 is not within 0…2147483647/],
    ['a TTL of 32 bits (RFC 2181 section 8)', plain(TXT, 2 ** 31, []), /TTL 2147483648/],
    ['a TTL with a fraction', relative(PTR, 0.5, []), /TTL 0.5/],
    ['a type of 17 bits', plain(65_536, 0, []), /type 65536/],
    ['RDATA that is too long', plain(TXT, 0, [new Uint8Array(65_536)]), /RDATA length 65536/],
    ['more records than 16 bits count', plain(TXT, 0, new Array(65_536).fill(new Uint8Array(0))), /record count 65536/],
    ['more addresses than 16 bits count', addresses(A, 0, new Array(65_536).fill(0)), /record count 65536/],
    [
      'more SRV records than 16 bits count',
      targets(0, 1, 0, new Array(256).fill({ ...group, ports: new Array(256).fill(1) })),
      /record count 65536/,
    ],
    [
      'more glue than 16 bits count',
      targets(0, 1, 0, [{ ...group, a: new Array(65_536).fill(0) }]),
      /address count 65536/,
    ],
    ['a relative name that is too long', relative(PTR, 0, ['\x01'.repeat(255)]), /relative name of 255 octets/],
    ['a relative name that is no labels', relative(PTR, 0, ['web']), /label of 119 octets/],
    ['a port of 17 bits', targets(0, 1, 0, [{ ...group, ports: [65_536] }]), /port 65536/],
    ['a port that is no number', targets(0, 1, 0, [{ ...group, ports: [Number.NaN] }]), /port NaN/],
    ['a weight of 17 bits', targets(0, 65_536, 0, []), /weight 65536/],
    ['more labels to skip than a name has', targets(0, 1, 128, []), /skip 128/],
    ['a target label without its length octet', labels('ab'), /label of 97 octets at 0/],
    ['a target of two labels that ends within the second', labels('\x01a\x02b'), /label of 2 octets at 2/],
    ['a target with a root octet', labels('\x01a\0'), /label of 0 octets at 2/],
    ['a target with a label of 64 octets', labels(wireName('x'.repeat(64))), /label of 64 octets/],
    ['a target of 255 octets', labels(wireName(`ab.${'x.'.repeat(126)}`.slice(0, -1))), /name of 255 octets/],
    ['a target with a character that is no octet', labels(wireName('a€')), /character 8364/],
    ['glue of the wrong family', targets(0, 1, 0, [{ ...group, a: [v6] }]), /where an IPv4 address/],
    ['glue of the other wrong family', targets(0, 1, 0, [{ ...group, aaaa: [1] }]), /where an IPv6 address/],
  ];
  const bad: [string, EntryData, RegExp][] = [
    ...rrsets.map(([name, rrset, says]): [string, EntryData, RegExp] => [name, { flags: 0, rrsets: [rrset] }, says]),
    ['two RRsets of one type', { flags: 0, rrsets: [one, plain(TXT, 0, []), one] }, /two RRsets of type 1/],
    ['flags of 9 bits', { flags: 256, rrsets: [] }, /flags 256/],
    ['negative flags', { flags: -1, rrsets: [] }, /flags -1/],
    ['more RRsets than 16 bits count', { flags: 0, rrsets: new Array(65_536).fill(one) }, /RRset count 65536/],
  ];
  for (const [name, entry, says] of bad)
    test(name, () => {
      const encoder = new EntryEncoder(SEED);
      encoder.setKey(wireName('a'));
      assert.throws(() => encoder.encode(entry), { name: 'RangeError', message: says });
    });
});

test('decodeKey reads in the middle of other octets', () => {
  const bytes = new Uint8Array(64).fill(0xee);
  bytes[16 + 8] = 4;
  bytes.set(octets(wireName('web')), 16 + ENTRY_NAME);
  assert.equal(decodeKey(bytes, 16), wireName('web'));
});
