// What the kernel says about a process, from /proc. Used by process.ts at every scrape; cold.

import { readdirSync, readFileSync } from 'node:fs';

/** Memory in bytes, by what backs it; the resident size is the sum. */
export interface Resident {
  /** Heap and stacks: the process' own. */
  readonly anonymous: number;
  /** The program's file and libraries: shared by all processes that run it. */
  readonly file: number;
  /** Shared memory: zone images, answers, counters. */
  readonly shared: number;
}

export interface ProcessReading {
  /** Seconds of CPU time, user and system. */
  readonly cpu: number;
  readonly resident: Resident;
  readonly openFds: number;
}

/** The kernel shows times in hundredths of a second (USER_HZ) on every architecture that Node runs on. */
const TICKS = 100;
/** Fields of /proc/PID/stat behind the name in parentheses: state is the first (proc(5)). */
const UTIME = 11;
const STIME = 12;

/** Undefined when the process is gone, or where there is no /proc. */
export function readProcess(pid: number, root = '/proc'): ProcessReading | undefined {
  try {
    const folder = `${root}/${pid}`;
    return {
      cpu: cpuOf(readFileSync(`${folder}/stat`, 'utf8')),
      resident: residentOf(readFileSync(`${folder}/status`, 'utf8')),
      openFds: readdirSync(`${folder}/fd`).length,
    };
  } catch {
    return undefined;
  }
}

/** The soft limit of open files of a process; undefined where there is no /proc, Infinity for no limit. */
export function readFdLimit(pid: number, root = '/proc'): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(`${root}/${pid}/limits`, 'utf8'))?.[1];
    return soft === undefined ? undefined : soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return undefined;
  }
}

function cpuOf(stat: string): number {
  // The name may hold blanks and parentheses: fields begin behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS;
}

function residentOf(status: string): Resident {
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { anonymous: bytes('RssAnon'), file: bytes('RssFile'), shared: bytes('RssShmem') };
}
