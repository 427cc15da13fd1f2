import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handler } from '../../chain/handler.ts';
import { ChainRunner } from '../../testing/case.ts';
import { readReverse } from './reverse.ts';

const ONE = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.';

const ROWS: readonly (readonly [name: string, address: string])[] = [
  ['4.3.2.1.in-addr.arpa.', '1.2.3.4'],
  ['255.0.0.255.IN-Addr.ARPA.', '255.0.0.255'],
  ['0.0.0.0.in-addr.arpa.', '0.0.0.0'],
  [ONE, '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1'],
  [ONE.toUpperCase(), '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1'],
  ['256.3.2.1.in-addr.arpa.', ''],
  ['04.3.2.1.in-addr.arpa.', ''],
  ['1000.3.2.1.in-addr.arpa.', ''],
  ['a.3.2.1.in-addr.arpa.', ''],
  ['-1.3.2.1.in-addr.arpa.', ''],
  ['3.2.1.in-addr.arpa.', ''],
  ['5.4.3.2.1.in-addr.arpa.', ''],
  ['4.3.2.1.in-addr.example.', ''],
  ['4.3.2.1.ip6.arpa.', ''],
  [ONE.slice(2), ''],
  [`0.${ONE}`, ''],
  [ONE.replace('1.', 'g.'), ''],
  [ONE.replace('1.', '11.'), ''],
  [ONE.replace('ip6', 'ip4'), ''],
  ['in-addr.arpa.', ''],
  ['.', ''],
];
for (const [name, address] of ROWS)
  test(`${name} is ${address === '' ? 'no address' : address}`, () => {
    const to = new Uint8Array(16);
    let length = -1;
    const look: Handler = {
      serve(query) {
        length = readReverse(query, to);
        return 0;
      },
    };
    new ChainRunner([look]).ask({ name, type: 'PTR' });
    assert.equal(to.slice(0, length).join('.'), address);
  });
