// The memory of a server: all its processes together, as if nothing else ran on the machine. Cold; sampled often.

import { readFileSync } from 'node:fs';
import { processTree } from '#loadtest/generator/processes.ts';
import { type ProcessMemory, parseSmaps } from './smaps.ts';

/** In MiB. */
export interface Footprint {
  readonly total: number;
  readonly own: number;
  readonly shared: number;
  readonly files: number;
}

const MIB = 1024;

/** The process and what it and its children started. Those that end while it looks count as nothing. */
export function footprintOf(root: number): Footprint {
  return sumOf(processTree(root).map(memoryOf));
}

function memoryOf(pid: number): ProcessMemory {
  try {
    return parseSmaps(readFileSync(`/proc/${pid}/smaps`, 'latin1'));
  } catch {
    return { own: 0, shared: 0, files: new Map() };
  }
}

/**
 * Pages of a file count once for all processes that have them, and in full: whether a strange process has them, too, which
 * PSS would divide by, says nothing about the server. Of two processes' pages of one mapping the larger number is taken.
 */
export function sumOf(processes: readonly ProcessMemory[]): Footprint {
  const files = new Map<string, number>();
  for (const process of processes)
    for (const [key, size] of process.files) files.set(key, Math.max(files.get(key) ?? 0, size));
  const own = sum(processes.map((process) => process.own)) / MIB;
  const shared = sum(processes.map((process) => process.shared)) / MIB;
  const pages = sum([...files.values()]) / MIB;
  return { total: own + shared + pages, own, shared, files: pages };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
