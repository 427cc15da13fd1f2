// Memory of the start is given back once, and nothing waits for it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';

const MODULE = JSON.stringify(new URL('./collect.ts', import.meta.url).href);

/** Output of a program in which collections are counted. */
function run(flags: readonly string[], body: string): string {
  const program = `const { collectLater } = await import(${MODULE});
    const collect = globalThis.gc;
    globalThis.gc = collect && ((options) => { console.log('collected ' + options.type); collect(options); });
    ${body}`;
  return execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], { encoding: 'utf8' });
}

describe('collect', () => {
  it('gives memory of the C library back', () => {
    const program = `const { collect } = await import(${MODULE});
      const { readFileSync } = await import('node:fs');
      const rss = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      const { deflateSync } = await import('node:zlib');
      let kept = Array.from({ length: 20000 }, () => Buffer.allocUnsafeSlow(3000).fill(1));
      kept = kept.filter((_, i) => i % 500 === 0);
      globalThis.gc({ type: 'major', execution: 'sync' });
      const before = rss();
      collect();
      console.log(before - rss() > 20000);`;
    const flags = ['--expose-gc', '--input-type=module', '-e', program];
    assert.equal(execFileSync(process.execPath, flags, { encoding: 'utf8' }), 'true\n');
  });
});

describe('collectLater', () => {
  const wait = 'await new Promise((resolve) => setTimeout(resolve, 100));';
  const rows: [string, string[], string, string][] = [
    ['collects once', ['--expose-gc'], `collectLater(1); ${wait}`, 'collected major\n'],
    ['does nothing where it cannot', [], `delete globalThis.gc; collectLater(1); ${wait}`, ''],
    ['keeps no process alive', ['--expose-gc'], 'collectLater(60_000);', ''],
  ];
  for (const [name, flags, body, expected] of rows) it(name, () => assert.equal(run(flags, body), expected));
});
