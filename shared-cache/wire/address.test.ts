import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Address, addressOf, isIpv4, octetsOf, readAddress, writeAddress } from './address.ts';

const ROWS: readonly { name: string; octets: number[]; value: Address }[] = [
  { name: 'IPv4', octets: [10, 96, 0, 1], value: 0x0a600001 },
  { name: 'IPv4 with the upper bit set', octets: [255, 254, 253, 252], value: -66_052 },
  { name: 'the IPv4 address 0.0.0.0', octets: [0, 0, 0, 0], value: 0 },
  {
    name: 'IPv6',
    octets: [0xfd, 0, 0, 0x10, 0, 0x96, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1],
    value: '\xfd\0\0\x10\0\x96\0\0\0\0\0\0\0\0\xff\x01',
  },
  { name: 'the IPv6 address ::', octets: Array(16).fill(0), value: '\0'.repeat(16) },
];

describe('addresses as values', () => {
  for (const { name, octets, value } of ROWS)
    it(`${name}: octets → value → octets`, () => {
      assert.equal(addressOf(Uint8Array.from(octets)), value);
      assert.deepEqual([...octetsOf(value)], octets);
      assert.equal(isIpv4(value), octets.length === 4);
    });

  it('are read and written in the middle of other octets', () => {
    for (const { octets, value } of ROWS) {
      const bytes = new Uint8Array(24).fill(7);
      assert.equal(writeAddress(bytes, 3, value), 3 + octets.length);
      assert.deepEqual(
        [...bytes.subarray(0, 3), ...bytes.subarray(3 + octets.length)],
        Array(24 - octets.length).fill(7),
      );
      assert.equal(readAddress(bytes, 3, octets.length), value);
    }
  });

  it('of another length are refused', () => {
    for (const length of [0, 3, 5, 15, 17])
      assert.throws(() => addressOf(new Uint8Array(length)), /an address of \d+ octets; allowed: 4, 16/);
  });

  it('that are the same are the same key of a map', () => {
    const map = new Map(ROWS.map(({ octets, name }) => [addressOf(Uint8Array.from(octets)), name]));
    for (const { octets, name } of ROWS) assert.equal(map.get(addressOf(Uint8Array.from(octets))), name);
  });
});
