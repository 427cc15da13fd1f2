import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configMessage, parseText, picture } from './testing.ts';

const env = { ZONE: 'example.org', PORT: '1053', TWO: 'a b', NAME: 'whoami', BRACE: '}', LOOP: '{$LOOP}' };

const accepted: readonly { name: string; text: string; blocks: readonly string[] }[] = [
  { name: 'one block', text: '.:53 {\n whoami\n}', blocks: ['dns://.:53 | whoami'] },
  { name: 'the brace may stand on the next line', text: '.:53\n{\n whoami\n}', blocks: ['dns://.:53 | whoami'] },
  {
    name: 'the next block may start on the line of the brace',
    text: 'a {\n whoami\n} b {\n any\n}',
    blocks: ['dns://a.:53 | whoami', 'dns://b.:53 | any'],
  },
  {
    name: 'the first directive may stand on the line of the brace',
    text: '. { whoami\n}',
    blocks: ['dns://.:53 | whoami'],
  },
  { name: 'a block without plugins', text: '. { }', blocks: ['dns://.:53'] },
  { name: 'several keys', text: 'a b:1053 tls://c {\n}', blocks: ['dns://a.:53 dns://b.:1053 tls://c.:853'] },
  { name: 'a comma lets the keys go on', text: 'a,\nb, c {\n}', blocks: ['dns://a.:53 dns://b.:53 dns://c.:53'] },
  {
    name: 'without braces the body goes to the end of the file',
    text: 'a\nwhoami\nany',
    blocks: ['dns://a.:53 | whoami | any'],
  },
  {
    name: 'without an opening brace a closing one still ends the block',
    text: 'a\nwhoami\n}\nb\nany',
    blocks: ['dns://a.:53 | whoami', 'dns://b.:53 | any'],
  },
  { name: 'a line of keys alone is a block without plugins', text: 'whoami', blocks: ['dns://whoami.:53'] },
  { name: 'several keys alone', text: 'a b', blocks: ['dns://a.:53 dns://b.:53'] },
  { name: 'a stray brace is a zone', text: '. {\n}\n}\n', blocks: ['dns://.:53', 'dns://}.:53'] },
  {
    name: 'a property block over several lines',
    text: '. {\n cache 30 {\n  success 10\n  denial 20 5\n }\n any\n}',
    blocks: ['dns://.:53 | cache 30 { success 10; denial 20 5 } | any'],
  },
  {
    name: 'a property block on one line',
    text: '. {\n forward . 1.1.1.1 { max_concurrent 1000 }\n any\n}',
    blocks: ['dns://.:53 | forward . 1.1.1.1 { max_concurrent 1000 } | any'],
  },
  {
    name: 'a property block on one line with what reads all arguments',
    text: '. {\n health { lameduck 5s }\n}',
    blocks: ['dns://.:53 | health { lameduck 5s }'],
  },
  {
    name: 'properties that share the lines of their braces',
    text: '. {\n cache { success 10\n denial 20 }\n}',
    blocks: ['dns://.:53 | cache { success 10; denial 20 }'],
  },
  {
    name: 'an empty property block',
    text: '. {\n errors { }\n errors {\n }\n}',
    blocks: ['dns://.:53 | errors | errors'],
  },
  {
    name: 'a repeated directive is merged',
    text: '. {\n log a\n any\n log b\n}',
    blocks: ['dns://.:53 | log a | log b | any'],
  },
  { name: 'a closing brace that a property block lends', text: '. {\n cache {\n }\n', blocks: ['dns://.:53 | cache'] },
  {
    name: 'a quoted argument over two lines',
    text: '. {\n log "a\nb" c\n any\n}',
    blocks: ['dns://.:53 | log a\nb c | any'],
  },
  { name: 'an empty quoted key is passed over', text: '"" a {\n}', blocks: ['dns://a.:53'] },
  { name: 'a key from the environment', text: '{$ZONE}:{%PORT%} {\n}', blocks: ['dns://example.org.:1053'] },
  {
    name: 'an argument from the environment stays one',
    text: '. {\n log {$TWO} c\n}',
    blocks: ['dns://.:53 | log a b c'],
  },
  {
    name: 'an argument from the environment inside a block and in quotes',
    text: '. {\n cache {\n success "{$PORT}"\n }\n}',
    blocks: ['dns://.:53 | cache { success 1053 }'],
  },
  { name: 'a directive from the environment', text: '. {\n {$NAME}\n}', blocks: ['dns://.:53 | whoami'] },
  { name: 'an unset argument is empty', text: '. {\n log {$NOPE} c\n}', blocks: ['dns://.:53 | log  c'] },
  { name: 'comments in all places', text: '# a\n. { # b\n whoami # c\n # d\n} # e\n', blocks: ['dns://.:53 | whoami'] },
  { name: 'Windows line ends', text: '. {\r\n cache 30\r\n any\r\n}\r\n', blocks: ['dns://.:53 | cache 30 | any'] },
  { name: 'a block for an unset key is ignored', text: '{$NOPE} {\n whoami\n}\nb {\n}', blocks: ['dns://b.:53'] },
];

const parsing = (line: number, message: string): string => `Corefile:${line} - Error during parsing: ${message}`;
const syntax = (line: number, got: string, want: string): string =>
  `Corefile:${line} - Syntax error: Unexpected token '${got}', expecting '${want}'`;
const NO_OPENING = "Unexpected '}' because no matching opening brace";

const refused: readonly { name: string; text: string; message: string }[] = [
  { name: 'unknown directive', text: '. {\n any\n foobar x\n}', message: parsing(3, "Unknown directive 'foobar'") },
  {
    name: 'names of directives are case-sensitive',
    text: '. {\n Whoami\n}',
    message: parsing(2, "Unknown directive 'Whoami'"),
  },
  {
    name: 'unknown directive from the environment',
    text: '. {\n {$PORT}\n}',
    message: parsing(2, "Unknown directive '1053'"),
  },
  { name: 'a whole block on one line', text: '. { whoami }', message: parsing(1, NO_OPENING) },
  { name: 'a brace behind the last directive', text: '. {\n whoami }', message: parsing(2, NO_OPENING) },
  { name: 'a brace too many on the line of a block', text: '. {\n cache { } }\n}', message: parsing(2, NO_OPENING) },
  {
    name: 'a comma in front of the brace',
    text: 'a, {\n}',
    message: parsing(1, "Expected another address but had '{' - check for extra comma"),
  },
  { name: 'a comma at the end', text: 'a,\n', message: parsing(1, 'Unexpected EOF') },
  { name: 'an open block', text: '. {\n whoami\n', message: syntax(2, 'whoami', '}') },
  { name: 'an open block without anything', text: '. {', message: syntax(1, '{', '}') },
  { name: 'an open property block', text: '. {\n cache {\n success 1\n', message: parsing(3, 'Unexpected EOF') },
  { name: 'an unterminated quote', text: '. {\n log "a\n}\n', message: syntax(2, 'a\n}\n', '}') },
  {
    name: 'a stray brace in front of a block',
    text: '. {\n}\n}\nb {\n}',
    message: parsing(4, "Unknown directive 'b'"),
  },
  { name: 'a comment glued to a directive', text: '. {\n whoami#this is }\n}', message: parsing(2, NO_OPENING) },
  {
    name: 'a variable that holds itself',
    text: '. {\n log {$LOOP}\n}',
    message: parsing(2, "environment reference without end in '{$LOOP}'"),
  },
  {
    name: 'a key that holds itself',
    text: '{$LOOP} {\n}',
    message: parsing(1, "environment reference without end in '{$LOOP}'"),
  },
  { name: 'a snippet without a brace', text: '(a)\nwhoami\n', message: syntax(2, 'whoami', '{') },
  { name: 'an open snippet', text: '(a) {\n cache {\n }\n', message: syntax(3, '}', '}') },
  {
    name: 'a snippet declared twice',
    text: '(a) {\n}\n(a) {\n}',
    message: parsing(3, 'redeclaration of previously declared snippet a'),
  },
];

describe('grammar', () => {
  for (const { name, text, blocks } of accepted) {
    it(name, () => assert.deepEqual(parseText(text, { env }).blocks.map(picture), blocks));
  }
});

describe('grammar errors', () => {
  for (const { name, text, message } of refused) {
    it(name, () =>
      assert.equal(
        configMessage(() => parseText(text, { env })),
        message,
      ),
    );
  }

  it('a comment glued to the closing brace leaves its second word as a zone', () => {
    assert.deepEqual(parseText('. {\n}# end\n').blocks.map(picture), ['dns://.:53', 'dns://end.:53']);
  });

  it('a brace glued to a key makes the next line a directive and the closing brace the end', () => {
    const { blocks } = parseText('a{\n whoami\n}\nfoo');
    assert.deepEqual(blocks.map(picture), ['dns://a{.:53 | whoami', 'dns://foo.:53']);
  });

  it('an error names the file as it was given', () => {
    const message = configMessage(() => parseText('. {\n foo\n}', { file: '../etc/My Corefile' }));
    assert.equal(message, "../etc/My Corefile:2 - Error during parsing: Unknown directive 'foo'");
  });

  it('a block that is ignored is reported', () => {
    const warnings: string[] = [];
    parseText('\n{$NOPE} {\n whoami\n}\nb {\n}', { warn: (line) => warnings.push(line) });
    assert.deepEqual(warnings, ['Corefile:2: server block without a zone is ignored']);
  });
});

describe('positions', () => {
  it('a block knows where its first key stands', () => {
    const { blocks } = parseText('\n# one\na {\n}\n\nb,\nc {\n}');
    assert.deepEqual(
      blocks.map((block) => block.position),
      [
        { file: 'Corefile', line: 3 },
        { file: 'Corefile', line: 6 },
      ],
    );
  });
});
