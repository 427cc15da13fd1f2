import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { expandGlob, hasTooManyWildcards, isGlob } from './glob.ts';
import { openFolder } from './testing.ts';

const folder = openFolder({
  'b.conf': '',
  'a.conf': '',
  '.hidden.conf': '',
  'a+b(1).conf': '',
  'x1/zone': '',
  'x2/zone': '',
  'x3/other': '',
  'line\nbreak': '',
});
symlinkSync('nowhere', join(folder.path, 'dangling'));
after(folder.remove);

const cases: readonly { name: string; pattern: string; paths: readonly string[] }[] = [
  { name: 'a plain path', pattern: 'a.conf', paths: ['a.conf'] },
  { name: 'a missing path', pattern: 'c.conf', paths: [] },
  { name: 'a path through a file', pattern: 'a.conf/b', paths: [] },
  {
    name: 'a star, in lexical order and with hidden files',
    pattern: '*.conf',
    paths: ['.hidden.conf', 'a+b(1).conf', 'a.conf', 'b.conf'],
  },
  { name: 'a question mark is one character', pattern: '?.conf', paths: ['a.conf', 'b.conf'] },
  { name: 'a star among folders', pattern: 'x*/zone', paths: ['x1/zone', 'x2/zone'] },
  { name: 'both', pattern: 'x?/*', paths: ['x1/zone', 'x2/zone', 'x3/other'] },
  { name: 'a star does not cross a slash', pattern: '*zone', paths: [] },
  { name: 'other characters are literal', pattern: 'a+b(?).conf', paths: ['a+b(1).conf'] },
  { name: 'a dot is literal', pattern: '*-conf', paths: [] },
  { name: 'a star in a missing folder', pattern: 'nope/*', paths: [] },
  { name: 'a star in a file', pattern: 'a.conf/*', paths: [] },
  { name: 'a link that leads nowhere exists', pattern: 'dang*', paths: ['dangling'] },
  { name: 'a name with a line break', pattern: 'line*', paths: ['line\nbreak'] },
  { name: 'doubled slashes', pattern: 'x1//zone', paths: ['x1/zone'] },
];

describe('expandGlob', () => {
  for (const { name, pattern, paths } of cases) {
    it(name, () =>
      assert.deepEqual(
        expandGlob(`${folder.path}/${pattern}`),
        paths.map((path) => join(folder.path, path)),
      ),
    );
  }
});

describe('wildcards', () => {
  const rows: readonly { pattern: string; glob: boolean; tooMany: boolean }[] = [
    { pattern: '/a/b', glob: false, tooMany: false },
    { pattern: '/a/*', glob: true, tooMany: false },
    { pattern: '/?/*', glob: true, tooMany: false },
    { pattern: '/*/*', glob: true, tooMany: true },
    { pattern: '/a??', glob: true, tooMany: true },
    { pattern: '/a[bc]', glob: true, tooMany: true },
    { pattern: '/a[b', glob: true, tooMany: false },
    { pattern: '/ab]', glob: true, tooMany: false },
  ];
  for (const { pattern, glob, tooMany } of rows) {
    it(pattern, () => assert.deepEqual([isGlob(pattern), hasTooManyWildcards(pattern)], [glob, tooMany]));
  }
});
