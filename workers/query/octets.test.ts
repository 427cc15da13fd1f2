import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moveOctets } from './octets.ts';

describe('octets are moved', () => {
  for (const length of [0, 1, 50, 127, 128, 129, 500])
    it(`${length} of them, and no others`, () => {
      const bytes = Uint8Array.from({ length: 1200 }, (_, i) => i % 251);
      const want = Uint8Array.from(bytes);
      want.set(bytes.subarray(3, 3 + length), 650);
      moveOctets(bytes, 650, 3, length);
      assert.deepEqual(bytes, want);
    });
});
