// Flags are on as long as they should be, and no longer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { cachedDataVersionTag } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LINEAR_PATTERNS, withFlag } from './engine.ts';

describe('withFlag', () => {
  it('has the flag on while the function runs, and returns what that returns', () => {
    assert.equal(
      withFlag('--expose-gc', () => runInNewContext('typeof gc')),
      'function',
    );
    assert.equal(runInNewContext('typeof gc'), 'undefined');
  });
  it('leaves code as it was marked before, also behind an error', () => {
    const before = cachedDataVersionTag();
    const fail = (): never => {
      throw new Error('fails');
    };
    assert.throws(() => withFlag('--expose-gc', fail), /fails/);
    assert.equal(cachedDataVersionTag(), before);
  });
});

describe('setFlag', () => {
  it('of linear patterns: what backtracks for ever comes to an end', () => {
    const program = `const { setFlag, LINEAR_PATTERNS } = await import(${JSON.stringify(new URL('./engine.ts', import.meta.url).href)});
      setFlag(LINEAR_PATTERNS);
      console.log(/^(([a-z]+)+[.])+x$/.test('a'.repeat(200) + '!'));`;
    assert.equal(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 20_000 }),
      'false\n',
    );
  });
  it('is one that the runtime knows', () => {
    assert.equal(execFileSync(process.execPath, [LINEAR_PATTERNS, '-p', '1'], { encoding: 'utf8' }), '1\n');
  });
});
