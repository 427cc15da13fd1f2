// Reads a state file: all of it is checked before anything of it is used. Cold.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StateError } from '../errors.ts';
import type { ClusterObject } from '../objects/object.ts';
import { FORMAT, type StateHead, type StateTail, VERSION } from './format.ts';
import { decodeLine } from './line.ts';

const CHUNK = 1 << 18;
/** A line is an object of at most 1 MiB in the API server's own store; the file never has a longer one. */
const LONGEST = 4 << 20;

export interface LoadOptions {
  /** Key of the source that the file must be of. */
  readonly source: string;
  /** Unix time, seconds. */
  readonly now: number;
  /** Seconds. */
  readonly maxAge: number;
}

/**
 * The head, with `take` called for batches of objects in between. Undefined when there is no file. Throws StateError with one line for a file that is
 * broken, of another version or source, or too old; `take` has not been called then.
 */
export function loadState(
  path: string,
  options: LoadOptions,
  take: (objects: readonly ClusterObject[]) => void,
): StateHead | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const head = check(path, file, options);
    for (const lines of linesOf(file)) take(lines.filter((line) => line.startsWith('{"kind"')).map(decodeLine));
    return head;
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StateError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function check(path: string, file: number, options: LoadOptions): StateHead {
  const broken = (why: string): StateError => new StateError(`${path}: ${why}`);
  const sha = createHash('sha256');
  let head = '';
  let last = '';
  let objects = -1;
  for (const lines of linesOf(file)) {
    for (const line of lines) {
      if (objects < 0) head = line;
      else sha.update(`${last}\n`);
      last = line;
      objects++;
    }
  }
  const found = parse<StateHead>(head);
  if (found?.format !== FORMAT) throw broken('not a state file of Shoal');
  if (found.version !== VERSION) throw broken(`its format has version ${found.version}, not ${VERSION}`);
  const tail = parse<StateTail>(last);
  // The head is among the lines that the tail counts not.
  if (tail?.sha256 !== sha.digest('hex') || tail.objects !== objects - 1)
    throw broken('damaged: its checksum does not match');
  if (found.source !== options.source) throw broken('of another API server or other selectors');
  const age = options.now - found.savedAt;
  if (age > options.maxAge) throw broken(`${age} seconds old, more than ${options.maxAge}`);
  return found;
}

function parse<T>(line: string): (Partial<T> & T) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** All lines of the file from its beginning, some at a time. What stands behind the last line feed is a line too. */
function* linesOf(file: number): Generator<string[]> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  const size = fstatSync(file).size;
  let rest: Buffer = Buffer.alloc(0);
  for (let at = 0; at < size; ) {
    const length = readSync(file, buffer, 0, CHUNK, at);
    if (length === 0) break;
    at += length;
    const chunk = Buffer.concat([rest, buffer.subarray(0, length)]);
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) yield chunk.toString('utf8', 0, end - 1).split('\n');
    rest = chunk.subarray(end);
    if (rest.length > LONGEST) break;
  }
  if (rest.length > 0) yield [rest.toString('utf8')];
}
