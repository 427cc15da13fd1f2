import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPort, upstreamAddress } from './address.ts';

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
