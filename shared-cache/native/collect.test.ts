// Memory of the start is given back once, and nothing waits for it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { cachedDataVersionTag } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { collect } from './collect.ts';

const MODULE = JSON.stringify(new URL('./collect.ts', import.meta.url).href);

/** Output of a program in which garbage is watched. */
function run(body: string): string {
  const program = `const { collect, collectLater } = await import(${MODULE});
    const registry = new FinalizationRegistry((what) => console.log(what));
    (() => registry.register({}, 'collected'))();
    ${body}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

describe('collect', () => {
  it('gives memory of the C library back', () => {
    const program = `const { collect } = await import(${MODULE});
      const { readFileSync } = await import('node:fs');
      const rss = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      // What is kept lies between what is not: only the library can give that back.
      const fill = () => Array.from({ length: 20000 }, () => Buffer.allocUnsafeSlow(3000).fill(1)).filter((_, i) => i % 500 === 0);
      const kept = fill();
      const before = rss();
      collect();
      console.log(before - rss() > 20000);`;
    assert.equal(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
      'true\n',
    );
  });
  it('leaves no flag behind: code that is compiled later would not be taken from the cache', () => {
    const before = cachedDataVersionTag();
    collect();
    assert.equal(cachedDataVersionTag(), before);
    assert.equal(runInNewContext('typeof gc'), 'undefined');
  });
});

describe('collectLater', () => {
  const wait = 'await new Promise((resolve) => setTimeout(resolve, 100));';
  const rows: [string, string, string][] = [
    ['collects', `collectLater(1); ${wait}`, 'collected\n'],
    ['does not before its time', `collectLater(60_000); ${wait}`, ''],
    ['keeps no process alive', 'collectLater(60_000);', ''],
  ];
  for (const [name, body, expected] of rows) it(name, () => assert.equal(run(body), expected));
});
