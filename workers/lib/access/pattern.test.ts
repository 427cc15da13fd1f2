import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, countGroups, PatternError } from './pattern.ts';

interface Row {
  readonly name: string;
  readonly pattern: string;
  readonly yes?: readonly string[];
  readonly no?: readonly string[];
  readonly groups?: readonly string[];
}

const ROWS: readonly Row[] = [
  { name: 'a dot and captures', pattern: '(.*)\\.legacy\\.local', yes: ['a.b.legacy.local.'], groups: ['a.b'] },
  { name: 'named groups of both spellings', pattern: '(?P<a>x)(?<b>y)', yes: ['xy'], groups: ['x', 'y'] },
  { name: 'anchors', pattern: '\\Aab\\z', yes: ['ab'], no: ['aab', 'abb'] },
  { name: 'POSIX classes', pattern: '^[[:alpha:]_][[:digit:]]$', yes: ['a1', '_2'], no: ['11'] },
  { name: 'a closing bracket first in a class', pattern: '^[]a]+$', yes: [']a'], no: ['b'] },
  { name: 'a negated class with a bracket', pattern: '^[^]]$', yes: ['a'], no: [']'] },
  { name: 'an opening bracket in a class', pattern: '^[[]$', yes: ['['] },
  { name: 'case folded for the whole pattern', pattern: '(?i)^a[b-d]e$', yes: ['ABE', 'ace'], no: ['aee'] },
  { name: 'case folded within a group', pattern: '^(?i:a)b$', yes: ['Ab', 'ab'], no: ['AB'] },
  { name: 'a flag ends with its group', pattern: '^((?i)a)b$', yes: ['Ab'], no: ['AB'], groups: ['A'] },
  { name: 'a flag switched off', pattern: '(?i)^a(?-i:b)$', yes: ['Ab'], no: ['AB'] },
  { name: 'folded POSIX class', pattern: '(?i)^[[:lower:]]$', yes: ['A'] },
  { name: 'a literal brace', pattern: '^{a}x{2}$', yes: ['{a}xx'] },
  { name: 'quoted text', pattern: '^\\Qa.b+\\E$', yes: ['a.b+'], no: ['axb+'] },
  { name: 'escaped punctuation', pattern: '^a\\-b\\_\\:\\/$', yes: ['a-b_:/'] },
  { name: 'an escaped dash in a class', pattern: '^[a\\-z]$', yes: ['-'], no: ['b'] },
  { name: 'hexadecimal escapes', pattern: '^\\x41\\x{42}$', yes: ['AB'] },
  { name: 'a stray closing bracket', pattern: '^a]$', yes: ['a]'] },
  { name: 'unanchored', pattern: 'b', yes: ['abc'] },
];
for (const row of ROWS)
  test(`compilePattern: ${row.name}`, () => {
    const pattern = compilePattern(row.pattern);
    for (const text of row.yes ?? []) assert.ok(pattern.test(text), `${text} should match ${pattern}`);
    for (const text of row.no ?? []) assert.ok(!pattern.test(text), `${text} should not match ${pattern}`);
    assert.equal(countGroups(pattern), row.groups?.length ?? 0);
    if (row.groups !== undefined) assert.deepEqual([...(pattern.exec(row.yes?.[0] ?? '') ?? [])].slice(1), row.groups);
  });

const REFUSED: readonly (readonly [pattern: string, message: RegExp])[] = [
  ['(?=a)', /^error parsing regexp: invalid or unsupported Perl syntax: `\(\?=`$/],
  ['(?<!a)b', /^error parsing regexp: invalid or unsupported Perl syntax: `\(\?<`$/],
  ['(a)\\1', /^error parsing regexp: invalid escape sequence: `\\1`$/],
  ['(a', /^error parsing regexp: /],
  ['a)', /^error parsing regexp: /],
  ['[a', /^error parsing regexp: missing closing \]: `\[a`$/],
  ['a**', /^error parsing regexp: /],
  ['a\\', /^error parsing regexp: trailing backslash/],
  ['[[:nope:]]', /^error parsing regexp: invalid character class range/],
];
for (const [pattern, message] of REFUSED)
  test(`compilePattern refuses ${pattern}`, () => {
    assert.throws(
      () => compilePattern(pattern),
      (error) => error instanceof PatternError && message.test(error.message),
    );
  });

test('a pattern that backtracks exponentially still comes to an end', () => {
  const pattern = compilePattern('(?i)^(([a-z]+)+\\.)+x$');
  assert.equal(pattern.test(`${'a'.repeat(200)}!`), false);
});
