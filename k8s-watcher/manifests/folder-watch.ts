// Says when something may have changed in folders: from the system where it tells, from time to time anyway. Cold.

import { type FSWatcher, watch } from 'node:fs';

/** An editor, `kubectl`, or a ConfigMap's change of links makes several events: so long (ms) after the last one … */
const QUIET = 50;
/** … but not longer than this after the first one it is time to look. */
const PATIENCE = 500;

export class FolderWatch {
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #timer: NodeJS.Timeout | null = null;
  #since = 0;

  /** `changed` is called at least every `pollInterval` milliseconds. */
  constructor(pollInterval: number, changed: () => void) {
    this.#changed = changed;
    this.#poll = setInterval(changed, pollInterval);
  }

  /** Watches exactly these folders from now on. One that cannot be watched (limits of inotify, a network mount) is left to the poll. */
  setFolders(folders: readonly string[]): void {
    const wanted = new Set(folders);
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#drop(folder, watcher);
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher);
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#touch());
      watcher.on('error', () => this.#drop(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch {
      // The poll sees it.
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }

  #touch(): void {
    const now = performance.now();
    if (this.#timer === null) this.#since = now;
    else if (now - this.#since < PATIENCE) clearTimeout(this.#timer);
    else return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#changed();
    }, QUIET);
  }
}
