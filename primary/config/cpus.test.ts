import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { availableCpus } from './cpus.ts';

/** Builds the files below a new root and counts there, with 8 CPUs online. */
function countWith(files: Readonly<Record<string, string>>): number {
  const root = mkdtempSync(join(tmpdir(), 'shoal-cpus-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const count = availableCpus(root, 8);
  rmSync(root, { recursive: true });
  return count;
}

const SELF = 'proc/self/cgroup';
const UNIFIED = 'sys/fs/cgroup';
const POD = 'kubepods.slice/kubepods-pod1.slice';

describe('version 2', () => {
  const rows: { name: string; files: Record<string, string>; want: number }[] = [
    { name: 'in a container', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '200000 100000\n' }, want: 2 },
    { name: 'no quota', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: 'max 100000\n' }, want: 8 },
    {
      name: 'fractions are rounded down',
      files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '250000 100000\n' },
      want: 2,
    },
    {
      name: 'less than one CPU is one',
      files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '10000 100000\n' },
      want: 1,
    },
    { name: 'more than there are', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '6400000 100000\n' }, want: 8 },
    { name: 'another period', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '150000 50000\n' }, want: 3 },
    {
      name: 'on the host',
      files: { [SELF]: `0::/${POD}/c\n`, [`${UNIFIED}/${POD}/c/cpu.max`]: '400000 100000\n' },
      want: 4,
    },
    {
      name: 'a parent is tighter',
      files: {
        [SELF]: `0::/${POD}/c\n`,
        [`${UNIFIED}/${POD}/c/cpu.max`]: 'max 100000\n',
        [`${UNIFIED}/${POD}/cpu.max`]: '300000 100000\n',
        [`${UNIFIED}/kubepods.slice/cpu.max`]: '500000 100000\n',
      },
      want: 3,
    },
    {
      name: "the path is the host's, the folder the container's",
      files: { [SELF]: `0::/${POD}/c\n`, [`${UNIFIED}/cpu.max`]: '200000 100000\n' },
      want: 2,
    },
    {
      name: 'a path above the namespace',
      files: { [SELF]: '0::/../other\n', [`${UNIFIED}/cpu.max`]: '200000 100000\n' },
      want: 2,
    },
    {
      name: 'a path with a colon',
      files: { [SELF]: '0::/a:b\n', [`${UNIFIED}/a:b/cpu.max`]: '200000 100000\n' },
      want: 2,
    },
  ];
  for (const { name, files, want } of rows) it(name, () => assert.equal(countWith(files), want));
});

describe('version 1', () => {
  const self = '4:memory:/x\n2:cpu,cpuacct:/\n1:cpuset:/\n0::/\n';
  const cpu = `${UNIFIED}/cpu,cpuacct`;
  const rows: { name: string; files: Record<string, string>; want: number }[] = [
    {
      name: 'a quota',
      files: { [SELF]: self, [`${cpu}/cpu.cfs_quota_us`]: '300000\n', [`${cpu}/cpu.cfs_period_us`]: '100000\n' },
      want: 3,
    },
    {
      name: '-1 is no quota',
      files: { [SELF]: self, [`${cpu}/cpu.cfs_quota_us`]: '-1\n', [`${cpu}/cpu.cfs_period_us`]: '100000\n' },
      want: 8,
    },
    {
      name: 'mounted as cpu only',
      files: {
        [SELF]: self,
        [`${UNIFIED}/cpu/cpu.cfs_quota_us`]: '100000\n',
        [`${UNIFIED}/cpu/cpu.cfs_period_us`]: '100000\n',
      },
      want: 1,
    },
    {
      name: 'a group below',
      files: {
        [SELF]: '2:cpu:/docker/abc\n',
        [`${UNIFIED}/cpu/docker/abc/cpu.cfs_quota_us`]: '500000\n',
        [`${UNIFIED}/cpu/docker/abc/cpu.cfs_period_us`]: '100000\n',
      },
      want: 5,
    },
    {
      name: 'the quota of another controller does not count',
      files: {
        [SELF]: '1:cpuset:/\n',
        [`${UNIFIED}/cpuset/cpu.cfs_quota_us`]: '100000\n',
        [`${UNIFIED}/cpuset/cpu.cfs_period_us`]: '100000\n',
      },
      want: 8,
    },
    {
      name: 'version 2 beside it',
      files: {
        [SELF]: '2:cpuset:/\n0::/\n',
        [`${UNIFIED}/unified/cpu.max`]: '200000 100000\n',
      },
      want: 2,
    },
  ];
  for (const { name, files, want } of rows) it(name, () => assert.equal(countWith(files), want));
});

describe('nothing to read', () => {
  const rows: { name: string; files: Record<string, string> }[] = [
    { name: 'no proc', files: {} },
    { name: 'no control group', files: { [SELF]: '' } },
    { name: 'odd lines', files: { [SELF]: 'what\n::\n', [`${UNIFIED}/cpu.max`]: 'odd\n' } },
    { name: 'an empty file', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '' } },
    { name: 'a period of nothing', files: { [SELF]: '0::/\n', [`${UNIFIED}/cpu.max`]: '100000 0\n' } },
  ];
  for (const { name, files } of rows) it(name, () => assert.equal(countWith(files), 8));
});

it('this machine has at least one CPU and no more than its affinity mask', () => {
  const count = availableCpus();
  assert.ok(count >= 1 && count <= availableParallelism());
});
