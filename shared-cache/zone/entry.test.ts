// Builders of RRsets: the bytes that they make, and what they refuse.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addresses, addressKey, clientKey, plain, type RrsetData, relative, targets } from './entry.ts';
import { Form } from './layout.ts';
import { ipv4, wireName } from './testing/names.ts';

const A = 1;
const SRV = 33;
const AAAA = 28;
const PTR = 12;
const TXT = 16;
const v6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9);

const rows: { name: string; made: RrsetData; is: Omit<RrsetData, 'data'>; data: number[] }[] = [
  {
    name: 'A records are addresses one after the other',
    made: addresses(A, 5, [ipv4('10.0.0.1'), ipv4('10.0.0.2')]),
    is: { type: A, form: Form.PACKED, skip: 0, count: 2, weight: 0, ttl: 5 },
    data: [10, 0, 0, 1, 10, 0, 0, 2],
  },
  {
    name: 'AAAA records have 16 octets each',
    made: addresses(AAAA, 0x7fffffff, [v6]),
    is: { type: AAAA, form: Form.PACKED, skip: 0, count: 1, weight: 0, ttl: 0x7fffffff },
    data: [...v6],
  },
  {
    name: 'no addresses are an RRset without records',
    made: addresses(A, 0, []),
    is: { type: A, form: Form.PACKED, skip: 0, count: 0, weight: 0, ttl: 0 },
    data: [],
  },
  {
    name: 'plain RDATA comes with its length in network order',
    made: plain(TXT, 30, [Uint8Array.of(1, 65), new Uint8Array(0), Uint8Array.of(2, 66, 67)]),
    is: { type: TXT, form: Form.PLAIN, skip: 0, count: 3, weight: 0, ttl: 30 },
    data: [0, 2, 1, 65, 0, 0, 0, 3, 2, 66, 67],
  },
  {
    name: 'relative names come with a length octet; the apex is 0',
    made: relative(PTR, 7, [wireName('a.bc'), wireName('')]),
    is: { type: PTR, form: Form.RELATIVE, skip: 0, count: 2, weight: 0, ttl: 7 },
    data: [5, 1, 97, 2, 98, 99, 0],
  },
  {
    name: 'SRV targets: groups with and without labels of their own',
    made: targets(9, 50, 2, [
      { ports: [80, 443], a: [ipv4('10.0.0.1')], aaaa: [v6] },
      { label: wireName('ep'), ports: [8080], a: [], aaaa: [] },
      { label: wireName('ep.c'), ports: [80], a: [], aaaa: [] },
    ]),
    is: { type: SRV, form: Form.TARGETS, skip: 2, count: 4, weight: 50, ttl: 9 },
    data: [
      ...[0, 0, 1, 0, 1, 0, 2, 0, 80, 1, 187, 10, 0, 0, 1, ...v6],
      ...[3, 2, 101, 112, 0, 0, 0, 0, 0, 1, 0x1f, 0x90],
      ...[5, 2, 101, 112, 1, 99, 0, 0, 0, 0, 0, 1, 0, 80],
    ],
  },
];
for (const row of rows) {
  test(row.name, () => {
    const { data, ...rest } = row.made;
    assert.deepEqual(rest, row.is);
    assert.deepEqual([...data], row.data);
  });
}

describe('refuses', () => {
  const bad: { name: string; make: () => unknown; says: RegExp }[] = [
    {
      name: 'addresses of other types',
      make: () => addresses(TXT, 5, []),
      says: /type 16 has no addresses; allowed: 1 \(A\), 28 \(AAAA\)/,
    },
    { name: 'an IPv6 address in an A record', make: () => addresses(A, 5, [v6]), says: /16 octets where 4/ },
    {
      name: 'an IPv4 address in an AAAA record',
      make: () => addresses(AAAA, 5, [ipv4('1.2.3.4')]),
      says: /4 octets where 16/,
    },
    { name: 'a negative TTL', make: () => addresses(A, -1, []), says: /TTL -1 is not within 0…2147483647/ },
    { name: 'a TTL of 32 bits (RFC 2181 section 8)', make: () => plain(TXT, 2 ** 31, []), says: /TTL 2147483648/ },
    { name: 'a TTL with a fraction', make: () => relative(PTR, 0.5, []), says: /TTL 0.5/ },
    { name: 'a type of 17 bits', make: () => plain(65_536, 0, []), says: /type 65536/ },
    { name: 'RDATA that is too long', make: () => plain(TXT, 0, [new Uint8Array(65_536)]), says: /RDATA length 65536/ },
    {
      name: 'more records than 16 bits count',
      make: () => plain(TXT, 0, new Array(65_536).fill(new Uint8Array(0))),
      says: /record count 65536/,
    },
    {
      name: 'a relative name that is too long',
      make: () => relative(PTR, 0, [new Uint8Array(255)]),
      says: /name length 255/,
    },
    {
      name: 'a port of 17 bits',
      make: () => targets(0, 1, 0, [{ ports: [65_536], a: [], aaaa: [] }]),
      says: /port 65536/,
    },
    { name: 'a weight of 17 bits', make: () => targets(0, 65_536, 0, []), says: /weight 65536/ },
    { name: 'more labels to skip than a name has', make: () => targets(0, 1, 128, []), says: /skip 128/ },
    {
      name: 'a target label without its length octet',
      make: () => targets(0, 1, 0, [{ label: Uint8Array.of(97, 98), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'a target of two labels that ends within the second',
      make: () => targets(0, 1, 0, [{ label: wireName('a.bc').slice(0, -1), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'a target with a root octet',
      make: () => targets(0, 1, 0, [{ label: Uint8Array.of(1, 97, 0), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'a target with a label of 64 octets',
      make: () => targets(0, 1, 0, [{ label: wireName('x'.repeat(64)), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'a target of 255 octets',
      make: () =>
        targets(0, 1, 0, [{ label: wireName(`ab.${'x.'.repeat(126)}`.slice(0, -1)), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'an empty target label',
      make: () => targets(0, 1, 0, [{ label: new Uint8Array(0), ports: [], a: [], aaaa: [] }]),
      says: /not labels/,
    },
    {
      name: 'glue of the wrong family',
      make: () => targets(0, 1, 0, [{ ports: [1], a: [v6], aaaa: [] }]),
      says: /16 octets where 4/,
    },
    {
      name: 'an address key of 5 octets',
      make: () => addressKey(new Uint8Array(5)),
      says: /an address of 5 octets; allowed: 4, 16/,
    },
  ];
  for (const row of bad) test(row.name, () => assert.throws(row.make, { name: 'RangeError', message: row.says }));
});

test('an address key is a label that no name can have, then the address', () => {
  assert.deepEqual([...addressKey(ipv4('10.0.0.1'))], [255, 10, 0, 0, 1]);
  assert.deepEqual([...addressKey(v6)], [255, ...v6]);
  assert.deepEqual([...clientKey(v6)], [254, ...v6]);
});
