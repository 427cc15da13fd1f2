import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type ErrorsOptions, plugin } from './setup.ts';

const rule = (pattern: string, more: Partial<ErrorsOptions['consolidate'][number]> = {}) => ({
  period: 30_000,
  pattern,
  level: 'error',
  showFirst: false,
  ...more,
});

const VALID: readonly (readonly [text: string, options: Partial<ErrorsOptions>])[] = [
  ['errors', {}],
  ['errors stdout', {}],
  ['errors { stacktrace }', { stacktrace: true }],
  ['errors {\n stacktrace\n}', { stacktrace: true }],
  [
    'errors {\n consolidate 30s ".* timeout$"\n}',
    { consolidate: [rule('.* timeout$')] as ErrorsOptions['consolidate'] },
  ],
  [
    'errors {\n consolidate 5m a warning\n consolidate 1s b info show_first\n consolidate 30s c show_first\n}',
    {
      consolidate: [
        rule('a', { period: 300_000, level: 'warning' }),
        rule('b', { period: 1000, level: 'info', showFirst: true }),
        rule('c', { showFirst: true }),
      ] as ErrorsOptions['consolidate'],
    },
  ],
];
for (const [text, options] of VALID)
  test(`errors accepts ${JSON.stringify(text)}`, () => {
    const got = plugin.setup(new TextDirective('errors', text), testScope());
    assert.deepEqual(got, { stacktrace: false, consolidate: [], ...options });
    assert.deepEqual(structuredClone(got), got);
  });

const parse = (line: number, message: string) => `Corefile:${line} - Error during parsing: ${message}`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['errors foo', parse(1, 'invalid log file: foo')],
  ['errors stdout x', parse(1, "Wrong argument count or unexpected line ending after 'x'")],
  ['errors {\n foo\n}', "Corefile:2 - Syntax error: Unexpected token 'foo', expecting 'Unknown field foo'"],
  ['errors {\n consolidate\n}', parse(2, "Wrong argument count or unexpected line ending after 'consolidate'")],
  ['errors {\n consolidate 1s\n}', parse(2, "Wrong argument count or unexpected line ending after '1s'")],
  [
    'errors {\n consolidate 1s a info show_first x\n}',
    parse(2, "Wrong argument count or unexpected line ending after 'x'"),
  ],
  ['errors {\n consolidate 5 a\n}', parse(2, 'time: missing unit in duration "5"')],
  ['errors {\n consolidate 1s a loud\n}', parse(2, 'unknown log level argument in consolidate: loud')],
  ['errors {\n consolidate 1s a info x\n}', parse(2, 'unknown log level argument in consolidate: x')],
  ['errors {\n consolidate 1s (?=a)\n}', parse(2, 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`')],
];
for (const [text, message] of INVALID)
  test(`errors refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('errors', text), testScope()), { message });
  });
