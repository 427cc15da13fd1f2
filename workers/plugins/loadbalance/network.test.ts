import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress } from '#native/address.ts';
import { parseNetwork } from './network.ts';

const ROWS: readonly (readonly [network: string, address: string, inside: boolean])[] = [
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['10.0.0.0/9', '10.127.0.1', true],
  ['10.0.0.0/9', '10.128.0.1', false],
  ['10.0.0.4/31', '10.0.0.5', true],
  ['10.0.0.4/31', '10.0.0.6', false],
  ['10.0.0.4/32', '10.0.0.4', true],
  ['0.0.0.0/0', '192.0.2.1', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['::1/128', '::1', true],
];
for (const [network, address, inside] of ROWS)
  test(`${address} is ${inside ? '' : 'not '}in ${network}`, () => {
    const { octets } = readAddress(address);
    const parsed = parseNetwork(network);
    assert.equal(parsed?.width, octets.length);
    assert.equal(parsed?.contains(Uint8Array.of(9, ...octets), 1), inside);
  });

for (const text of ['', '10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/x', 'a/8', '10.0.0.0/-1'])
  test(`${JSON.stringify(text)} is no network`, () => assert.equal(parseNetwork(text), undefined));
