// Addresses of objects: the short way for IPv4 says the same as the long one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { octetsOf } from '#wire/address.ts';
import { parseAddress, parseQuad, quadText, readQuad, textOf } from './address.ts';

describe('addresses', () => {
  const rows: { text: string; octets: readonly number[] | undefined; quad: boolean }[] = [
    { text: '10.96.0.1', octets: [10, 96, 0, 1], quad: true },
    { text: '0.0.0.0', octets: [0, 0, 0, 0], quad: true },
    { text: '255.255.255.255', octets: [255, 255, 255, 255], quad: true },
    { text: '1.2.3', octets: undefined, quad: false },
    { text: '1.2.3.4.5', octets: undefined, quad: false },
    { text: '1.2.3.', octets: undefined, quad: false },
    { text: '.1.2.3', octets: undefined, quad: false },
    { text: '1..2.3', octets: undefined, quad: false },
    { text: '256.1.1.1', octets: undefined, quad: false },
    { text: '1.1.1.999', octets: undefined, quad: false },
    { text: '01.1.1.1', octets: undefined, quad: false },
    { text: '1.1.1.00', octets: undefined, quad: false },
    { text: ' 1.1.1.1', octets: undefined, quad: false },
    { text: '１.1.1.1', octets: undefined, quad: false },
    { text: '1.1.1.1\u0000', octets: undefined, quad: false },
    { text: '', octets: undefined, quad: false },
    { text: '1.2.3.4.5.6.7.8.9', octets: undefined, quad: false },
    { text: 'fd00::1', octets: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], quad: false },
    { text: '::ffff:192.0.2.1', octets: [192, 0, 2, 1], quad: false },
    { text: 'fe80::1%eth0', octets: undefined, quad: false },
  ];
  for (const { text, octets, quad } of rows)
    it(JSON.stringify(text), () => {
      const found = parseAddress(text);
      assert.deepEqual(found === undefined ? undefined : [...octetsOf(found)], octets);
      assert.equal(parseQuad(text) !== undefined, quad);
      if (found !== undefined && !text.includes('ffff')) assert.equal(textOf(found), text);
    });

  it('the short way reads a window and nothing around it', () => {
    const bytes = Buffer.from('9910.0.0.1234');
    assert.equal(readQuad(bytes, 2, 10), 0x0a000001);
    assert.equal(readQuad(bytes, 0, bytes.length), undefined);
  });

  it('every octet in every place', () => {
    for (let octet = 0; octet < 256; octet++)
      for (let place = 0; place < 4; place++) {
        const want = [1, 2, 3, 4].map((value, index) => (index === place ? octet : value));
        const address = parseQuad(want.join('.')) ?? 0;
        assert.deepEqual([...octetsOf(address)], want);
        assert.equal(quadText(address, '-'), want.join('-'));
      }
  });
});
