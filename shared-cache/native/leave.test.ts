// The end of a process while its threads are at work.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';

const SYSTEM = JSON.stringify(new URL('./system.ts', import.meta.url).href);

/** Exit status and output of a program that leaves while a worker computes. */
function leaveWith(env: Readonly<Record<string, string>>): Promise<{ status: number; stdout: string }> {
  const program = `
    const { leave } = await import(${SYSTEM});
    const { Worker } = await import('node:worker_threads');
    const { writeSync } = await import('node:fs');
    const worker = new Worker('for (;;) ;', { eval: true });
    process.on('exit', (status) => writeSync(1, 'exit ' + status));
    worker.once('online', () => leave(3));`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', program],
      { env: { ...process.env, ...env } },
      (error, stdout) => resolve({ status: Number(error?.code ?? 0), stdout }),
    );
  });
}

describe('leave', () => {
  const rows: [string, Record<string, string>][] = [
    ['at once, with a thread that never ends', {}],
    ['also where there is no FFI', { SHOAL_FFI: 'off' }],
  ];
  for (const [name, env] of rows) {
    it(name, async () => assert.deepEqual(await leaveWith(env), { status: 3, stdout: 'exit 3' }));
  }
});
