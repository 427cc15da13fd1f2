import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { ProcessError } from '#loadtest/errors.ts';
import { CpuMeter, cpuSeconds, parseStat, processTree } from './processes.ts';

const skip = process.platform === 'linux' ? false : 'needs /proc';

describe('/proc/PID/stat', () => {
  const rest = '1 1 0 -1 4194560 3000 0 12 0 250 75 0 0 20 0 4 0 100 1000000 500';
  for (const name of ['nsd', 'a b', 'a) S 9 (b', '((', ')'])
    it(`of a process called "${name}"`, () =>
      assert.deepEqual(parseStat(`17 (${name}) S 4 ${rest}\n`), { running: true, parent: 4, cpuSeconds: 3.25 }));

  for (const [state, running] of Object.entries({ R: true, S: true, D: true, T: true, Z: false, X: false }))
    it(`in state ${state} it is ${running ? 'running' : 'gone'}`, () =>
      assert.equal(parseStat(`17 (a) ${state} 4 ${rest}`).running, running));
});

it('CPU time of this process grows as it works', { skip }, () => {
  const meter = new CpuMeter([process.pid]);
  const begun = process.cpuUsage().user;
  while (process.cpuUsage().user - begun < 60_000);
  const { generatorCpuSeconds, serverCpuSeconds } = meter.read();
  assert.ok(generatorCpuSeconds >= 0.06);
  assert.ok(serverCpuSeconds >= 0.03 && serverCpuSeconds <= generatorCpuSeconds + 0.05, `${serverCpuSeconds}`);
});

it('CPU time of several processes is their sum; of none it is 0', { skip }, () => {
  assert.equal(cpuSeconds([]), 0);
  const one = cpuSeconds([process.pid]);
  assert.ok(cpuSeconds([process.pid, process.pid]) >= 2 * one);
});

it('a process that is not there is told', { skip }, () =>
  assert.throws(
    () => cpuSeconds([process.pid, 4_194_305]),
    (error) => error instanceof ProcessError && error.message.startsWith('process 4194305 is not there'),
  ),
);

it('a tree has children and grandchildren', { skip }, async () => {
  const shell = spawn('sh', ['-c', 'sh -c "echo up; read line; true"; true'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(shell.stdout, 'data');
  const tree = processTree(shell.pid ?? 0);
  assert.equal(tree[0], shell.pid);
  assert.equal(tree.length, 2);
  assert.ok(!tree.includes(process.pid) && processTree(process.pid).includes(tree[1]));
  shell.stdin.end('\n');
  await once(shell, 'exit');
  assert.deepEqual(processTree(shell.pid ?? 0), []);
});
