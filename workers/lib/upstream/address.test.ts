import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPort, isLocated, locate, targetKey, upstreamAddress } from './address.ts';

const rows: readonly [address: string, port: number, text: string][] = [
  ['10.0.0.1', 53, '10.0.0.1:53'],
  ['::1', 5353, '[::1]:5353'],
  ['fe80::1%eth0', 53, '[fe80::1%eth0]:53'],
];
for (const [address, port, text] of rows) {
  test(text, () => {
    assert.equal(hostPort(address, port), text);
    assert.deepEqual(upstreamAddress(address, port), { address, port, text });
  });
}

const NAMED = { name: 'dns.test.', port: 853, text: 'dns.test.:853' };

test('a name is no place yet', () => {
  assert.equal(isLocated(NAMED), false);
  assert.equal(isLocated(locate(NAMED, '10.0.0.1')), true);
  assert.deepEqual(locate(NAMED, '::1'), { address: '::1', port: 853, text: '[::1]:853' });
});

test('transport and certificate name stay with every address', () => {
  const { secure, serverName } = locate({ ...NAMED, secure: 'tls', serverName: 'other.test' }, '10.0.0.1');
  assert.deepEqual([secure, serverName], ['tls', 'other.test']);
});

test('upstreams are the same by place, transport and certificate name', () => {
  const plain = upstreamAddress('10.0.0.1', 853);
  const targets = [plain, { ...plain, secure: 'tls' as const }, { ...plain, secure: 'tls' as const, serverName: 'a' }];
  assert.equal(new Set(targets.map(targetKey)).size, 3);
  assert.equal(targetKey(plain), targetKey({ ...plain }));
});
