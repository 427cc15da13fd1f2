// Protobuf off the wire: numbers, texts, messages, and everything that ends too early.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, varint } from '../../testing/protobuf.ts';
import { ProtobufError } from './error.ts';
import { lengthTag, Reader, varintTag } from './reader.ts';

const open = (...parts: readonly (Buffer | readonly number[])[]): Reader => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return new Reader().open(bytes, 0, bytes.length);
};

describe('numbers', () => {
  const rows = [0, 1, 127, 128, 300, 65535, 2 ** 31 - 1, -1, -128, -(2 ** 31)];
  for (const value of rows)
    it(`${value}`, () => {
      const reader = open(varint(value), [9]);
      assert.equal(reader.integer(), value);
      assert.equal(reader.integer(), 9);
    });

  it('true is anything but 0, however many bits it has', () => {
    assert.equal(open(varint(0)).flag(), false);
    assert.equal(open(varint(1)).flag(), true);
    assert.equal(open(varint(2 ** 40)).flag(), true);
    assert.equal(open([0x80, 0x00]).flag(), false);
  });
});

describe('texts', () => {
  const rows: Record<string, string> = {
    'an empty one': '',
    'a short one': 'web',
    'a long one': 'x'.repeat(300),
    'one that is not ASCII': 'wéb → 中 😀',
    'a long one that is not ASCII': 'é'.repeat(100),
  };
  for (const [name, text] of Object.entries(rows))
    it(name, () => {
      const octets = Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);
      const reader = open(octets, octets, [7]);
      assert.equal(reader.text(), text);
      assert.equal(reader.word(), text);
      assert.equal(reader.integer(), 7);
    });

  it('octets that are no UTF-8 are replaced, as everywhere', () =>
    assert.equal(open([2, 0xff, 0x41]).text(), '\ufffdA'));
});

describe('messages', () => {
  it('fields by tag, others skipped, to the end of the inner and of the outer one', () => {
    const inner = Buffer.concat([field(9, Buffer.from('?')), field(1, Buffer.from('in'))]);
    const reader = open(
      [0x08, 0x96, 0x01],
      [0x11, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x1d, 1, 2, 3, 4],
      field(4, inner),
      field(5, Buffer.from('out')),
    );
    const seen: string[] = [];
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === lengthTag(4)) {
        const outer = reader.enter();
        for (let within = reader.tag(); within !== 0; within = reader.tag())
          if (within === lengthTag(1)) seen.push(reader.text());
          else reader.skip(within);
        reader.leave(outer);
      } else if (tag === lengthTag(5)) seen.push(reader.text());
      else reader.skip(tag);
    assert.deepEqual(seen, ['in', 'out']);
  });

  it('an inner message that is left early is passed over', () => {
    const reader = open(field(1, Buffer.from('never read')), field(2, Buffer.from('read')));
    reader.tag();
    reader.leave(reader.enter());
    assert.equal(reader.tag(), lengthTag(2));
    assert.equal(reader.text(), 'read');
  });

  it('a field number of 29 bits', () => {
    const reader = open(varint(536870911 * 8 + 2), [0]);
    assert.equal(reader.tag() >>> 3, 536870911);
  });

  it('tags', () => assert.deepEqual([lengthTag(1), varintTag(1), lengthTag(18)], [10, 8, 146]));
});

describe('what is refused', () => {
  const read = (reader: Reader): void => {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) reader.skip(tag);
  };
  const rows: { name: string; octets: readonly number[]; message: string }[] = [
    { name: 'a tag that does not end', octets: [0x80], message: 'protobuf: a field ends after its message' },
    { name: 'a length without its octets', octets: [10, 5, 1], message: 'protobuf: a field ends after its message' },
    { name: 'no length', octets: [10], message: 'protobuf: a field ends after its message' },
    {
      name: 'a length of 64 bits',
      octets: [10, 0x81, 0x80, 0x80, 0x80, 0x80, 0x01, 0],
      message: 'protobuf: a field ends after its message',
    },
    {
      name: 'a negative length',
      octets: [10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      message: 'protobuf: a field ends after its message',
    },
    {
      name: '8 octets that are 7',
      octets: [9, 1, 2, 3, 4, 5, 6, 7],
      message: 'protobuf: a field ends after its message',
    },
    { name: '4 octets that are 3', octets: [13, 1, 2, 3], message: 'protobuf: a field ends after its message' },
    { name: 'field 0', octets: [0x02, 0], message: 'protobuf: a field without a number' },
    {
      name: 'a tag of more than 32 bits',
      octets: [0x8a, 0x80, 0x80, 0x80, 0x10, 0],
      message: 'protobuf: a field without a number',
    },
    { name: 'a group', octets: [0x0b, 0x0c], message: 'protobuf: wire type 3' },
    { name: 'an end of a group', octets: [0x0c], message: 'protobuf: wire type 4' },
    { name: 'a wire type that does not exist', octets: [0x0f], message: 'protobuf: wire type 7' },
    {
      name: 'a number of eleven octets',
      octets: [8, ...new Array<number>(10).fill(0x80), 1],
      message: 'protobuf: a number of more than 64 bits',
    },
  ];
  for (const { name, octets, message } of rows)
    it(name, () => {
      assert.throws(
        () => read(open(octets)),
        (error: unknown) =>
          error instanceof ProtobufError && error.code === 'ERR_API_STREAM' && error.message === message,
      );
    });

  it('an inner message that ends after the outer one', () => {
    const reader = open(field(1, Buffer.from([10, 9, 1])), Buffer.alloc(20));
    reader.tag();
    reader.enter();
    assert.throws(() => read(reader), ProtobufError);
  });

  it('a window that is not in its buffer', () => {
    for (const [from, to] of [
      [-1, 2],
      [2, 1],
      [0, 5],
    ])
      assert.throws(() => new Reader().open(Buffer.alloc(4), from, to), ProtobufError);
  });
});
