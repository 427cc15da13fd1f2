// The error that operators see.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from './contract.ts';

describe('ConfigError', () => {
  const error = new ConfigError('Corefile:3 - Error during parsing: no', { cause: 4 });
  it('is an Error with the line as its message', () => {
    assert.ok(error instanceof Error);
    assert.equal(error.message, 'Corefile:3 - Error during parsing: no');
  });
  it('can be told from others by name and code', () => {
    assert.deepEqual([error.name, error.code], ['ConfigError', 'ERR_CONFIG']);
    assert.equal(String(error), 'ConfigError: Corefile:3 - Error during parsing: no');
  });
  it('keeps its cause', () => assert.equal(error.cause, 4));
});
