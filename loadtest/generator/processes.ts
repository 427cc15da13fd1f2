// Processes seen from outside, by /proc: their CPU time and their children. Cold: read before and after a measurement.

import { readdirSync, readFileSync } from 'node:fs';
import { ProcessError } from '#loadtest/errors.ts';

/** Clock ticks of /proc in a second: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100;

/** A line of /proc/PID/stat (proc(5)), as far as it matters here. */
export interface ProcessStat {
  /** False when it has ended and only waits for its parent to notice. */
  readonly running: boolean;
  readonly parent: number;
  /** User and system time of all threads, ended ones too, in seconds. */
  readonly cpuSeconds: number;
}

/** `text`: "PID (name) state ppid …", where the name may hold blanks and brackets. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const running = fields[0] !== 'Z' && fields[0] !== 'X';
  return { running, parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return stat.running ? stat : undefined;
  } catch {
    return undefined; // gone, or there is no /proc
  }
}

/** CPU seconds that the processes used so far, together; 10 ms is the smallest step. @throws ProcessError when one is not there */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readStat(pid);
    if (stat === undefined) throw new ProcessError(`process ${pid} is not there (or there is no /proc)`);
    return sum + stat.cpuSeconds;
  }, 0);
}

/** The process and all that it or its children have started and that still run. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (stat !== undefined) parents.set(Number(entry), stat.parent);
  }
  const tree = parents.has(root) ? [root] : [];
  for (const member of tree) for (const [pid, parent] of parents) if (parent === member) tree.push(pid);
  return tree;
}

/** CPU time (seconds) of this process and of servers. */
export interface CpuTime {
  readonly generatorCpuSeconds: number;
  readonly serverCpuSeconds: number;
}

/** Measures CPU time from its making on. */
export class CpuMeter {
  readonly #pids: readonly number[];
  readonly #servers: number;
  readonly #own = process.cpuUsage();

  /** @throws ProcessError when one of the servers is not there */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#servers = cpuSeconds(pids);
  }

  /** @throws ProcessError when one of the servers has ended */
  read(): CpuTime {
    const { user, system } = process.cpuUsage(this.#own);
    return { generatorCpuSeconds: (user + system) / 1e6, serverCpuSeconds: cpuSeconds(this.#pids) - this.#servers };
  }
}
