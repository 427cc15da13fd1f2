// The process starts itself again with the cache on, once, and not when it has been turned off.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const MODULE = JSON.stringify(new URL('./compile-cache.ts', import.meta.url).href);
const PROGRAM = `const { compileCache } = await import(${MODULE}); compileCache(); console.log(process.pid + ' ' + process.env.NODE_COMPILE_CACHE);`;

const PATTERN = JSON.stringify(new URL('../workers/lib/access/pattern.ts', import.meta.url).href);
/** Prints what compiled code is marked with: by a runtime without flags, after the start, and after a module that knows a flag. */
const TAGS = `const { compileCache } = await import(${MODULE}); compileCache(); const { cachedDataVersionTag } = await import('node:v8');
  const { execFileSync } = await import('node:child_process');
  const plain = execFileSync(process.execPath, ['-p', 'v8.cachedDataVersionTag()'], { encoding: 'utf8', env: {} }).trim();
  const before = cachedDataVersionTag(); await import(${PATTERN}); console.log(plain + ' ' + before + ' ' + cachedDataVersionTag());`;

/** The words that a program prints: process id and cache folder behind the call. */
function run(env: Readonly<Record<string, string>>, program = PROGRAM): string[] {
  const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...rest } = process.env;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...rest, ...env },
  });
  return out.trim().split(' ');
}

describe('compileCache', () => {
  it('leaves a cache alone that the operator chose', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-cache-'));
    assert.equal(run({ NODE_COMPILE_CACHE: folder })[1], folder);
    rmSync(folder, { recursive: true });
  });
  it('does nothing when caches are turned off', () => {
    assert.equal(run({ NODE_DISABLE_COMPILE_CACHE: '1' })[1], 'undefined');
  });
  it('otherwise the program runs once, with a folder that only its user can write to', () => {
    const [pid, folder] = run({});
    assert.match(pid, /^\d+$/);
    assert.match(folder, /compiled/);
  });
  it('no flag is set that makes V8 refuse compiled code: neither ours nor what the runtime brings along', () => {
    const [plain, before, after] = run({}, TAGS);
    assert.match(plain, /^\d+$/);
    assert.equal(before, plain);
    assert.equal(after, plain);
  });
});
