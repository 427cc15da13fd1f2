// The manners of every file, and that each of them finds what it is for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MANNERS } from './manners.ts';
import { FILES, read, TOP_FOLDERS } from './tree.ts';

/** Bytes, not text. */
const BINARY = /\.(png|ico|gz|bin|woff2)$/;
/** Holds examples of what is refused. */
const EXAMPLES = 'ops/checks/manners.test.ts';

describe('every file', () => {
  const texts = FILES.filter((file) => !BINARY.test(file) && file !== EXAMPLES).map((file) => ({
    file,
    text: read(file),
  }));

  for (const { name, files, offence } of MANNERS) {
    test(name, () => {
      const found = texts
        .filter(({ file }) => files.test(file))
        .map(({ file, text }) => ({ file, what: offence(text) }));
      assert.deepEqual(
        found.filter(({ what }) => what !== '').map(({ file, what }) => `${file}: ${what}`),
        [],
      );
    });
  }

  test('has a name in kebab case', () => {
    // A plugin's folder is called like its directive, k8s_external for one.
    const named = FILES.filter((file) => {
      const path = file.replace(/^workers\/plugins\/[a-z0-9_]+\//, 'workers/plugins/');
      return file.endsWith('.ts') && !/^([a-z0-9-]+\/)+[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/.test(path);
    });
    assert.deepEqual(named, []);
  });

  test('says what it is for: no utils, common, helpers or index', () => {
    assert.deepEqual(
      FILES.filter((file) => /(^|\/)(utils?|common|helpers?|misc|index)(\/|\.ts$)/.test(file)),
      [],
    );
  });

  test('stands in a folder with a purpose', () => {
    const tops = new Set(FILES.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    const strangers = [...tops].filter((top) => !TOP_FOLDERS.some((known) => known === top) && !top.startsWith('.'));
    assert.deepEqual(strangers, []);
  });
});

describe('found', () => {
  const rows: { name: string; manner: string; text: string }[] = [
    { name: 'a default export', manner: 'exports have names', text: 'export default 1;' },
    { name: 'a renamed default export', manner: 'exports have names', text: 'export { a as default };' },
    { name: 'a parameter', manner: 'no any', text: 'function f(a: any): void {}' },
    { name: 'a cast', manner: 'no any', text: 'const a = b as any;' },
    { name: 'an array', manner: 'no any', text: 'const a: any[] = [];' },
    { name: 'a type argument', manner: 'no any', text: 'const a = new Map<string, any>();' },
    { name: 'a union', manner: 'no any', text: 'type A = string | any;' },
    { name: 'ts-ignore', manner: 'no exemption from the compiler or the linter', text: '// @ts-ignore' },
    { name: 'biome-ignore', manner: 'no exemption from the compiler or the linter', text: '// biome-ignore lint: why' },
    { name: 'an enum', manner: 'types are erasable', text: 'export const enum A {}' },
    { name: 'a to-do', manner: 'nothing is left to be done later', text: '// TODO: later' },
    { name: 'a path', manner: 'no path of a developer’s machine', text: "open('/work/main/a')" },
    { name: 'a home', manner: 'no path of a developer’s machine', text: '/home/me/src' },
    { name: 'a registry', manner: 'no host of a package registry', text: 'https://registry.npmjs.org/koffi' },
    { name: 'a registry of one’s own', manner: 'no host of a package registry', text: 'registry=https://mirror.test/' },
    {
      name: 'an address in the lock file',
      manner: 'no address in the lock file',
      text: '"resolved": "https://mirror.test/a.tgz",',
    },
    { name: 'a token', manner: 'no credential', text: '//mirror.test/:_authToken=x' },
    { name: 'a key', manner: 'no credential', text: '-----BEGIN EC PRIVATE KEY-----' },
    { name: 'a blank at the end', manner: 'no blank at the end of a line', text: 'a \n' },
    { name: 'a long file', manner: 'no more than 500 lines', text: '\n'.repeat(501) },
    { name: 'no comment', manner: 'a file opens with a comment', text: "import './a.ts';\n" },
    { name: 'a long comment', manner: 'a file opens with a comment', text: '// a\n// b\n// c\n// d\n\n' },
    { name: 'no line break', manner: 'a file ends with a line break', text: 'a' },
  ];
  for (const row of rows) {
    test(`${row.manner}: ${row.name}`, () => assert.notEqual(offenceOf(row.manner, row.text), ''));
  }

  test('every manner has an example', () => {
    assert.deepEqual(
      MANNERS.map(({ name }) => name).filter((name) => !rows.some(({ manner }) => manner === name)),
      [],
    );
  });
});

describe('passed over', () => {
  const rows: { name: string; manner: string; text: string }[] = [
    { name: 'a default value', manner: 'exports have names', text: 'export const port = 53; // the default' },
    { name: 'the word in prose', manner: 'no any', text: '// as any other server would' },
    { name: 'the word in a docstring', manner: 'no any', text: ' * of types, any of them' },
    { name: 'a name that begins so', manner: 'no any', text: 'const a: anything = 1;' },
    { name: 'the plugin of that name', manner: 'no any', text: "const a = ['any', 'acl'];" },
    { name: 'the word in a text', manner: 'no any', text: "test('refused, any method', () => 1);" },
    { name: 'the word Todo in a name', manner: 'nothing is left to be done later', text: 'const mastodon = 1;' },
    {
      name: 'a folder of the repository',
      manner: 'no path of a developer’s machine',
      text: '../work/a primary/root/a',
    },
    { name: 'another registry', manner: 'no host of a package registry', text: 'image: registry.k8s.io/coredns' },
    { name: 'a linked package', manner: 'no address in the lock file', text: '"resolved": "file:loadtest",' },
    { name: '500 lines', manner: 'no more than 500 lines', text: '\n'.repeat(500) },
    { name: 'three lines of comment', manner: 'a file opens with a comment', text: '// a\n// b\n// c\n\n' },
    { name: 'a program', manner: 'a file opens with a comment', text: '#!/usr/bin/env node\n// a\n\n' },
  ];
  for (const row of rows) {
    test(`${row.manner}: ${row.name}`, () => assert.equal(offenceOf(row.manner, row.text), ''));
  }
});

function offenceOf(name: string, text: string): string {
  const manner = MANNERS.find((each) => each.name === name);
  assert.ok(manner !== undefined, name);
  return manner.offence(text);
}
