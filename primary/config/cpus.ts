// How many CPUs the process may use: affinity and the quota of its control groups. Called when threads are counted. Cold.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** A group's membership, one line of /proc/self/cgroup: `ID:CONTROLLERS:PATH`. */
interface Membership {
  readonly controllers: string;
  readonly path: string;
}

/**
 * Whole CPUs, at least 1: the smaller of `online` (CPUs of the affinity mask, so cpuset too) and the tightest quota of the
 * process's control groups and their parents, rounded down. Rounding up would let the threads together run into the quota, and the kernel
 * then stops all of them for the rest of a period (up to 100 ms). `root` is where /proc and /sys are found.
 */
export function availableCpus(root = '/', online: number = availableParallelism()): number {
  let quota = Number.POSITIVE_INFINITY;
  for (const membership of memberships(root)) {
    if (membership.controllers === '')
      quota = Math.min(quota, tightest(unifiedFolders(root), membership.path, readUnified));
    else if (membership.controllers.split(',').includes('cpu')) {
      quota = Math.min(quota, tightest(legacyFolders(root, membership.controllers), membership.path, readLegacy));
    }
  }
  return Math.max(1, Math.min(online, Math.floor(quota)));
}

function memberships(root: string): Membership[] {
  const lines = (read(join(root, 'proc/self/cgroup')) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers, path: path.join(':') };
  });
}

/** Version 2 alone, and beside version 1. */
function unifiedFolders(root: string): string[] {
  return [join(root, 'sys/fs/cgroup'), join(root, 'sys/fs/cgroup/unified')];
}

/** Version 1: one folder per mounted set of controllers, often with a link for each. */
function legacyFolders(root: string, controllers: string): string[] {
  return [join(root, 'sys/fs/cgroup', controllers), join(root, 'sys/fs/cgroup/cpu')];
}

/**
 * The smallest quota on the way from the group to the top. Inside a container the path may be the host's, which is not
 * there: then the walk ends at the top folder, which is the container's own group.
 */
function tightest(folders: readonly string[], path: string, quotaOf: (folder: string) => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const folder of folders) {
    for (let group = join('/', path); ; group = dirname(group)) {
      least = Math.min(least, quotaOf(join(folder, group)));
      if (group === '/') break;
    }
  }
  return least;
}

/** `cpu.max` holds `QUOTA PERIOD` in microseconds, or `max PERIOD`. */
function readUnified(folder: string): number {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(/\s+/);
  return ratio(quota, period);
}

/** A quota of -1 is none. */
function readLegacy(folder: string): number {
  return ratio(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us')));
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Number.POSITIVE_INFINITY;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not this version of control groups, or no limit at this level
  }
}
