import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, it } from 'node:test';
import { findExecutable, missingExecutable } from './executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-executable-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'text'), '', { mode: 0o644 });

it('finds what is in the PATH', () => assert.equal(basename(findExecutable('sh') ?? ''), 'sh'));
it('takes a path as it is', () => assert.equal(findExecutable(process.execPath), process.execPath));
it('does not find what is not there', () => assert.equal(findExecutable('no-such-program'), undefined));
it('does not take what cannot be executed', { skip: process.getuid?.() === undefined }, () =>
  assert.equal(findExecutable(join(folder, 'text')), undefined),
);
it('tells what is missing', () => {
  assert.equal(missingExecutable('sh', process.execPath), undefined);
  assert.equal(missingExecutable('sh', 'no-such-program', 'neither'), 'no-such-program is not installed');
});
