// JSON lists taken apart while they come, and watches by line.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamError } from './events.ts';
import { ItemSplitter } from './items.ts';
import { LineSplitter } from './lines.ts';

function split(text: string, limit?: number): { items: unknown[]; envelope: unknown } {
  const splitter = new ItemSplitter(limit);
  const items: unknown[] = [];
  splitter.push(Buffer.from(text), (item) => items.push(JSON.parse(item)));
  return { items, envelope: splitter.end() };
}

describe('ItemSplitter', () => {
  const rows: { name: string; text: string; items: unknown[]; envelope: unknown }[] = [
    {
      name: 'a list as the server writes it',
      text: '{"kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[{"a":1},{"b":[{"c":{}}]}]}\n',
      items: [{ a: 1 }, { b: [{ c: {} }] }],
      envelope: { kind: 'ServiceList', metadata: { resourceVersion: '7' }, items: [] },
    },
    {
      name: 'spaces everywhere, metadata at the end',
      text: ' { "items" : [ { "a" : 1 } ,\n { } ] , "metadata" : { "items" : [ 1 ] } } ',
      items: [{ a: 1 }, {}],
      envelope: { items: [], metadata: { items: [1] } },
    },
    { name: 'an empty list', text: '{"items":[],"x":[1,[2]]}', items: [], envelope: { items: [], x: [1, [2]] } },
    { name: 'no list at all', text: '{"items":null}', items: [], envelope: { items: null } },
    {
      name: 'brackets, quotes and backslashes in texts',
      text: '{"x":"]}[\\"{","items":[{"a":"}]\\\\"},{"b":"\\"}","ü":"\\u007b€"}]}',
      items: [{ a: '}]\\' }, { b: '"}', ü: '{€' }],
      envelope: { x: ']}["{', items: [] },
    },
    {
      name: 'items of something else',
      text: '{"x":{"items":[{"a":1}]}}',
      items: [],
      envelope: { x: { items: [{ a: 1 }] } },
    },
  ];
  for (const { name, text, items, envelope } of rows) {
    it(name, () => assert.deepEqual(split(text), { items, envelope }));
    it(`${name}, an octet at a time`, () => {
      const splitter = new ItemSplitter();
      const found: unknown[] = [];
      for (const octet of Buffer.from(text))
        splitter.push(Uint8Array.of(octet), (item) => found.push(JSON.parse(item)));
      assert.deepEqual({ items: found, envelope: splitter.end() }, { items, envelope });
    });
  }

  const broken: { name: string; text: string; limit?: number; message: RegExp }[] = [
    { name: 'nothing', text: '', message: /ends before its end/ },
    { name: 'a list that is cut within an item', text: '{"items":[{"a":', message: /ends before its end/ },
    { name: 'a list that is cut between items', text: '{"items":[{"a":1},', message: /ends before its end/ },
    { name: 'no JSON', text: '<html>no</html>', message: /the list is not JSON: <html>no/ },
    {
      name: 'an item that is too large',
      text: '{"items":[{"a":"0123456789"}]}',
      limit: 8,
      message: /an item of a list is larger than 8 octets/,
    },
    {
      name: 'too much around the items',
      text: `{"x":"${'x'.repeat(1 << 20)}"}`,
      message: /more than 1048576 octets around/,
    },
  ];
  for (const { name, text, limit, message } of broken)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => split(text, limit),
        (error: unknown) => error instanceof StreamError && message.test(error.message),
      ));
});

describe('LineSplitter', () => {
  const lines = (chunks: readonly string[], limit?: number): string[] => {
    const found: string[] = [];
    const splitter = new LineSplitter(limit);
    for (const chunk of chunks) splitter.push(Buffer.from(chunk), (line) => found.push(line));
    return found;
  };
  const rows: { name: string; chunks: string[]; want: string[] }[] = [
    { name: 'lines in one chunk', chunks: ['a\nb\n'], want: ['a', 'b'] },
    { name: 'a line in many chunks', chunks: ['a', 'b', 'c\nd', '\n'], want: ['abc', 'd'] },
    { name: 'empty lines are passed over', chunks: ['\n\na\n', '\n'], want: ['a'] },
    { name: 'what has no end yet is not told', chunks: ['a\nb'], want: ['a'] },
  ];
  for (const { name, chunks, want } of rows) it(name, () => assert.deepEqual(lines(chunks), want));

  it('letters that are cut in two', () => {
    const found: string[] = [];
    const splitter = new LineSplitter();
    for (const octet of Buffer.from('zoë €\n')) splitter.push(Uint8Array.of(octet), (line) => found.push(line));
    assert.deepEqual(found, ['zoë €']);
  });

  for (const chunks of [['0123456789\n'], ['01234', '56789\n'], ['0123456789']])
    it(`a line that is too long: ${chunks.length} chunks, ${chunks.join('').length} octets`, () =>
      assert.throws(() => lines(chunks, 8), { name: 'StreamError', message: 'a watch event is larger than 8 octets' }));
});
