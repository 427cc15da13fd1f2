import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigError } from '#plugins/contract.ts';
import { builtInCorefile, loadCorefileText } from './corefile-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-cli-'));
after(() => rmSync(folder, { recursive: true }));

const BLOCK = '. {\n    whoami\n}\n';
const missing = join(folder, 'missing');
const given = file('given', BLOCK);
const directory = join(folder, 'directory');
const loop = join(folder, 'loop');
mkdirSync(directory);
symlinkSync(loop, loop);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(conf: string | undefined, path = missing): { file: string; text: string } {
  return loadCorefileText({ conf, port: 1053 }, { stdin: 0, path });
}

describe('a Corefile that is found', () => {
  const rows = [
    { name: '-conf wins', conf: given, path: file('other', 'other {\n}\n'), want: { file: given, text: BLOCK } },
    {
      name: 'then ./Corefile, called Corefile in messages',
      conf: undefined,
      path: given,
      want: { file: 'Corefile', text: BLOCK },
    },
    { name: 'then the built-in one', conf: undefined, path: missing, want: builtInCorefile(1053) },
  ];
  for (const { name, conf, path, want } of rows) it(name, () => assert.deepEqual(load(conf, path), want));
});

it('the built-in Corefile answers whoami on the default port', () => {
  assert.deepEqual(builtInCorefile(53), { file: 'Corefile', text: '.:53 {\n    whoami\n    log\n}\n' });
});

describe('a file without a token counts as none', () => {
  const rows = [
    { name: 'empty', text: '' },
    { name: 'blank', text: ' \t\r\n\n\u00a0\u0085\n' },
    { name: 'only a byte order mark', text: '\ufeff' },
    { name: 'only comments', text: '# one\n   # two { }\n\r\n#three' },
  ];
  for (const [index, { name, text }] of rows.entries()) {
    it(name, () => assert.deepEqual(load(file(`empty-${index}`, text)), builtInCorefile(1053)));
    it(`${name}, as ./Corefile`, () =>
      assert.deepEqual(load(undefined, file(`empty-${index}`, text)), builtInCorefile(1053)));
  }
});

describe('a file with any token is taken as it is', () => {
  for (const [index, text] of ['whoami', '# comment\n.', '""', '}', '{$NOTHING}'].entries()) {
    it(JSON.stringify(text), () => assert.equal(load(file(`token-${index}`, text)).text, text));
  }
});

describe('errors', () => {
  const rows = [
    {
      name: 'missing',
      conf: missing,
      path: missing,
      error: `loading Caddyfile via flag: open ${missing}: no such file or directory`,
    },
    {
      name: 'a directory',
      conf: directory,
      path: missing,
      error: `loading Caddyfile via flag: read ${directory}: is a directory`,
    },
    {
      name: 'below a file',
      conf: join(given, 'x'),
      path: missing,
      error: `loading Caddyfile via flag: open ${join(given, 'x')}: not a directory`,
    },
    {
      name: 'a link to itself',
      conf: loop,
      path: missing,
      error: `loading Caddyfile via flag: open ${loop}: too many levels of symbolic links`,
    },
    {
      name: './Corefile is a directory',
      conf: undefined,
      path: directory,
      error: 'loading Caddyfile via default: read Corefile: is a directory',
    },
  ];
  for (const { name, conf, path, error } of rows) {
    it(name, () => {
      assert.throws(
        () => load(conf, path),
        (thrown) => thrown instanceof ConfigError && thrown.message === error,
      );
    });
  }
});

describe('-conf stdin', () => {
  const program = `
    import { loadCorefileText } from '#primary/cli/corefile-source.ts';
    console.log(JSON.stringify(loadCorefileText({ conf: 'stdin', port: 53 }, { stdin: 0, path: '${missing}' })));`;
  const rows = [
    { name: 'reads the pipe', input: BLOCK, want: { file: '/dev/stdin', text: BLOCK } },
    { name: 'an empty pipe counts as no file', input: '', want: builtInCorefile(53) },
  ];
  for (const { name, input, want } of rows) {
    it(name, () => {
      const options = { input, cwd: import.meta.dirname, encoding: 'utf8' } as const;
      const text = execFileSync(process.execPath, ['--input-type=module', '-e', program], options);
      assert.deepEqual(JSON.parse(text), want);
    });
  }

  it('without a pipe looks for ./Corefile', () => {
    const stdin = openSync('/dev/null', 'r');
    assert.deepEqual(loadCorefileText({ conf: 'stdin', port: 53 }, { stdin, path: given }), {
      file: 'Corefile',
      text: BLOCK,
    });
    closeSync(stdin);
  });

  it('reads a redirected file', () => {
    const stdin = openSync(given, 'r');
    assert.deepEqual(loadCorefileText({ conf: 'stdin', port: 53 }, { stdin, path: missing }), {
      file: '/dev/stdin',
      text: BLOCK,
    });
    closeSync(stdin);
  });
});
