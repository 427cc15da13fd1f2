import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { type HealthOptions, plugin } from './setup.ts';

const VALID: readonly (readonly [text: string, options: HealthOptions])[] = [
  ['health', { address: ':8080', lameduck: 0 }],
  ['health localhost:8081', { address: 'localhost:8081', lameduck: 0 }],
  ['health {\n lameduck 5s\n}', { address: ':8080', lameduck: 5000 }],
  ['health :1 { lameduck 1m }', { address: ':1', lameduck: 60_000 }],
  ['health { lameduck -5s }', { address: ':8080', lameduck: 0 }],
  ['health :1\nhealth :2', { address: ':2', lameduck: 0 }],
];
for (const [text, options] of VALID)
  test(`health accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(plugin.setup(new TextDirective('health', text), testScope()), options);
  });

const wrong = (line: number, token: string) =>
  `Corefile:${line} - Error during parsing: Wrong argument count or unexpected line ending after '${token}'`;
const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['health foo', 'address foo: missing port in address'],
  ['health a:1 b:2', wrong(1, 'b:2')],
  ['health {\n lameduck\n}', wrong(2, 'lameduck')],
  ['health {\n lameduck 1s 2s\n}', wrong(2, '2s')],
  ['health {\n lame 1s\n}', wrong(2, 'lame')],
  ['health {\n lameduck 5\n}', `unable to parse lameduck duration value: '5' : time: missing unit in duration "5"`],
];
for (const [text, message] of INVALID)
  test(`health refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('health', text), testScope()), { message });
  });
