// Every folder of the first and second level says what it is for, briefly; links lead somewhere.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { FILES, foldersOf, PROGRAM, ROOT, read, TOP_FOLDERS } from './tree.ts';

/** A page that is read before the code is; more belongs beside the code. */
const MAX_LINES = 40;

/** Every folder that needs a README.md, of the first and second level. */
const FOLDERS = TOP_FOLDERS.flatMap((top) => [top, ...foldersOf(top).map((folder) => `${top}/${folder}`)]);

describe('README.md', () => {
  for (const folder of FOLDERS) {
    test(`of ${folder}`, () => {
      const file = `${folder}/README.md`;
      assert.ok(FILES.includes(file), `${file} is missing`);
      const lines = read(file).trimEnd().split('\n');
      assert.ok(lines[0].startsWith('# '), `${file} begins with a heading`);
      assert.ok(lines.length <= MAX_LINES, `${file} has ${lines.length} lines, ${MAX_LINES} at most`);
    });
  }

  for (const section of ['May import', 'Start reading']) {
    test(`says: ${section}`, () => {
      const ofCode = FOLDERS.filter((folder) => PROGRAM.some((file) => file.startsWith(`${folder}/`)));
      const silent = ofCode
        .map((folder) => `${folder}/README.md`)
        .filter((file) => {
          return FILES.includes(file) && !new RegExp(section, 'i').test(read(file));
        });
      assert.deepEqual(silent, []);
    });
  }
});

describe('pages', () => {
  const pages = FILES.filter((file) => file.endsWith('.md'));

  test('links to files lead to files', () => {
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  test('are at the places where readers look first', () => {
    for (const page of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE'])
      assert.ok(FILES.includes(page), page);
  });

  const links: { name: string; text: string; want: string[] }[] = [
    { name: 'a file', text: 'see [a](b/c.ts)', want: ['b/c.ts'] },
    { name: 'an anchor in a file', text: '[a](b.md#c)', want: ['b.md'] },
    { name: 'an anchor in the page itself', text: '[a](#c)', want: [] },
    { name: 'the web', text: '[a](https://example.org/b)', want: [] },
    { name: 'code', text: '`[a](b)` and\n```\n[c](d)\n```\n', want: [] },
  ];
  for (const row of links) test(`a link: ${row.name}`, () => assert.deepEqual(linksOf(row.text), row.want));
});

/** Targets of links to files. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target.split('#')[0]);
  return targets.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
