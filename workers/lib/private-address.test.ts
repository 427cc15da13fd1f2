import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import { isPrivate4, isPrivate6 } from './private-address.ts';
import { Shuffle } from './random.ts';

const rows: readonly (readonly [address: string, isPrivate: boolean])[] = [
  ['0.0.0.0', true],
  ['0.255.255.255', true],
  ['1.0.0.0', false],
  ['9.255.255.255', false],
  ['10.0.0.0', true],
  ['10.255.255.255', true],
  ['11.0.0.0', false],
  ['100.63.255.255', false],
  ['100.64.0.0', true],
  ['100.127.255.255', true],
  ['100.128.0.0', false],
  ['127.0.0.1', true],
  ['128.0.0.0', false],
  ['169.253.255.255', false],
  ['169.254.169.254', true],
  ['172.15.255.255', false],
  ['172.16.0.0', true],
  ['172.31.255.255', true],
  ['172.32.0.0', false],
  ['192.167.255.255', false],
  ['192.168.0.0', true],
  ['192.169.0.0', false],
  ['192.0.2.1', false],
  ['255.255.255.255', false],
  ['::', true],
  ['::1', true],
  ['::192.0.2.1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:192.0.2.1', true],
  ['::fffe:10.0.0.1', false],
  ['0:0:0:0:1::', false],
  ['64:ff9b::10.0.0.1', true],
  ['64:ff9b::192.0.2.1', false],
  ['64:ff9b:1::10.0.0.1', false],
  ['fbff::1', false],
  ['fc00::', true],
  ['fd12:3456::1', true],
  ['fe00::1', false],
  ['fe7f::1', false],
  ['fe80::1', true],
  ['febf::1', true],
  ['fec0::1', true],
  ['feff::1', true],
  ['ff02::1', false],
  ['2001:db8::1', false],
  ['2600::1', false],
];

function octets(address: string): Uint8Array {
  if (!isIPv6(address)) return Uint8Array.from(address.split('.').map(Number));
  // The URL parser writes every address in hexadecimal groups.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left, right] = text.split('::').map((part) => part.split(':').filter(Boolean));
  const groups =
    right === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
}

describe('private addresses', () => {
  for (const [address, isPrivate] of rows)
    test(address, () => {
      const bytes = Uint8Array.from([9, ...octets(address)]);
      assert.equal(bytes.length === 5 ? isPrivate4(bytes, 1) : isPrivate6(bytes, 1), isPrivate);
    });

  test('IPv4: as a list of networks has it', () => {
    const list = new BlockList();
    for (const [network, prefix] of [
      ['0.0.0.0', 8],
      ['10.0.0.0', 8],
      ['100.64.0.0', 10],
      ['127.0.0.0', 8],
      ['169.254.0.0', 16],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
    ] as const)
      list.addSubnet(network, prefix);
    const random = new Shuffle(3);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: 4 }, () => random.below(256));
      if (i % 2 === 0) bytes[0] = [100, 169, 172, 192][random.below(4)];
      assert.equal(isPrivate4(bytes, 0), list.check(bytes.join('.')), bytes.join('.'));
    }
  });
});
