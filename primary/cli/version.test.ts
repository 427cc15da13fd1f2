import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { COMPATIBLE_WITH, versionLines } from './version.ts';

it('the first line is what tools look for, the second names system, runtime and no commit', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const [first, second] = versionLines();
  assert.equal(first, 'CoreDNS-1.14.7');
  assert.equal(first, COMPATIBLE_WITH);
  assert.deepEqual(second.split(', ').slice(1), [`shoal-${manifest.version}`, '']);
});

it('the architecture has the name that images use', {
  skip: process.arch !== 'x64' || process.platform !== 'linux',
}, () => {
  assert.ok(versionLines()[1].startsWith('linux/amd64, '));
});
