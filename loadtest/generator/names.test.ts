import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NamesError } from '#loadtest/errors.ts';
import { decodeName } from '#wire/name.ts';
import { loadNames, parseNames, type Question } from './names.ts';
import { seeded } from './testing/seeded.ts';

function say({ name, type }: Question): string {
  return `${decodeName(name)} ${type}`;
}

describe('names that are read', () => {
  const rows: { name: string; text: string; want: string[] }[] = [
    { name: 'one line', text: 'example.org A\n', want: ['example.org. 1'] },
    { name: 'no line end', text: 'example.org A', want: ['example.org. 1'] },
    { name: 'a final dot', text: 'example.org. AAAA', want: ['example.org. 28'] },
    { name: 'line ends of DOS', text: 'a A\r\nb SRV\r\n', want: ['a. 1', 'b. 33'] },
    { name: 'tabs and blanks', text: '  a\t \tPTR  ', want: ['a. 12'] },
    { name: 'types in lower case', text: 'a mx', want: ['a. 15'] },
    { name: 'types by number (RFC 3597)', text: 'a TYPE65280\nb type1', want: ['a. 65280', 'b. 1'] },
    { name: 'the root', text: '. NS', want: ['. 2'] },
    { name: 'upper case stays', text: 'WwW.Example A', want: ['WwW.Example. 1'] },
    { name: 'empty lines and comments', text: '\n# one\n ; two\n\na A\n#', want: ['a. 1'] },
    { name: 'the same twice', text: 'a A\na A', want: ['a. 1', 'a. 1'] },
  ];
  for (const { name, text, want } of rows) it(name, () => assert.deepEqual(parseNames('f', text).map(say), want));
});

describe('mistakes name file and line', () => {
  const rows = [
    { name: 'no type', text: 'a A\nb', message: 'f:2 - expected "NAME TYPE", got "b"' },
    { name: 'too many words', text: 'a IN A', message: 'f:1 - expected "NAME TYPE", got "a IN A"' },
    {
      name: 'an unknown type',
      text: '\n\na B',
      message: 'f:3 - unknown type "B"; allowed are A, AAAA, SRV, … and TYPE0 to TYPE65535',
    },
    {
      name: 'a type number too large',
      text: 'a TYPE65536',
      message: 'f:1 - unknown type "TYPE65536"; allowed are A, AAAA, SRV, … and TYPE0 to TYPE65535',
    },
    { name: 'an empty label', text: 'a..b A', message: 'f:1 - empty label in name: a..b' },
    {
      name: 'a label too long',
      text: `${'x'.repeat(64)} A`,
      message: `f:1 - label is longer than 63 octets: ${'x'.repeat(64)}`,
    },
    { name: 'nothing', text: '', message: 'f: no name in it; allowed are lines such as "example.org A"' },
    { name: 'only comments', text: '# a A\n', message: 'f: no name in it; allowed are lines such as "example.org A"' },
  ];
  for (const { name, text, message } of rows)
    it(name, () =>
      assert.throws(
        () => parseNames('f', text),
        (error) => error instanceof NamesError && error.message === message,
      ),
    );
});

it('loads a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-names-'));
  writeFileSync(join(folder, 'names'), 'a A\n');
  assert.deepEqual(loadNames(join(folder, 'names')).map(say), ['a. 1']);
  rmSync(folder, { recursive: true });
});

it('a file that is not there', () =>
  assert.throws(() => loadNames('/nowhere/names'), /^NamesError: names file: ENOENT.*\/nowhere\/names/));

it('fuzz: any text gives questions or a NamesError', () => {
  const random = seeded(0xf11e);
  const pieces = ['a', '.', '\\', '\\255', '\n', ' ', 'A', 'TYPE', '9', '\t', '#', '\u00e9', '\0', 'x'.repeat(70)];
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join('');
    try {
      for (const { name, type } of parseNames('f', text)) assert.ok(name.length <= 255 && type <= 65_535);
    } catch (error) {
      assert.ok(error instanceof NamesError, `${JSON.stringify(text)}: ${error}`);
    }
  }
});
