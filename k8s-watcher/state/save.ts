// Writes all objects of a store to a state file, beside other work. Cold.

import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import type { ClusterObject } from '../objects/object.ts';
import type { StateHead, StateTail } from './format.ts';
import { encodeLine } from './line.ts';

/** Octets that are collected before they are written: some 500 objects, 2 ms of work between two looks at the watches. */
const CHUNK = 1 << 17;

/** Takes the place of the file at `path` when it is complete and on disk, readable by its owner only. Returns its size in octets. */
export async function saveState(path: string, head: StateHead, objects: Iterable<ClusterObject>): Promise<number> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    const bytes = await write(file, head, objects);
    await file.sync();
    await file.close();
    await rename(temporary, path);
    return bytes;
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function write(file: FileHandle, head: StateHead, objects: Iterable<ClusterObject>): Promise<number> {
  const sha = createHash('sha256');
  let bytes = 0;
  const flush = async (text: string): Promise<void> => {
    const chunk = Buffer.from(text);
    sha.update(chunk);
    bytes += chunk.length;
    await file.writeFile(chunk);
  };
  let chunk = `${JSON.stringify(head)}\n`;
  let count = 0;
  for (const object of objects) {
    chunk += `${encodeLine(object)}\n`;
    count++;
    if (chunk.length < CHUNK) continue;
    await flush(chunk);
    chunk = '';
  }
  await flush(chunk);
  const tail: StateTail = { objects: count, sha256: sha.digest('hex') };
  await file.writeFile(`${JSON.stringify(tail)}\n`);
  return bytes;
}
