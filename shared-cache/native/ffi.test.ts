import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ffi, ffiMissing } from './ffi.ts';

/** What a process prints that runs `source`. */
function output(source: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd: options.cwd ?? import.meta.dirname,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const REPORT = `import { ffi, ffiMissing } from './ffi.ts'; console.log(ffi() === undefined, ffiMissing());`;

test('the functions are loaded once', { skip: ffiMissing() }, () => {
  assert.ok(ffi() !== undefined);
  assert.equal(ffi(), ffi());
  assert.equal(ffiMissing(), undefined);
});

test('a failing call leaves its reason in errno', { skip: ffiMissing() }, () => {
  assert.equal(ffi()?.close(-1), -1);
  assert.equal(ffi()?.errno(), 9);
});

test('the address of a view is that of its first byte', { skip: ffiMissing() }, () => {
  const bytes = new Uint8Array(new ArrayBuffer(4096));
  const base = ffi()?.address(bytes) ?? 0;
  assert.ok(base > 0);
  assert.equal(ffi()?.address(bytes.subarray(100)), base + 100);
});

test('SHOAL_FFI=off does without', () => {
  assert.equal(output(REPORT, { env: { SHOAL_FFI: 'off' } }), 'true switched off by SHOAL_FFI=off');
});

test('a machine without koffi does without, and says why', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'ffi-'));
  try {
    copyFileSync(join(import.meta.dirname, 'ffi.ts'), join(cwd, 'ffi.ts'));
    writeFileSync(join(cwd, 'package.json'), '{"type":"module"}');
    assert.match(output(REPORT, { cwd }), /^true Cannot find module 'koffi'/);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

test('everything loads and answers without FFI', () => {
  const source = `
    import { openArena } from './arena.ts';
    import { openDatagramIo } from './datagram.ts';
    import { createMemory, mapMemory } from './memory.ts';
    import { pinThread } from './system.ts';
    const arena = openArena(65536);
    const memory = createMemory('test', 4096);
    let text = '';
    try { openDatagramIo(arena, 'batched'); } catch (error) { text = error.message; }
    console.log(arena.base, openDatagramIo(arena, 'auto').name, memory.kind, mapMemory(memory, { writable: true }).byteLength, pinThread(0), text);`;
  assert.equal(
    output(source, { env: { SHOAL_FFI: 'off' } }),
    '0 dgram buffer 4096 false datagrams in batches need system calls: switched off by SHOAL_FFI=off',
  );
});
