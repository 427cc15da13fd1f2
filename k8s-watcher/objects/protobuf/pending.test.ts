// Octets between chunks: nothing lost, nothing copied that need not be.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pending } from './pending.ts';

const shown = ({ bytes, from, to }: Pending): string => bytes.toString('latin1', from, to);

describe('pending octets', () => {
  it('a chunk is read where it lies', () => {
    const pending = new Pending();
    const chunk = Uint8Array.of(65, 66, 67, 68).subarray(1, 3);
    pending.push(chunk);
    assert.equal(shown(pending), 'BC');
    assert.equal(pending.bytes.buffer, chunk.buffer);
  });

  it('what is left over comes before the next chunk', () => {
    const pending = new Pending();
    pending.push(Buffer.from('abcdef'));
    pending.from += 4;
    pending.push(Buffer.from('ghi'));
    assert.equal(shown(pending), 'efghi');
    pending.from += 5;
    assert.equal(pending.length, 0);
    pending.push(Buffer.from('jk'));
    assert.equal(shown(pending), 'jk');
  });

  it('the chunk that was left over may change afterwards', () => {
    const pending = new Pending();
    const first = Buffer.from('abc');
    pending.push(first);
    pending.push(Buffer.from('def'));
    first.fill(0);
    assert.equal(shown(pending), 'abcdef');
  });

  for (const size of [1, 7, 1000, 5000, 40_000])
    it(`chunks of ${size} octets, whatever is read of them`, () => {
      const pending = new Pending();
      let state = 5;
      let [written, read] = [0, 0];
      for (let round = 0; round < 300; round++) {
        const chunk = Buffer.from(Array.from({ length: size }, (_, i) => (written + i) & 255));
        pending.push(chunk);
        written += size;
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const take = Math.min(pending.length, (state >>> 8) % (2 * size + 1));
        for (let i = 0; i < take; i += Math.max(1, take >> 4))
          assert.equal(pending.bytes[pending.from + i], (read + i) & 255);
        pending.from += take;
        read += take;
        assert.equal(pending.length, written - read);
      }
    });

  it('a large buffer is given back when it is empty', () => {
    const pending = new Pending();
    pending.push(Buffer.alloc(1 << 20));
    pending.push(Buffer.alloc(1 << 20));
    const large = pending.bytes;
    pending.from = pending.to;
    pending.push(Buffer.from('a'));
    pending.push(Buffer.from('b'));
    assert.equal(shown(pending), 'ab');
    assert.ok(pending.bytes.length < large.length);
  });
});
