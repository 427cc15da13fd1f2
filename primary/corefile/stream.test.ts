import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTokens } from './lexer.ts';
import { TokenStream } from './stream.ts';

function open(text: string): TokenStream {
  return new TokenStream(readTokens(text, 'Corefile'), 'Corefile');
}

describe('TokenStream', () => {
  it('stays on the last token at the end', () => {
    const stream = open('a');
    assert.equal(stream.next(), true);
    assert.equal(stream.next(), false);
    assert.ok(stream.is('a'));
  });

  it('stands on nothing at line 0 before the first token', () => {
    assert.deepEqual(open('').current, { file: 'Corefile', line: 0, breaks: 0, text: '' });
    assert.equal(open('a').nextArgument(), false);
  });

  it('takes an argument only from the same line', () => {
    const stream = open('a b\nc');
    stream.next();
    assert.equal(stream.nextArgument(), true);
    assert.equal(stream.nextArgument(), false);
    assert.ok(stream.is('b'));
  });

  it('gives a token again that was read too far', () => {
    const stream = open('a b\nc');
    stream.next();
    stream.next();
    stream.back();
    assert.ok(stream.is('a'));
    stream.next();
    assert.ok(stream.is('b'));
    assert.equal(stream.onNewLine, false);
    stream.next();
    assert.equal(stream.onNewLine, true);
  });

  it('puts inserted tokens between the mark and the rest', () => {
    const stream = open('a\nimport x\nb');
    stream.next();
    stream.next();
    const mark = stream.mark;
    stream.next();
    stream.insert(readTokens('one two', 'x'), mark);
    assert.ok(stream.is('a'));
    const rest: string[] = [];
    while (stream.next()) rest.push(`${stream.current.text}${stream.onNewLine ? '!' : ''}`);
    assert.deepEqual(rest, ['one!', 'two', 'b!']);
  });

  it('takes a jump to a line further up for a new line', () => {
    const stream = open('\n\n\na\nimport x');
    stream.next();
    stream.next();
    const mark = stream.mark;
    stream.next();
    stream.insert(readTokens('\nsnippet', 'Corefile'), mark);
    stream.next();
    assert.equal(stream.onNewLine, true);
  });
});
