// File names that match an import pattern (behaviour A4). Called by the imports only. Cold.

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** True when the pattern is more than a plain path. */
export function isGlob(pattern: string): boolean {
  return /[*?[\]]/.test(pattern);
}

/** True for what could take forever to expand: two `*`, two `?`, or a character class. */
export function hasTooManyWildcards(pattern: string): boolean {
  const count = (char: string) => pattern.split(char).length - 1;
  return count('*') > 1 || count('?') > 1 || (pattern.includes('[') && pattern.includes(']'));
}

/**
 * Existing paths that match an absolute pattern, in lexical order. `*` and `?` stand for characters of one path segment,
 * leading dots included. A link counts as existing even when it leads nowhere.
 */
export function expandGlob(pattern: string): string[] {
  let paths = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    paths = paths.flatMap((path) => (/[*?]/.test(segment) ? matchesIn(path, segment) : existing(join(path, segment))));
  }
  return paths;
}

function existing(path: string): string[] {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [path];
  } catch {
    return []; // a file where a folder should be, or a folder that may not be entered
  }
}

function matchesIn(folder: string, segment: string): string[] {
  const expression = new RegExp(`^${[...segment].map(toExpression).join('')}$`, 'su');
  return namesIn(folder)
    .filter((name) => expression.test(name))
    .map((name) => join(folder, name));
}

function toExpression(char: string): string {
  if (char === '*') return '.*';
  if (char === '?') return '.';
  return /[\\^$.|+()[\]{}/]/.test(char) ? `\\${char}` : char;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
