import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamAddress } from '#workers/lib/upstream/address.ts';
import { asksItself, type OwnListener } from './own.ts';

const everywhere = (port: number): OwnListener => ({ address: '', port });

const rows: readonly [
  name: string,
  resolver: [address: string, port: number],
  listener: OwnListener,
  expected: boolean,
][] = [
  ['loopback', ['127.0.0.1', 53], everywhere(53), true],
  ['another loopback address', ['127.0.0.53', 53], everywhere(53), true],
  ['loopback by IPv6', ['::1', 53], everywhere(53), true],
  ['another port', ['127.0.0.1', 5353], everywhere(53), false],
  ['another machine', ['192.0.2.1', 53], everywhere(53), false],
  ['the address that is bound', ['192.0.2.1', 53], { address: '192.0.2.1', port: 53 }, true],
  ['another address than the one that is bound', ['127.0.0.1', 53], { address: '192.0.2.1', port: 53 }, false],
  ['bound to all of IPv4', ['127.0.0.1', 53], { address: '0.0.0.0', port: 53 }, true],
];
for (const [name, [address, port], listener, expected] of rows) {
  test(name, () =>
    assert.equal(asksItself([upstreamAddress('192.0.2.77', 53), upstreamAddress(address, port)], [listener]), expected),
  );
}

test('no listener', () => assert.equal(asksItself([upstreamAddress('127.0.0.1', 53)], []), false));
test('the resolvers of the system can be asked about', () =>
  assert.equal(typeof asksItself([], [everywhere(53)]), 'boolean'));
