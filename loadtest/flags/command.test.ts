import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const PROGRAM = `
  import { runCommand } from '#loadtest/flags/command.ts';
  import { count } from '#loadtest/flags/kinds.ts';
  await runCommand('Ends.', { status: count('N', 'how', { value: 0, min: 0, max: 9 }) }, ({ status }) => {
    if (status === 9) throw new Error('broken');
    return status;
  });`;

describe('a command ends', () => {
  const rows: { argv: string[]; status: number; stdout?: RegExp; stderr?: string }[] = [
    { argv: [], status: 0 },
    { argv: ['--status', '3'], status: 3 },
    { argv: ['--status', '9'], status: 1, stderr: 'broken\n' },
    { argv: ['--help'], status: 0, stdout: /^Ends\.\n\nFlags:\n {2}--status N/ },
    { argv: ['--stat'], status: 2, stderr: 'unknown flag --stat; --help lists them\n' },
  ];
  for (const { argv, status, stdout = /^$/, stderr = '' } of rows)
    it(`with ${status} after [${argv.join(' ')}]`, () => {
      const words = ['--input-type=module', '-e', PROGRAM, '--', 'program', ...argv];
      const ended = spawnSync(process.execPath, words, { cwd: import.meta.dirname, encoding: 'utf8' });
      assert.deepEqual([ended.status, ended.stderr], [status, stderr]);
      assert.match(ended.stdout, stdout);
    });
});
