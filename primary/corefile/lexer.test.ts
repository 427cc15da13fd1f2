import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTokens, sameLine, type Token } from './lexer.ts';

const cases: readonly { name: string; text: string; tokens: readonly string[] }[] = [
  { name: 'empty text', text: '', tokens: [] },
  { name: 'blanks only', text: ' \t\r\n\v\f\n', tokens: [] },
  { name: 'lines count from 1', text: 'a b\nc\n\nd', tokens: ['1:a', '1:b', '2:c', '4:d'] },
  { name: 'one leading byte order mark is dropped', text: '\uFEFFa', tokens: ['1:a'] },
  { name: 'a second byte order mark is a character', text: '\uFEFF\uFEFFa', tokens: ['1:\uFEFFa'] },
  { name: 'a byte order mark does not separate', text: 'a\uFEFFb', tokens: ['1:a\uFEFFb'] },
  {
    name: 'any Unicode white space separates',
    text: 'a\u00A0b\u0085c\u2003d\u3000e\u2028f',
    tokens: ['1:a', '1:b', '1:c', '1:d', '1:e', '1:f'],
  },
  { name: 'a zero-width space does not', text: 'a\u200Bb', tokens: ['1:a\u200Bb'] },
  { name: 'a carriage return does not even separate', text: 'a\rb\r\nc', tokens: ['1:ab', '2:c'] },
  { name: 'a carriage return alone is nothing', text: '\r', tokens: [] },
  { name: 'quotes keep blanks', text: '"a b" c', tokens: ['1:a b', '1:c'] },
  { name: 'quotes keep a comment sign', text: '"a # b"', tokens: ['1:a # b'] },
  { name: 'quotes keep a carriage return', text: '"a\r\nb"', tokens: ['1:a\r\nb'] },
  { name: 'a line break in quotes counts', text: '"a\nb" c\nd', tokens: ['1:a\nb', '2:c', '3:d'] },
  { name: 'an escaped quote', text: '"a\\"b"', tokens: ['1:a"b'] },
  { name: 'no other escape', text: '"a\\nb\\\\c"', tokens: ['1:a\\nb\\\\c'] },
  { name: 'a backslash in front of a backslash does not escape it', text: '"a\\\\" b', tokens: ['1:a\\\\', '1:b'] },
  { name: 'an escaped line break keeps its backslash and counts', text: '"a\\\nb" c', tokens: ['1:a\\\nb', '2:c'] },
  { name: 'the token ends at the closing quote', text: '"a""b"c', tokens: ['1:a', '1:b', '1:c'] },
  { name: 'an empty quoted token', text: 'a "" b', tokens: ['1:a', '1:', '1:b'] },
  { name: 'a quote inside a word is literal', text: 'a"b c"d', tokens: ['1:a"b', '1:c"d'] },
  { name: 'an unterminated quote takes the rest', text: 'a "b\n}\n', tokens: ['1:a', '1:b\n}\n'] },
  { name: 'an unterminated quote with nothing behind it', text: 'a "', tokens: ['1:a'] },
  { name: 'an unterminated quote loses a last backslash', text: '"a\\', tokens: ['1:a'] },
  { name: 'a backslash outside quotes is ordinary', text: 'a\\b \\"c', tokens: ['1:a\\b', '1:\\"c'] },
  { name: 'a comment line', text: '# a b\nc', tokens: ['2:c'] },
  { name: 'a comment behind a blank goes to the end of the line', text: 'a # b c\nd', tokens: ['1:a', '2:d'] },
  { name: 'a comment glued to a word ends at the next blank', text: 'whoami#this is', tokens: ['1:whoami', '1:is'] },
  { name: 'a glued comment at the end of a line', text: 'whoami#this\nis', tokens: ['1:whoami', '2:is'] },
  { name: 'a quote in a comment opens nothing', text: '# "a\nb"', tokens: ['2:b"'] },
  { name: 'a comment at the end without a line break', text: 'a #', tokens: ['1:a'] },
  { name: 'braces alone are tokens', text: '{ } {}', tokens: ['1:{', '1:}', '1:{}'] },
  { name: 'glued braces are words', text: '{foo a{ };', tokens: ['1:{foo', '1:a{', '1:};'] },
  { name: 'characters beyond the first plane', text: '𝒳𝒴 🐟', tokens: ['1:𝒳𝒴', '1:🐟'] },
];

describe('readTokens', () => {
  for (const { name, text, tokens } of cases) {
    it(name, () => {
      const read = readTokens(text, 'Corefile');
      assert.deepEqual(
        read.map((token) => `${token.line}:${token.text}`),
        tokens,
      );
      assert.ok(read.every((token) => token.file === 'Corefile'));
      assert.ok(read.every((token) => token.breaks === token.text.split('\n').length - 1));
    });
  }
});

describe('sameLine', () => {
  const token = (line: number, breaks = 0, file = 'a'): Token => ({ file, line, breaks, text: 'x' });
  const rows: readonly { name: string; token: Token; next: Token; same: boolean }[] = [
    { name: 'the same line', token: token(3), next: token(3), same: true },
    { name: 'the next line', token: token(3), next: token(4), same: false },
    { name: 'behind a token of three lines', token: token(3, 2), next: token(5), same: true },
    { name: 'the line that a token of three lines began on', token: token(3, 2), next: token(3), same: false },
    { name: 'the same line of another file', token: token(3), next: token(3, 0, 'b'), same: false },
  ];
  for (const row of rows) it(row.name, () => assert.equal(sameLine(row.token, row.next), row.same));
});
