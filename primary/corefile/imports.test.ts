import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { configMessage, openFolder, parseText, picture } from './testing.ts';

const folder = openFolder({
  Corefile: '',
  'sub/plugins': 'whoami\nimport deeper\n',
  'sub/deeper': 'any\n',
  'sub/bad.srv': 'whoami\nfoo\n',
  'conf.d/20-b.server': 'b.org {\n whoami\n}\n',
  'conf.d/10-a.server': 'a.org {\n any\n}\n',
  'snippets.conf': '(shared) {\n minimal\n}\n',
  'properties.conf': 'success 10\ndenial 20\n',
  'keys.conf': 'one.org two.org\n',
  'env.conf': 'log {$WHO}\n',
  'self.conf': 'import self.conf\n',
  'wide.conf': 'import wide.conf\nimport wide.conf\n',
  'ping.conf': 'import pong.conf\n',
  'pong.conf': 'import ping.conf\n',
  empty: '',
  'folder/x': '',
});
symlinkSync('nowhere', join(folder.path, 'dangling'));
after(folder.remove);

const file = join(folder.path, 'Corefile');
const env = { WHO: 'me', SNIPPET: 'common', FILE: 'sub/plugins' };
const limits = { snippets: 100, files: 100, tokens: 10_000 };

function blocks(text: string): string[] {
  return parseText(text, { file, env, limits }).blocks.map(picture);
}

const accepted: readonly { name: string; text: string; blocks: readonly string[] }[] = [
  {
    name: 'a snippet in a block',
    text: '(common) {\n errors\n log\n}\n. {\n import common\n whoami\n}',
    blocks: ['dns://.:53 | errors | log | whoami'],
  },
  {
    name: 'a snippet in a property block',
    text: '(sizes) {\n success 10\n denial 20\n}\n. {\n cache 30 {\n import sizes\n prefetch 1\n }\n}',
    blocks: ['dns://.:53 | cache 30 { success 10; denial 20; prefetch 1 }'],
  },
  {
    name: 'a snippet of whole blocks',
    text: '(all) {\n a {\n any\n }\n b {\n }\n}\nimport all\nc {\n}',
    blocks: ['dns://a.:53 | any', 'dns://b.:53', 'dns://c.:53'],
  },
  {
    name: 'a snippet in a snippet',
    text: '(in) {\n errors\n}\n(out) {\n log\n import in\n any\n}\n. {\n import out\n whoami\n}',
    blocks: ['dns://.:53 | log | errors | any | whoami'],
  },
  {
    name: 'a snippet that begins with an import, in a property block',
    text: '(in) {\n success 10\n}\n(out) {\n import in\n}\n. {\n cache {\n import out\n }\n}',
    blocks: ['dns://.:53 | cache { success 10 }'],
  },
  {
    name: 'a snippet twice',
    text: '(c) {\n log a\n}\n. {\n import c\n import c\n}',
    blocks: ['dns://.:53 | log a | log a'],
  },
  {
    name: 'a snippet in a body without braces',
    text: '(c) {\n any\n}\na\nimport c\nlog',
    blocks: ['dns://a.:53 | any | log'],
  },
  { name: 'an empty snippet', text: '(c) {\n}\n. {\n import c\n any\n}', blocks: ['dns://.:53 | any'] },
  {
    name: 'a snippet of keys behind a comma',
    text: '(k) {\n one two,\n}\na,\nimport k\nb {\n}',
    blocks: ['dns://a.:53 dns://one.:53 dns://two.:53 dns://b.:53'],
  },
  { name: 'a snippet without a name', text: '() {\n any\n}\n. {\n whoami\n}', blocks: ['dns://.:53 | whoami'] },
  {
    name: 'a snippet with a property block',
    text: '(c) {\n forward . 1.1.1.1 {\n max_fails 3\n }\n}\n. {\n import c\n any\n}',
    blocks: ['dns://.:53 | forward . 1.1.1.1 { max_fails 3 } | any'],
  },
  {
    name: 'the environment is put in where a snippet is used',
    text: '(c) {\n log {$WHO}\n}\n. {\n import {$SNIPPET}\n}\n'.replace('(c)', '(common)'),
    blocks: ['dns://.:53 | log me'],
  },
  { name: 'two keys in parentheses are no snippet', text: '(a) (b) {\n}', blocks: ['dns://(a).:53 dns://(b).:53'] },
  {
    name: 'a file, and a file relative to it',
    text: '. {\n import sub/plugins\n log\n}',
    blocks: ['dns://.:53 | whoami | any | log'],
  },
  { name: 'a file named by the environment', text: '. {\n import {$FILE}\n}', blocks: ['dns://.:53 | whoami | any'] },
  {
    name: 'a file named by an absolute path',
    text: `. {\n import ${folder.path}/sub/deeper\n}`,
    blocks: ['dns://.:53 | any'],
  },
  {
    name: 'a file of properties',
    text: '. {\n cache {\n import properties.conf\n }\n}',
    blocks: ['dns://.:53 | cache { success 10; denial 20 }'],
  },
  { name: 'a file with variables', text: '. {\n import env.conf\n}', blocks: ['dns://.:53 | log me'] },
  {
    name: 'a file with snippets',
    text: 'import snippets.conf\n. {\n import shared\n}',
    blocks: ['dns://.:53 | minimal'],
  },
  {
    name: 'a file of keys',
    text: 'import keys.conf\n{\n any\n}',
    blocks: ['dns://one.org.:53 dns://two.org.:53 | any'],
  },
  { name: 'an empty file', text: '. {\n import empty\n any\n}', blocks: ['dns://.:53 | any'] },
  { name: 'an empty file at the top', text: 'import empty\na {\n}', blocks: ['dns://a.:53'] },
  {
    name: 'files by a glob in lexical order',
    text: 'import conf.d/*.server\n. {\n}',
    blocks: ['dns://a.org.:53 | any', 'dns://b.org.:53 | whoami', 'dns://.:53'],
  },
  { name: 'a glob without a match', text: 'import conf.d/*.nope\n. {\n}', blocks: ['dns://.:53'] },
  {
    name: 'a snippet wins over a file',
    text: '(empty) {\n any\n}\n. {\n import empty\n}',
    blocks: ['dns://.:53 | any'],
  },
  {
    name: 'import in the middle of a line is a word',
    text: '. {\n log import nope\n}',
    blocks: ['dns://.:53 | log import nope'],
  },
  {
    name: 'import in the middle of the keys is a zone',
    text: 'a import {\n}',
    blocks: ['dns://a.:53 dns://import.:53'],
  },
];

const error = (line: number, message: string): string => `${file}:${line} - Error during parsing: ${message}`;

const refused: readonly { name: string; text: string; message: string }[] = [
  {
    name: 'no argument',
    text: '. {\n import\n}',
    message: error(2, "Wrong argument count or unexpected line ending after 'import'"),
  },
  {
    name: 'two arguments',
    text: '(c) {\n}\n. {\n import c x\n}',
    message: error(4, 'Import takes only one argument (glob pattern or file)'),
  },
  {
    name: 'a brace behind the argument',
    text: '(c) {\n}\n. {\n import c }',
    message: error(4, 'Import takes only one argument (glob pattern or file)'),
  },
  {
    name: 'empty after substitution',
    text: '. {\n import {$NOPE}\n}',
    message: error(2, 'Import requires a non-empty filepath'),
  },
  {
    name: 'a missing file',
    text: '. {\n import nope.conf\n}',
    message: error(2, 'File to import not found: nope.conf'),
  },
  {
    name: 'a snippet that comes later',
    text: '. {\n import late\n}\n(late) {\n}',
    message: error(2, 'File to import not found: late'),
  },
  {
    name: 'a folder',
    text: 'import folder\n',
    message: error(1, `Could not import ${folder.path}/folder: is a directory`),
  },
  {
    name: 'a link that leads nowhere',
    text: 'import dangling\n',
    message: error(
      1,
      `Could not import ${folder.path}/dangling: open ${folder.path}/dangling: no such file or directory`,
    ),
  },
  {
    name: 'two stars',
    text: 'import */*.conf\n',
    message: error(1, `Glob pattern may only contain one wildcard (*), but has others: ${folder.path}/*/*.conf`),
  },
  {
    name: 'two question marks',
    text: 'import ??\n',
    message: error(1, `Glob pattern may only contain one wildcard (*), but has others: ${folder.path}/??`),
  },
  {
    name: 'a character class',
    text: 'import [ab]\n',
    message: error(1, `Glob pattern may only contain one wildcard (*), but has others: ${folder.path}/[ab]`),
  },
  {
    name: 'an open character class',
    text: 'import a[b\n',
    message: error(1, 'Failed to use import pattern a[b: syntax error in pattern'),
  },
  {
    name: 'a mistake in an imported file',
    text: '. {\n import sub/bad.srv\n}',
    message: `${folder.path}/sub/bad.srv:2 - Error during parsing: Unknown directive 'foo'`,
  },
  {
    name: 'a snippet that imports itself',
    text: '(a) {\n any\n import a\n}\n. {\n}',
    message: error(4, 'maximum snippet import depth (10000) exceeded'),
  },
  {
    name: 'a snippet that imports itself by a variable',
    text: '(common) {\n import {$SNIPPET}\n}\n. {\n}',
    message: error(3, 'maximum snippet import depth (10000) exceeded'),
  },
  {
    name: 'snippets that import each other',
    text: '(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}',
    message: error(5, 'maximum snippet import depth (10000) exceeded'),
  },
  {
    name: 'a file that imports itself',
    text: '. {\n import self.conf\n}',
    message: `${folder.path}/self.conf:1 - Error during parsing: maximum file import depth (10000) exceeded`,
  },
  {
    name: 'a file that imports itself twice',
    text: '. {\n import wide.conf\n}',
    message: `${folder.path}/wide.conf:1 - Error during parsing: maximum file import depth (10000) exceeded`,
  },
  {
    name: 'files that import each other',
    text: 'import ping.conf',
    message: `${folder.path}/pong.conf:1 - Error during parsing: maximum file import depth (10000) exceeded`,
  },
];

describe('import', () => {
  for (const row of accepted) it(row.name, () => assert.deepEqual(blocks(row.text), row.blocks));
});

describe('import errors', () => {
  for (const { name, text, message } of refused)
    it(name, () =>
      assert.equal(
        configMessage(() => blocks(text)),
        message,
      ),
    );
});

describe('import limits', () => {
  it('as many snippets as allowed', () => {
    const text = `(c) {\n log\n}\n. {\n${' import c\n'.repeat(100)}}`;
    assert.equal(parseText(text, { limits }).blocks[0].directives.get('log')?.length, 100);
  });

  it('one snippet more', () => {
    const text = `(c) {\n log\n}\n. {\n${' import c\n'.repeat(101)}}`;
    assert.match(
      configMessage(() => parseText(text, { limits })),
      /^Corefile:105 - .*maximum snippet import depth/,
    );
  });

  it('one file more', () => {
    const text = `. {\n${' import empty\n'.repeat(101)}}`;
    assert.match(
      configMessage(() => blocks(text)),
      /Corefile:102 - .*maximum file import depth \(10000\) exceeded$/,
    );
  });

  it('the limits of the reference end a circle of files soon', () => {
    assert.match(
      configMessage(() => parseText('import self.conf', { file })),
      /maximum file import depth \(10000\) exceeded$/,
    );
  });

  it('a circle that grows ends at the number of tokens', () => {
    const text = `(a) {\n log ${'x '.repeat(500)}\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}`;
    assert.match(
      configMessage(() => parseText(text, { limits })),
      /maximum number of imported tokens \(10000\) exceeded$/,
    );
  });
});

describe('import warnings and files', () => {
  it('a glob without a match is reported', () => {
    const warnings: string[] = [];
    parseText('import conf.d/*.nope\n. {\n}', { file, warn: (line) => warnings.push(line) });
    assert.deepEqual(warnings, ['No files matching import glob pattern: conf.d/*.nope']);
  });

  it('all files are named once, in the order of their first use', () => {
    const text = '. {\n import sub/plugins\n import sub/deeper\n}\nimport conf.d/*.server\n';
    const names = ['sub/plugins', 'sub/deeper', 'conf.d/10-a.server', 'conf.d/20-b.server'];
    assert.deepEqual(parseText(text, { file }).files, [file, ...names.map((name) => join(folder.path, name))]);
  });
});
