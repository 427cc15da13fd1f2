import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Directive } from '#plugins/contract.ts';
import { configMessage, parseText } from './testing.ts';

function open(body: string, options: { name?: string; once?: boolean; warn?: (line: string) => void } = {}): Directive {
  const { name = 'cache', once = false, warn = () => {} } = options;
  return parseText(`. {\n${body}\n}`, { warn, env: { BRACE: '}' } }).blocks[0].directive(name, once);
}

/** Reads as a set-up does whose properties take one argument each. */
function readWithArg(directive: Directive): (string | undefined)[][] {
  const read: (string | undefined)[][] = [];
  while (directive.nextOccurrence()) {
    read.push(directive.args());
    for (const property of directive.properties()) read.push([property, directive.arg()]);
  }
  return read;
}

/** Reads as a set-up does whose properties take all arguments of their line. */
function readWithArgs(directive: Directive): string[][] {
  const read: string[][] = [];
  while (directive.nextOccurrence()) {
    read.push(directive.args());
    for (const property of directive.properties()) read.push([property, ...directive.args()]);
  }
  return read;
}

const shapes: readonly { name: string; body: string; read: readonly (readonly string[])[] }[] = [
  { name: 'no argument', body: 'cache', read: [[]] },
  { name: 'arguments', body: 'cache a b', read: [['a', 'b']] },
  { name: 'an empty argument', body: 'cache "" b', read: [['', 'b']] },
  { name: 'a block', body: 'cache a {\n x 1\n y 2\n}', read: [['a'], ['x', '1'], ['y', '2']] },
  { name: 'a block on one line', body: 'cache a { x 1 }', read: [['a'], ['x', '1']] },
  { name: 'a block that begins on its line', body: 'cache a { x 1\n y 2\n}', read: [['a'], ['x', '1'], ['y', '2']] },
  {
    name: 'a block that ends on the line of a property',
    body: 'cache a {\n x 1\n y 2 }',
    read: [['a'], ['x', '1'], ['y', '2']],
  },
  { name: 'an empty block', body: 'cache a { }', read: [['a']] },
  { name: 'two occurrences', body: 'cache a {\n x 1\n}\nany\ncache b', read: [['a'], ['x', '1'], ['b']] },
];

describe('reading a directive', () => {
  for (const { name, body, read } of shapes) {
    it(`${name}, with arg()`, () => assert.deepEqual(readWithArg(open(body)), read));
    it(`${name}, with args()`, () => assert.deepEqual(readWithArgs(open(body)), read));
  }

  it('several properties on one line, each read with arg()', () => {
    assert.deepEqual(readWithArg(open('cache { x 1 y 2 }\ncache {\n x 1 y 2\n z 3\n}')), [
      [],
      ['x', '1'],
      ['y', '2'],
      [],
      ['x', '1'],
      ['y', '2'],
      ['z', '3'],
    ]);
  });

  it('a property without argument on one line', () => {
    assert.deepEqual(readWithArgs(open('forward . 1.1.1.1 { force_tcp }', { name: 'forward' })), [
      ['.', '1.1.1.1'],
      ['force_tcp'],
    ]);
  });

  it('arg() ends at the end of the line and goes no further', () => {
    const directive = open('cache a\nany');
    assert.equal(directive.nextOccurrence(), true);
    assert.deepEqual([directive.arg(), directive.arg(), directive.arg()], ['a', undefined, undefined]);
    assert.equal(directive.token(), 'a');
  });

  it('a directive that is not there', () => {
    const directive = open('any');
    assert.equal(directive.nextOccurrence(), false);
    assert.deepEqual(directive.args(), []);
    assert.deepEqual([...directive.properties()], []);
    assert.deepEqual(directive.position(), { file: 'Corefile', line: 1 });
  });

  it('every call gives a fresh cursor', () => {
    const [block] = parseText('. {\n cache a\n}').blocks;
    assert.deepEqual(readWithArg(block.directive('cache')), readWithArg(block.directive('cache')));
  });

  it('properties() has nothing more when the block was read', () => {
    const directive = open('cache {\n x\n}');
    directive.nextOccurrence();
    assert.deepEqual([...directive.properties()], ['x']);
    assert.deepEqual([...directive.properties()], []);
    assert.equal(directive.nextOccurrence(), false);
  });

  it('a quoted argument over two lines', () => {
    assert.deepEqual(readWithArgs(open('cache {\n x "a\nb" c\n y\n}')), [[], ['x', 'a\nb', 'c'], ['y']]);
  });
});

const at = (line: number, message: string): string => `Corefile:${line} - Error during parsing: ${message}`;
const COUNT = 'Wrong argument count or unexpected line ending after';

describe('what a set-up leaves unread', () => {
  const rows: readonly { name: string; body: string; message: string }[] = [
    {
      name: 'a block where none is read',
      body: 'cache {\n x\n}',
      message: at(2, "Unexpected token '{', expecting argument"),
    },
    {
      name: 'an empty block where none is read',
      body: 'cache {\n}',
      message: at(2, "Unexpected token '{', expecting argument"),
    },
    {
      name: 'a block on a line of its own',
      body: 'cache\n{\n x\n}',
      message: at(3, "Unexpected token '{', expecting argument"),
    },
    { name: 'the second word of a glued comment', body: 'cache#this is', message: at(2, `${COUNT} 'is'`) },
    { name: 'an argument', body: 'cache a', message: at(2, `${COUNT} 'a'`) },
  ];
  for (const { name, body, message } of rows) {
    it(name, () => {
      const directive = open(body);
      directive.nextOccurrence();
      assert.equal(
        configMessage(() => directive.nextOccurrence()),
        message,
      );
    });
  }

  it('a second block', () => {
    assert.equal(
      configMessage(() => readWithArgs(open('cache { x } { y }'))),
      at(2, "Unexpected token '{', expecting argument"),
    );
  });

  it('a block in a block', () => {
    const read = () => readWithArgs(open('cache {\n x {\n y\n }\n z\n}'));
    assert.equal(configMessage(read), at(6, `${COUNT} 'z'`));
  });

  it('a brace that a variable brings ends the block', () => {
    assert.equal(
      configMessage(() => readWithArgs(open('cache {\n x {$BRACE}\n y\n}'))),
      at(4, `${COUNT} 'y'`),
    );
  });

  it('a block that was left early', () => {
    const directive = open('cache {\n x\n y\n}');
    directive.nextOccurrence();
    for (const property of directive.properties()) if (property === 'x') break;
    assert.equal(
      configMessage(() => directive.nextOccurrence()),
      at(4, `${COUNT} 'y'`),
    );
  });
});

describe('once', () => {
  it('a second occurrence is refused without a position', () => {
    const read = () => readWithArg(open('cache a\ncache b', { once: true }));
    assert.equal(configMessage(read), 'this plugin can only be used once per Server Block');
  });

  it('one occurrence is fine, and so is one in another block', () => {
    const { blocks } = parseText('a {\n cache 1\n}\nb {\n cache 2\n}');
    assert.deepEqual(
      blocks.map((block) => readWithArg(block.directive('cache', true))),
      [[['1']], [['2']]],
    );
  });

  it('a mistake in the first occurrence comes first', () => {
    const directive = open('cache a\ncache b', { once: true });
    directive.nextOccurrence();
    assert.equal(
      configMessage(() => directive.nextOccurrence()),
      at(2, `${COUNT} 'a'`),
    );
  });
});

describe('messages', () => {
  const directive = open('cache a {\n x 1\n}');
  directive.nextOccurrence();
  const names = directive.properties();

  it('before the block', () => {
    assert.deepEqual(directive.args(), ['a']);
    assert.equal(directive.token(), 'a');
    assert.deepEqual(directive.position(), { file: 'Corefile', line: 2 });
    assert.equal(directive.error('bad').message, at(2, 'bad'));
    assert.equal(directive.argumentError().message, at(2, `${COUNT} 'a'`));
    assert.equal(directive.syntaxError('b').message, "Corefile:2 - Syntax error: Unexpected token 'a', expecting 'b'");
    assert.equal(directive.unknownProperty().message, at(2, "unknown property 'a'"));
  });

  it('an argument that is missing in front of a block', () => {
    assert.equal(directive.arg(), undefined);
    assert.equal(directive.argumentError().message, at(2, "Unexpected token '{', expecting argument"));
  });

  it('in the block', () => {
    for (const property of names) {
      assert.equal(property, 'x');
      assert.equal(directive.arg(), '1');
      assert.equal(directive.unknownProperty().message, at(3, "unknown property 'x'"));
      assert.equal(directive.argumentError().message, at(3, `${COUNT} '1'`));
      assert.equal(
        directive.syntaxError('Unknown field x').message,
        "Corefile:3 - Syntax error: Unexpected token '1', expecting 'Unknown field x'",
      );
    }
  });

  it('a warning has its place and is given once', () => {
    const warnings: string[] = [];
    const warned = open('cache a b', { warn: (line) => warnings.push(line) });
    warned.nextOccurrence();
    warned.warn('odd');
    warned.warn('odd');
    warned.warn('very odd');
    assert.deepEqual(warnings, ['plugin/cache: Corefile:2: odd', 'plugin/cache: Corefile:2: very odd']);
  });
});
