import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { plugin, type ReadyOptions } from './setup.ts';

const VALID: readonly (readonly [text: string, options: ReadyOptions])[] = [
  ['ready', { address: ':8181', monitor: 'until-ready' }],
  ['ready localhost:1', { address: 'localhost:1', monitor: 'until-ready' }],
  ['ready { monitor continuously }', { address: ':8181', monitor: 'continuously' }],
  ['ready :1 {\n monitor until-ready\n}', { address: ':1', monitor: 'until-ready' }],
];
for (const [text, options] of VALID)
  test(`ready accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(plugin.setup(new TextDirective('ready', text), testScope()), options);
  });

const parse = (line: number, message: string) => `Corefile:${line} - Error during parsing: ${message}`;
const wrong = (line: number, token: string) =>
  parse(line, `Wrong argument count or unexpected line ending after '${token}'`);
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['ready foo', 'address foo: missing port in address'],
  ['ready a:1 b:1', wrong(1, 'b:1')],
  ['ready {\n monitor\n}', wrong(2, 'monitor')],
  ['ready {\n monitor a b\n}', wrong(2, 'b')],
  ['ready {\n monitor sometimes\n}', parse(2, "monitor type 'sometimes' not supported")],
  ['ready {\n watch\n}', wrong(2, 'watch')],
];
for (const [text, message] of INVALID)
  test(`ready refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('ready', text), testScope()), { message });
  });
