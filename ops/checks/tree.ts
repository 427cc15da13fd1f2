// The repository as a list of files, without what Git ignores. Read by the checks of this folder; cold.

import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The folders that hold the program; what stands beside them is configuration and prose. */
export const TOP_FOLDERS = ['primary', 'workers', 'shared-cache', 'k8s-watcher', 'ops', 'loadtest'] as const;

/** Paths of all files, `/` between their parts, from the root of the repository, sorted. */
export const FILES: readonly string[] = list('', ignored());

/** Those in TypeScript. */
export const SOURCES: readonly string[] = FILES.filter((file) => file.endsWith('.ts'));

/** Those that run in a server or a tool: no tests, benchmarks, or kits of tests. */
export const PROGRAM: readonly string[] = SOURCES.filter((file) => !isTest(file));

/** Text of one file. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** True for tests and what only tests use. */
export function isTest(file: string): boolean {
  return /\.(test|bench|cases)\.ts$|\/testing(\/|\.ts$)|\/(rig|scene)\.ts$|\/e2e\//.test(file);
}

/** Names of the folders in a folder. */
export function foldersOf(folder: string): string[] {
  const inside = FILES.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1));
  return [...new Set(inside.filter((file) => file.includes('/')).map((file) => file.slice(0, file.indexOf('/'))))];
}

/** Patterns of .gitignore, which has names only. */
function ignored(): string[] {
  const lines = readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n');
  return ['.git', ...lines.filter((line) => line !== '').map((line) => line.replace(/\/$/, ''))];
}

function list(folder: string, without: readonly string[]): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const kept = entries.filter(({ name }) => !without.some((pattern) => matchesGlob(name, pattern)));
  return kept
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? list(path, without) : [path];
    })
    .sort();
}
