import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { plugin, type ReloadOptions } from './setup.ts';

const VALID: readonly (readonly [text: string, options: ReloadOptions])[] = [
  ['reload', { interval: 30_000, jitter: 15_000 }],
  ['reload 10s', { interval: 10_000, jitter: 5000 }],
  ['reload 2s', { interval: 2000, jitter: 1000 }],
  ['reload 1m 10s', { interval: 60_000, jitter: 10_000 }],
  ['reload 10s 8s', { interval: 10_000, jitter: 5000 }],
  ['reload 10s 0', { interval: 10_000, jitter: 0 }],
];
for (const [text, options] of VALID)
  test(`reload accepts ${text}`, () => {
    assert.deepEqual(plugin.setup(new TextDirective('reload', text), testScope()), options);
  });

const INVALID: readonly (readonly [text: string, message: string])[] = [
  ['reload 1s', 'interval value must be greater or equal to 2s'],
  ['reload 10s 500ms', 'jitter value must be 0 or greater or equal to 1s'],
  ['reload 10s -1s', 'jitter value must be 0 or greater or equal to 1s'],
  ['reload 10', 'time: missing unit in duration "10"'],
  ['reload 10s x', 'time: invalid duration "x"'],
  ['reload 10s 1s x', "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'x'"],
];
for (const [text, message] of INVALID)
  test(`reload refuses ${text}`, () => {
    assert.throws(() => plugin.setup(new TextDirective('reload', text), testScope()), { message });
  });
