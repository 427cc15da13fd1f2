import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { COMBINED_FORMAT, COMMON_FORMAT, type LogRule, plugin } from './setup.ts';

const rule = (name = '.', format = COMMON_FORMAT, classes: LogRule['classes'] = ['all']): LogRule => ({
  name,
  format,
  classes,
});

const VALID: readonly (readonly [text: string, rules: readonly LogRule[]])[] = [
  ['log', [rule()]],
  ['log Example.org', [rule('example.org.')]],
  ['log "{combined}"', [rule('{combined}.')]],
  ['log . "{combined}"', [rule('.', COMBINED_FORMAT)]],
  ['log a. b.', [rule('a.'), rule('b.')]],
  ['log a. b. "{common} {type}"', [rule('a.', `${COMMON_FORMAT} {type}`), rule('b.', `${COMMON_FORMAT} {type}`)]],
  ['log {\n class denial error\n}', [rule('.', COMMON_FORMAT, ['denial', 'error'])]],
  ['log {\n class denial\n class success denial\n}', [rule('.', COMMON_FORMAT, ['denial', 'success'])]],
  ['log a. "{type}" {\n class all\n}\nlog b.', [rule('a.', '{type}'), rule('b.')]],
];
for (const [text, rules] of VALID)
  test(`log accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(plugin.setup(new TextDirective('log', text), testScope()), { rules });
  });

const wrong = (token: string) =>
  `Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '${token}'`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['log {\n class foo\n}', 'invalid Class: foo'],
  ['log {\n class\n}', wrong('class')],
  ['log {\n format x\n}', wrong('format')],
];
for (const [text, message] of INVALID)
  test(`log refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('log', text), testScope()), { message });
  });
