// Which files hold manifests, and how one sees that they have changed. Cold.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MANIFEST = /\.(ya?ml|json)$/i;

/** What is there: files with a stamp that changes with their content, and the folders to watch. */
export interface Listing {
  /** By path, in the order of their paths. */
  readonly files: ReadonlyMap<string, string>;
  readonly folders: readonly string[];
}

/**
 * A file, whatever its name, or every .yaml, .yml and .json file below a folder. Names that begin with a dot are left out: editors' files, and
 * the `..data` of a mounted ConfigMap, whose files are seen through their links. Links are followed. Throws errors of the file system.
 */
export async function listManifests(path: string): Promise<Listing> {
  const files: [path: string, stamp: string][] = [];
  const folders: string[] = [];
  const seen = new Set<string>();
  const visit = async (at: string, top: boolean): Promise<void> => {
    const stats = await statOf(at, top);
    if (stats === undefined) return;
    const identity = `${stats.dev}:${stats.ino}`;
    if (!stats.isDirectory()) {
      if (stats.isFile() && (top || MANIFEST.test(at)))
        files.push([at, `${identity}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`]);
      return;
    }
    // A link back to a folder above.
    if (seen.has(identity)) return;
    seen.add(identity);
    folders.push(at);
    for (const name of await readdir(at)) if (!name.startsWith('.')) await visit(join(at, name), false);
  };
  await visit(path, true);
  files.sort(([a], [b]) => (a < b ? -1 : 1));
  return { files: new Map(files), folders };
}

/** Undefined for a link to nowhere, and for what has gone since the folder was read. */
async function statOf(path: string, must: boolean): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (must || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
