// Finds programs as a shell does, and where Debian puts servers. Cold.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian leaves these out of the PATH of those who are not root. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The program's path, or undefined when it is not installed. A name with a slash is a path. */
export function findExecutable(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `undefined` when all programs are there, else which is not. */
export function missingExecutable(...names: readonly string[]): string | undefined {
  const missing = names.find((name) => findExecutable(name) === undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
}
