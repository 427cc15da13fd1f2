// Addresses with dashes: every text that the reference takes for one, and no other.

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { formatAddress, readAddress } from '#native/address.ts';
import { readDashed } from './dashed.ts';

const to = new Uint8Array(16);

function read(text: string): string {
  const bytes = new TextEncoder().encode(`..${text}..`);
  const length = readDashed(bytes, 2, text.length, to);
  return length === 0 ? 'none' : formatAddress(to, 0, length === 4 ? 4 : 6, 0);
}

/** The rule in plain words: three single dashes are dots, otherwise dashes are colons; then it must be an address. */
function model(text: string): string {
  const dots = text.split('-').length === 4 && !text.includes('--');
  const address = text.replaceAll('-', dots ? '.' : ':');
  if (isIP(address) === 0) return 'none';
  const { octets, family } = readAddress(address);
  return formatAddress(octets, 0, family, 0);
}

describe('readDashed', () => {
  const rows: [text: string, want: string][] = [
    ['10-244-1-11', '10.244.1.11'],
    ['0-0-0-0', '0.0.0.0'],
    ['255-255-255-255', '255.255.255.255'],
    ['256-1-1-1', 'none'],
    ['300-2-3-4', 'none'],
    ['01-2-3-4', 'none'],
    ['1-2-3', 'none'],
    ['1-2-3-4-5', 'none'],
    ['1-2-3-', 'none'],
    ['-1-2-3', 'none'],
    ['1-2-3-0x4', 'none'],
    ['1-2-3-a', 'none'],
    ['fd00--1', 'fd00::1'],
    ['fd00-10-244--12', 'fd00:10:244::12'],
    ['--1', '::1'],
    ['--', '::'],
    ['1--', '1::'],
    ['1-2-3-4-5-6-7-8', '1:2:3:4:5:6:7:8'],
    ['1-2-3-4-5-6-7--', '1:2:3:4:5:6:7:0'],
    ['--2-3-4-5-6-7-8', '0:2:3:4:5:6:7:8'],
    ['1-2-3-4-5-6-7-8-9', 'none'],
    ['1-2-3-4--5-6-7-8', 'none'],
    ['1-2-3-4-5-6-7-8--', 'none'],
    ['1--2--3', 'none'],
    ['---', 'none'],
    ['-', 'none'],
    ['fd00-', 'none'],
    ['12345--', 'none'],
    ['g--', 'none'],
    ['--ffff-102-304', '1.2.3.4'],
    ['x', 'none'],
    ['fd00--1.2', 'none'],
  ];
  for (const [text, want] of rows)
    it(text, () => {
      assert.equal(read(text), want);
      assert.equal(model(text), want);
    });

  it('agrees with the rule in plain words about random texts', () => {
    const pieces = ['-', '--', '-', '0', '1', '12', '255', '256', 'f', 'fd00', 'ffff', '01', 'g', '10'];
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + random(16) }, () => pieces[random(pieces.length)]).join('');
      assert.equal(read(text), model(text), text);
    }
  });
});
