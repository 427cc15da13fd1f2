import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEADER_BYTES } from './constants.ts';
import { copyRdata, firstRdataName, rdataLengthAt, rdataNames } from './rdata.ts';

/** Name `a.` stands at offset 12, the RDATA behind it at 15. */
function withName(hex: string): { bytes: Uint8Array; at: number; length: number } {
  const rdata = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const bytes = new Uint8Array(HEADER_BYTES + 3 + rdata.length);
  bytes.set([1, 0x61, 0], HEADER_BYTES);
  bytes.set(rdata, HEADER_BYTES + 3);
  return { bytes, at: HEADER_BYTES + 3, length: rdata.length };
}

const rows: readonly { name: string; type: number; hex: string; names: number; plain: string | null }[] = [
  { name: 'A has no names', type: 1, hex: 'c00c0001', names: 0, plain: 'c00c0001' },
  { name: 'a type above 127', type: 257, hex: '00 05 c00c', names: 0, plain: '0005c00c' },
  { name: 'CNAME', type: 5, hex: 'c00c', names: 1, plain: '016100' },
  { name: 'MX', type: 15, hex: '000a 016d c00c', names: 1, plain: '000a016d016100' },
  {
    name: 'SOA',
    type: 6,
    hex: `016d c00c c00c ${'01'.repeat(20)}`,
    names: 2,
    plain: `016d016100016100${'01'.repeat(20)}`,
  },
  { name: 'SRV', type: 33, hex: '0001 0002 0003 c00c', names: 1, plain: '000100020003016100' },
  { name: 'NAPTR', type: 35, hex: '0001 0002 0153 00 0232 33 c00c', names: 1, plain: '0001000201530002 3233 016100' },
  {
    name: 'RRSIG keeps what stands behind the name',
    type: 46,
    hex: `${'02'.repeat(18)} c00c aabb`,
    names: 1,
    plain: `${'02'.repeat(18)}016100aabb`,
  },
  { name: 'HTTPS', type: 65, hex: '0001 00 0001 0002 6832', names: 1, plain: '000100000100026832' },
  { name: 'no RDATA at all', type: 5, hex: '', names: 1, plain: '' },
  { name: 'MX that ends before its name', type: 15, hex: '000a', names: 1, plain: null },
  { name: 'CNAME with half a pointer', type: 5, hex: 'c0', names: 1, plain: null },
  { name: 'CNAME that points ahead', type: 5, hex: 'c0ff', names: 1, plain: null },
  { name: 'SOA without its second name', type: 6, hex: 'c00c', names: 2, plain: null },
  { name: 'NAPTR whose strings run over the end', type: 35, hex: '0001 0002 ff53', names: 1, plain: null },
];

describe('names in RDATA', () => {
  for (const row of rows) {
    test(row.name, () => {
      const { bytes, at, length } = withName(row.hex);
      const plain = row.plain?.replaceAll(' ', '');
      assert.equal(rdataNames(row.type), row.names);
      assert.equal(rdataLengthAt(bytes, 0, row.type, at, length), plain === undefined ? -1 : plain.length / 2);
      if (plain === undefined) return;
      const copy = new Uint8Array(100);
      const written = copyRdata(bytes, 0, row.type, at, length, copy, 3);
      assert.equal(Buffer.from(copy.subarray(3, 3 + written)).toString('hex'), plain);
    });
  }

  test('the first name is found behind the fixed octets', () => {
    const { bytes, at, length } = withName('0001 0002 0153 00 0232 33 c00c');
    assert.equal(firstRdataName(bytes, 35, at, length), at + 10);
    assert.equal(firstRdataName(bytes, 15, at, 2), 0);
  });
});
