// Length-prefixed messages out of streams that are cut anywhere (RFC 7766 §8).

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { FrameReader, frame } from './framing.ts';

function readAll(chunks: Uint8Array[]): Buffer[] {
  const reader = new FrameReader();
  const messages: Buffer[] = [];
  for (const chunk of chunks) {
    reader.push(chunk, 0, (length) => {
      messages.push(Buffer.from(reader.buffer.subarray(0, length)));
      return true;
    });
  }
  return messages;
}

const framed = (...messages: Buffer[]): Buffer =>
  Buffer.concat(messages.map((message) => frame(message, 0, message.length)));

describe('FrameReader', () => {
  const a = Buffer.alloc(20, 1);
  const b = Buffer.alloc(700, 2);
  const rows: [string, Uint8Array[], Buffer[]][] = [
    ['one message in one chunk', [framed(a)], [a]],
    ['two messages in one chunk', [framed(a, b)], [a, b]],
    ['octet by octet', [...framed(a, b)].map((octet) => Uint8Array.of(octet)), [a, b]],
    ['a length of 0 is passed over', [Buffer.concat([Buffer.of(0, 0), framed(a)])], [a]],
    ['a frame without room for a header is passed over', [framed(Buffer.alloc(11), a)], [a]],
    ['the largest message', [framed(Buffer.alloc(65_535, 3))], [Buffer.alloc(65_535, 3)]],
    ['an unfinished message is none', [framed(a).subarray(0, 21)], []],
  ];
  for (const [name, chunks, expected] of rows) it(name, () => assert.deepEqual(readAll(chunks), expected));

  it('stops where the receiver wants and says how far it came', () => {
    const reader = new FrameReader();
    const chunk = framed(a, b);
    assert.equal(
      reader.push(chunk, 0, () => false),
      22,
    );
    assert.equal(reader.partial, false);
    assert.equal(
      reader.push(chunk, 22, () => true),
      chunk.length,
    );
  });

  it('any cut of any messages gives the same messages', () => {
    for (let round = 0; round < 200; round++) {
      const messages = Array.from({ length: randomInt(1, 6) }, () => randomBytes(randomInt(12, 3000)));
      const stream = framed(...messages);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = randomInt(1, 900);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(readAll(chunks), messages);
    }
  });
});
