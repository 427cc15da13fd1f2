import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFormat, FIELD } from './format.ts';

const ROWS: readonly (readonly [
  format: string,
  fields: readonly number[],
  literals: readonly string[],
  labels?: readonly string[],
])[] = [
  ['', [], []],
  ['plain', [FIELD.LITERAL], ['plain']],
  ['{type}', [FIELD.TYPE], []],
  ['{type}{name} x {>id}', [FIELD.TYPE, FIELD.NAME, FIELD.LITERAL, FIELD.ID], [' x ']],
  ['{nope} {type}', [FIELD.LITERAL, FIELD.TYPE], ['{nope} ']],
  ['{{type}}', [FIELD.LITERAL, FIELD.TYPE, FIELD.LITERAL], ['{', '}']],
  ['{/kubernetes/endpoint}!', [FIELD.METADATA, FIELD.LITERAL], ['!'], ['kubernetes/endpoint']],
  ['{/a/b}{/a/c/d.e}', [FIELD.METADATA, FIELD.METADATA], [], ['a/b', 'a/c/d.e']],
  ['{/x}', [FIELD.LITERAL], ['{/x}']],
  ['{Type}{', [FIELD.LITERAL], ['{Type}{']],
];
for (const [format, fields, literals, labels = []] of ROWS)
  test(`compileFormat ${JSON.stringify(format)}`, () => {
    const compiled = compileFormat(format);
    assert.deepEqual([...compiled.fields], fields);
    assert.deepEqual(compiled.literals, literals);
    assert.deepEqual(compiled.labels, labels);
  });
