import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkLimits, type Limit } from './command.ts';

describe('limits', () => {
  const rows: { name: string; limits: Limit[]; status: number; text: string }[] = [
    { name: 'that are none', limits: [], status: 0, text: '' },
    { name: 'that are kept, to the last', limits: [{ what: 'a', value: 2, most: 2 }], status: 0, text: '' },
    {
      name: 'that are missed are told, each',
      limits: [
        { what: 'a', value: 2.0004, most: 2 },
        { what: 'b', value: 1, most: 2 },
        { what: 'c', value: 7, most: 0 },
      ],
      status: 1,
      text: 'a: 2.000, 2 at most\nc: 7, 0 at most\n',
    },
    {
      name: 'of what is no figure are missed',
      limits: [{ what: 'a', value: Number.NaN, most: 1 }],
      status: 1,
      text: 'a: NaN, 1 at most\n',
    },
  ];
  for (const { name, limits, status, text } of rows)
    it(name, () => {
      let written = '';
      const screen = {
        write: (piece: string): void => {
          written += piece;
        },
      };
      assert.deepEqual([checkLimits(limits, screen), written], [status, text]);
    });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, ...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, `${command}.ts`), ...argv], (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('commands', { concurrency: 2 }, () => {
  const rows: { command: string; flags: string[] }[] = [
    { command: 'load', flags: ['kubeconfig', 'services', 'headless', 'pods', 'namespaces'] },
    { command: 'memory', flags: ['kubeconfig', 'against', 'pods-verified', 'seconds'] },
    { command: 'propagation', flags: ['kubeconfig', 'against', 'changes'] },
    { command: 'churn', flags: ['kubeconfig', 'rate', 'qps', 'seconds'] },
  ];
  for (const { command, flags } of rows) {
    it(`${command} --help explains its flags`, async () => {
      const { status, stdout } = await run(command, '--help');
      assert.equal(status, 0);
      for (const flag of flags) assert.ok(stdout.includes(`\n  --${flag}`), flag);
    });
    it(`${command} says which file it cannot read`, async () => {
      const { status, stderr } = await run(command, '--kubeconfig', '/nowhere/kubeconfig');
      assert.match(stderr, /^\/nowhere\/kubeconfig: ENOENT.*\n$/);
      assert.equal(status, 1);
    });
  }

  it('without a kubeconfig say so', async () => {
    assert.deepEqual(await run('churn'), { status: 2, stdout: '', stderr: '--kubeconfig FILE must be given\n' });
  });
});
