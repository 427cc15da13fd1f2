// Builders of RRsets and keys: plain values of one shape a form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, octetsOf } from '#wire/address.ts';
import { addresses, addressKey, clientKey, plain, type RrsetData, relative, targets } from './entry.ts';
import { Form } from './layout.ts';
import { ipv4, ipv6, octets, wireName } from './testing/names.ts';

const A = 1;
const PTR = 12;
const TXT = 16;
const AAAA = 28;
const SRV = 33;
const rdatas = [Uint8Array.of(1, 65)];
const groups = [{ label: wireName('ep'), ports: [80], a: [ipv4('10.0.0.1')], aaaa: [ipv6(1)] }];

const rows: { name: string; made: RrsetData; is: RrsetData }[] = [
  {
    name: 'A records',
    made: addresses(A, 5, [ipv4('10.0.0.1')]),
    is: { form: Form.PACKED, type: A, ttl: 5, addresses: [0x0a000001] },
  },
  {
    name: 'AAAA records',
    made: addresses(AAAA, 0, [ipv6(9)]),
    is: { form: Form.PACKED, type: AAAA, ttl: 0, addresses: [`\xfd${'\0'.repeat(14)}\t`] },
  },
  { name: 'plain RDATA', made: plain(TXT, 30, rdatas), is: { form: Form.PLAIN, type: TXT, ttl: 30, rdatas } },
  {
    name: 'relative names',
    made: relative(PTR, 7, [wireName('a.bc'), '']),
    is: { form: Form.RELATIVE, type: PTR, ttl: 7, names: ['\x01a\x02bc', ''] },
  },
  {
    name: 'SRV targets',
    made: targets(9, 50, 2, groups),
    is: { form: Form.TARGETS, type: SRV, ttl: 9, weight: 50, skip: 2, groups },
  },
];
for (const row of rows)
  test(`${row.name}: the same values in the same order, form first`, () => {
    assert.deepEqual(row.made, row.is);
    assert.deepEqual(Object.keys(row.made), Object.keys(row.is));
  });

const keys: { name: string; address: Address }[] = [
  { name: 'an IPv4 address', address: ipv4('10.0.0.1') },
  { name: 'an IPv4 address with the upper bit set', address: ipv4('250.0.0.254') },
  { name: 'an IPv6 address', address: ipv6(0xfe) },
];
for (const { name, address } of keys)
  test(`the key of ${name} is a label that no name can have, then the address`, () => {
    assert.deepEqual([...octets(addressKey(address))], [255, ...octetsOf(address)]);
    assert.deepEqual([...octets(clientKey(address))], [254, ...octetsOf(address)]);
  });
