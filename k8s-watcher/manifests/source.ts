// A folder or file of manifests as the source of objects: reads it, watches it, tells what has changed. Cold.

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ManifestError } from '../errors.ts';
import { type ClusterObject, describeId, idOf, type ObjectId } from '../objects/object.ts';
import type { SourceSink } from '../source.ts';
import type { StoreEvent } from '../store/store.ts';
import { type Listing, listManifests } from './files.ts';
import { FolderWatch } from './folder-watch.ts';
import { parseManifest } from './parse.ts';

/** Milliseconds between two looks when the system tells of no change: a few thousand `stat` calls take some 10 ms. */
const POLL_INTERVAL = 10_000;

/** What is known of one file. */
interface FileState {
  stamp: string;
  /** Its objects by their text id. */
  ids: ReadonlyMap<string, ObjectId>;
}

/**
 * An object that stands in several files counts as the last of them, in the order of their paths, has it. All work is done one after the other.
 */
export class ManifestSource {
  readonly #path: string;
  readonly #sink: SourceSink;
  readonly #pollInterval: number;
  readonly #files = new Map<string, FileState>();
  /** The file whose version of an object counts. */
  readonly #owners = new Map<string, string>();
  #watch: FolderWatch | null = null;
  #work: Promise<void> = Promise.resolve();
  /** The last problem with the path itself, so that it is told once. */
  #lost = '';

  constructor(path: string, sink: SourceSink, pollInterval: number = POLL_INTERVAL) {
    this.#path = path;
    this.#sink = sink;
    this.#pollInterval = pollInterval;
  }

  /** Reads everything, a batch a file. Rejects with ManifestError at the first file that is broken. */
  async load(): Promise<Listing> {
    const listing = await this.#list();
    for (const [file, stamp] of listing.files) {
      const objects = await this.#read(file);
      const state: FileState = { stamp, ids: new Map() };
      this.#files.set(file, state);
      this.#sink.apply(this.#take(file, state, objects));
    }
    return listing;
  }

  /** Tells the sink of changes from now on, those since `listing` included. */
  watch(listing: Listing): void {
    const watch = new FolderWatch(this.#pollInterval, () => this.#schedule());
    this.#watch = watch;
    watch.setFolders(this.#foldersOf(listing));
    this.#schedule();
  }

  /** Resolves when nothing is being read any more. */
  async close(): Promise<void> {
    this.#watch?.close();
    this.#watch = null;
    await this.#work;
  }

  #schedule(): void {
    this.#work = this.#work
      .then(() => this.#rescan())
      .catch((error: unknown) => this.#sink.problem(`manifests: ${this.#path}: ${text(error)}`));
  }

  #foldersOf(listing: Listing): readonly string[] {
    return listing.folders.length > 0 ? listing.folders : [dirname(this.#path)];
  }

  async #list(): Promise<Listing> {
    try {
      return await listManifests(this.#path);
    } catch (error) {
      throw new ManifestError(`manifests: ${this.#path}: ${text(error)}`);
    }
  }

  async #read(file: string): Promise<ClusterObject[]> {
    let content: string;
    try {
      content = await readFile(file, 'utf8');
    } catch (error) {
      throw new ManifestError(`manifests: ${file}: ${text(error)}`);
    }
    return parseManifest(file, content);
  }

  async #rescan(): Promise<void> {
    const listing = await this.#listAgain();
    if (listing === undefined || this.#watch === null) return;
    this.#watch.setFolders(this.#foldersOf(listing));
    const events: StoreEvent[] = [];
    const orphans = new Set<string>();
    for (const [file, state] of this.#files) {
      if (listing.files.has(file)) continue;
      this.#files.delete(file);
      for (const id of state.ids.keys()) if (this.#owners.get(id) === file) orphans.add(id);
      events.push(...this.#released(file, state.ids, new Map()));
    }
    for (const [file, stamp] of listing.files)
      if (this.#files.get(file)?.stamp !== stamp) events.push(...(await this.#reread(file, stamp, orphans)));
    events.push(...(await this.#adopt(orphans)));
    if (events.length > 0) this.#sink.apply(events);
  }

  /** A path that cannot be read any more keeps its objects. */
  async #listAgain(): Promise<Listing | undefined> {
    try {
      const listing = await this.#list();
      this.#lost = '';
      return listing;
    } catch (error) {
      const line = text(error);
      if (line !== this.#lost) this.#sink.problem(line);
      this.#lost = line;
      return undefined;
    }
  }

  /** A file that is broken now keeps its last good state, and is told of once for every change. */
  async #reread(file: string, stamp: string, orphans: Set<string>): Promise<StoreEvent[]> {
    const state = this.#files.get(file) ?? { stamp, ids: new Map() };
    this.#files.set(file, state);
    state.stamp = stamp;
    try {
      const objects = await this.#read(file);
      const before = state.ids;
      const events = this.#take(file, state, objects);
      for (const id of before.keys()) if (!state.ids.has(id) && this.#owners.get(id) === file) orphans.add(id);
      return [...events, ...this.#released(file, before, state.ids)];
    } catch (error) {
      this.#sink.problem(text(error));
      return [];
    }
  }

  /** The file's objects are these now: events of those that count. */
  #take(file: string, state: FileState, objects: readonly ClusterObject[]): StoreEvent[] {
    const ids = new Map<string, ObjectId>();
    const events: StoreEvent[] = [];
    for (const object of objects) {
      const id = idOf(object);
      const key = describeId(id);
      if (!ids.has(key) && !state.ids.has(key)) this.#tellTwins(file, key);
      ids.set(key, id);
      const owner = this.#owners.get(key);
      if (owner !== undefined && owner > file && this.#files.get(owner)?.ids.has(key)) continue;
      this.#owners.set(key, file);
      events.push({ action: 'put', object });
    }
    state.ids = ids;
    return events;
  }

  #tellTwins(file: string, key: string): void {
    const owner = this.#owners.get(key);
    if (owner === undefined || owner === file || this.#files.get(owner)?.ids.has(key) !== true) return;
    const counts = owner > file ? owner : file;
    this.#sink.problem(`manifests: ${file}: ${key} is in ${owner} too; that of ${counts} counts`);
  }

  /** Deletions of what the file owned and does not have any more. */
  #released(file: string, before: FileState['ids'], now: FileState['ids']): StoreEvent[] {
    const gone = [...before].filter(([key]) => !now.has(key) && this.#owners.get(key) === file);
    return gone.map(([, id]) => ({ action: 'delete', id }));
  }

  /** Objects that their owner has lost belong to the last other file that has them. */
  async #adopt(orphans: ReadonlySet<string>): Promise<StoreEvent[]> {
    const adopted = new Map<string, Set<string>>();
    for (const key of orphans) {
      const heir = [...this.#files]
        .filter(([, state]) => state.ids.has(key))
        .map(([file]) => file)
        .sort()
        .at(-1);
      if (heir === undefined) this.#owners.delete(key);
      else adopted.set(heir, (adopted.get(heir) ?? new Set()).add(key));
    }
    const events: StoreEvent[] = [];
    for (const [file, keys] of adopted) {
      for (const key of keys) this.#owners.set(key, file);
      const objects = await this.#read(file).catch((error: unknown) => {
        this.#sink.problem(text(error));
        return [];
      });
      for (const object of objects) if (keys.has(describeId(idOf(object)))) events.push({ action: 'put', object });
    }
    return events;
  }
}

/** `ENOENT: no such file or directory, stat '…'` → `no such file or directory`; everything else as it is. */
function text(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^E[A-Z]+: ([^,]*),.*$/, '$1');
}
