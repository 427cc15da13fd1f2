import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDirective, testScope } from '#workers/testing/directive.ts';
import { plugin } from './setup.ts';

test('whoami takes nothing', () => {
  assert.deepEqual(plugin.setup(new TextDirective('whoami', 'whoami'), testScope()), {});
});

test('whoami refuses arguments', () => {
  assert.throws(() => plugin.setup(new TextDirective('whoami', 'whoami example.org'), testScope()), {
    message: "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'example.org'",
  });
});
