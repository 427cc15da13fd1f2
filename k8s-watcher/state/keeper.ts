// Keeps the state file of one cluster up to date, and reads it at a start. Cold.

import { join } from 'node:path';
import { StateError } from '../errors.ts';
import type { StatePlan } from '../messages.ts';
import type { ClusterObject, Kind } from '../objects/object.ts';
import { unixTime } from '../unix-time.ts';
import { FORMAT, type StateHead, stateFileName, VERSION } from './format.ts';
import { loadState } from './load.ts';
import { saveState } from './save.ts';

/** What is to be kept. */
export interface StateContent {
  readonly versions: ReadonlyMap<Kind, string>;
  readonly objects: Iterable<ClusterObject>;
}

export interface KeeperLog {
  warning(line: string): void;
  info(line: string): void;
}

/**
 * ```
 * const keeper = new StateKeeper(plan, sourceKey, log);
 * const head = keeper.load((objects) => …);   // undefined: there is nothing that can be used
 * keeper.start(() => content);                // from now on saved when touched
 * keeper.touch();
 * await keeper.close(() => content);          // saved a last time if touched
 * ```
 */
export class StateKeeper {
  readonly #plan: StatePlan;
  readonly #source: string;
  readonly #path: string;
  readonly #log: KeeperLog;
  #touched = false;
  #timer: NodeJS.Timeout | null = null;
  #saving: Promise<void> = Promise.resolve();
  /** The last problem, so that it is told once. */
  #problem = '';
  /** Unix time and octets of the file written last; 0 for none. */
  savedAt = 0;
  savedBytes = 0;

  constructor(plan: StatePlan, source: string, log: KeeperLog) {
    this.#plan = plan;
    this.#source = source;
    this.#path = join(plan.folder, stateFileName(source));
    this.#log = log;
  }

  /** Hands over what was kept and can be used; a file that cannot is told of and left alone. */
  load(take: (objects: readonly ClusterObject[]) => void): StateHead | undefined {
    const { maxAge } = this.#plan;
    try {
      const head = loadState(this.#path, { source: this.#source, now: unixTime(), maxAge }, take);
      if (head !== undefined)
        this.#log.info(
          `Serving the state that was kept ${unixTime() - head.savedAt} seconds ago until the Kubernetes API answers`,
        );
      return head;
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.#log.warning(`Not serving a kept state: ${error.message}`);
      return undefined;
    }
  }

  start(content: () => StateContent): void {
    this.#timer = setInterval(() => this.#saveIfTouched(content), this.#plan.interval);
    this.#timer.unref();
  }

  /** There is something new to keep. */
  touch(): void {
    this.#touched = true;
  }

  async close(content: () => StateContent): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#saveIfTouched(content);
    await this.#saving;
  }

  #saveIfTouched(content: () => StateContent): void {
    if (!this.#touched) return;
    this.#touched = false;
    this.#saving = this.#saving.then(() => this.#save(content()));
  }

  /** Nothing is kept before the source has said everything once: an incomplete state would hide names. */
  async #save({ versions, objects }: StateContent): Promise<void> {
    if (versions.size === 0) return;
    const head: StateHead = {
      format: FORMAT,
      version: VERSION,
      source: this.#source,
      savedAt: unixTime(),
      resourceVersions: Object.fromEntries(versions),
    };
    try {
      this.savedBytes = await saveState(this.#path, head, objects);
      this.savedAt = head.savedAt;
      this.#problem = '';
    } catch (error) {
      const line = `The state cannot be kept: ${error instanceof Error ? error.message : String(error)}`;
      if (line !== this.#problem) this.#log.warning(line);
      this.#problem = line;
      this.#touched = true;
    }
  }
}
