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

describe('collectLater', () => {
  const wait = 'await new Promise((resolve) => setTimeout(resolve, 100));';
  const rows: [string, string[], string, string][] = [
    ['collects once', ['--expose-gc'], `collectLater(1); ${wait}`, 'collected major\n'],
    ['does nothing where it cannot', [], `delete globalThis.gc; collectLater(1); ${wait}`, ''],
    ['keeps no process alive', ['--expose-gc'], 'collectLater(60_000);', ''],
  ];
  for (const [name, flags, body, expected] of rows) it(name, () => assert.equal(run(flags, body), expected));
});
