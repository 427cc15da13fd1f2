// Texts that come again: the same text, whatever else is in the table.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Words } from './words.ts';

function read(words: Words, text: string): string {
  const bytes = Buffer.from(`<${text}>`);
  return words.read(bytes, 1, bytes.length - 1);
}

describe('words', () => {
  const rows: Record<string, string> = {
    'an empty one': '',
    'a key': 'kubernetes.io/service-name',
    'a long one': 'x'.repeat(65),
    'one as long as is kept': 'y'.repeat(64),
    'one that is not ASCII': 'é',
  };
  for (const [name, text] of Object.entries(rows))
    it(name, () => {
      const words = new Words();
      assert.equal(read(words, text), text);
      assert.equal(read(words, text), text);
    });

  it('100,000 different ones push each other out and stay right', () => {
    const words = new Words();
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 50_000; i++) assert.equal(read(words, `label-${i * 7919}`), `label-${i * 7919}`);
  });

  it('texts of one length that differ in one octet', () => {
    const words = new Words();
    for (let code = 33; code < 127; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      assert.equal(read(words, text), text);
      assert.equal(read(words, 'a!b'), 'a!b');
    }
  });
});
