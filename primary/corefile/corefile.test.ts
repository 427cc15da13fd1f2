import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCorefile, readHashInput } from './corefile.ts';
import { configMessage, openFolder, parseText, picture } from './testing.ts';

describe('default', () => {
  const rows: readonly { name: string; text: string }[] = [
    { name: 'empty text', text: '' },
    { name: 'comments only', text: '# nothing\n\n# here' },
    { name: 'snippets only', text: '(a) {\n cache\n}\n' },
    { name: 'an unset key only', text: '{$NOPE} {\n cache\n}\n' },
  ];
  for (const { name, text } of rows) {
    it(name, () => {
      const { blocks, files } = parseText(text, { file: 'my.conf', defaultPort: 1053 });
      assert.deepEqual(blocks.map(picture), ['dns://.:1053 | whoami | log']);
      assert.deepEqual(blocks[0].position, { file: 'Corefile', line: 1 });
      assert.deepEqual(files, ['my.conf']);
    });
  }

  it('the text of the default', () =>
    assert.deepEqual(parseText(defaultCorefile(54)).blocks.map(picture), ['dns://.:54 | whoami | log']));
});

describe('hashInput', () => {
  const env = { WHO: 'me', TTL: '30' };
  const hash = (text: string, variables: Record<string, string> = env): string =>
    parseText(text, { env: variables }).hashInput;
  const base = 'example.org:53 {\n cache {$TTL}\n any\n}';

  it('is the token structure with lines, by directive name', () => {
    assert.equal(
      hash(base),
      '[{"Keys":["example.org:53"],"Tokens":{"any":[{"File":"","Line":3,"Text":"any"}],' +
        '"cache":[{"File":"","Line":2,"Text":"cache"},{"File":"","Line":2,"Text":"30"}]}}]',
    );
  });

  it('escapes as the reference does', () =>
    assert.match(hash('. {\n log "<&>\u2028"\n}'), /"Text":"\\u003c\\u0026\\u003e\\u2028"/));
  it('of a file without a block', () => assert.equal(hash('# nothing'), 'null'));

  const same: readonly { name: string; text: string }[] = [
    { name: 'a comment at the end of a line', text: base.replace('any', 'any # all') },
    { name: 'blanks', text: base.replace(' cache', '\tcache ') },
    { name: 'an empty line at the end', text: `${base}\n\n` },
  ];
  for (const { name, text } of same) it(`does not change with ${name}`, () => assert.equal(hash(text), hash(base)));

  const other: readonly { name: string; text: string }[] = [
    { name: 'a comment line', text: `# new\n${base}` },
    { name: 'an argument', text: base.replace('any', 'any x') },
    { name: 'a key', text: base.replace('example', 'sample') },
    { name: 'a new block', text: `${base}\nb {\n}` },
  ];
  for (const { name, text } of other) it(`changes with ${name}`, () => assert.notEqual(hash(text), hash(base)));

  it('changes with the environment', () => assert.notEqual(hash(base, { TTL: '60' }), hash(base)));

  it('changes with an imported file, whose path it holds', () => {
    const folder = openFolder({ part: 'log\n', other: 'any\n' });
    const read = (name: string): string =>
      parseText(`. {\n import ${name}\n}`, { file: `${folder.path}/Corefile` }).hashInput;
    assert.match(read('part'), new RegExp(`"log":\\[\\{"File":"${folder.path}/part","Line":1,"Text":"log"\\}\\]`));
    assert.notEqual(read('part'), read('other'));
    folder.remove();
  });
});

describe('readHashInput', () => {
  const options = { file: 'Corefile', env: {} };

  it('is the same as that of the whole parse', () => {
    const text = '(c) {\n log\n}\na {\n import c\n cache 30\n}';
    assert.equal(readHashInput(text, options), parseText(text).hashInput);
  });

  it('lets unknown directives and wrong zones pass', () =>
    assert.match(readHashInput('a..b {\n foobar\n}', options), /"foobar"/));

  it('refuses what is no Corefile', () => {
    assert.equal(
      configMessage(() => readHashInput('. {', options)),
      "Corefile:1 - Syntax error: Unexpected token '{', expecting '}'",
    );
  });
});
