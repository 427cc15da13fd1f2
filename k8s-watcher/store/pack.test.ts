// Values survive being packed; shared texts are counted.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '#wire/address.ts';
import { Dictionary } from './dictionary.ts';
import { PackReader, PackWriter } from './pack.ts';

const ADDRESSES: readonly Address[] = [0, 0x0a600001, -1, '', '\0\xff'.repeat(8)];

describe('a pack', () => {
  it('gives every value back in its order', () => {
    const dictionary = new Dictionary();
    const writer = new PackWriter(dictionary);
    writer.number(0);
    writer.shared('http');
    writer.number(127);
    writer.text('web');
    writer.number(128);
    for (const address of ADDRESSES) writer.address(address);
    writer.shared('tcp');
    writer.number(2 ** 31 - 1);
    writer.text('bücher €');
    writer.text('');
    const reader = new PackReader(writer.finish(), dictionary);
    assert.equal(reader.number(), 0);
    assert.equal(reader.shared(), 'http');
    assert.equal(reader.number(), 127);
    assert.equal(reader.text(), 'web');
    assert.equal(reader.number(), 128);
    for (const address of ADDRESSES) assert.equal(reader.address(), address);
    assert.equal(reader.shared(), 'tcp');
    assert.equal(reader.number(), 2 ** 31 - 1);
    assert.equal(reader.text(), 'bücher €');
    assert.equal(reader.text(), '');
  });

  it('grows with what is put into it', () => {
    const dictionary = new Dictionary();
    const writer = new PackWriter(dictionary);
    const text = 'x'.repeat(100_000);
    writer.text(text);
    for (let i = 0; i < 5000; i++) writer.number(i);
    const reader = new PackReader(writer.finish(), dictionary);
    assert.equal(reader.text(), text);
    for (let i = 0; i < 5000; i++) assert.equal(reader.number(), i);
  });

  it('is equal for equal values, and its characters are octets', () => {
    const dictionary = new Dictionary();
    const writer = new PackWriter(dictionary);
    const pack = (): string => {
      writer.shared('a');
      writer.address(-56);
      return writer.finish();
    };
    const first = pack();
    assert.equal(pack(), first);
    assert.ok([...first].every((char) => char.charCodeAt(0) < 256));
  });
});

describe('Dictionary', () => {
  it('knows a text once', () => {
    const dictionary = new Dictionary();
    assert.equal(dictionary.add('a'), dictionary.add('a'));
    assert.notEqual(dictionary.add('a'), dictionary.add('b'));
    assert.equal(dictionary.size, 2);
  });

  it('forgets a text with its last use, and gives its number away again', () => {
    const dictionary = new Dictionary();
    const id = dictionary.add('a');
    dictionary.add('a');
    dictionary.release(id);
    assert.equal(dictionary.text(id), 'a');
    dictionary.release(id);
    assert.equal(dictionary.size, 0);
    assert.equal(dictionary.add('b'), id);
    assert.equal(dictionary.text(id), 'b');
  });
});
