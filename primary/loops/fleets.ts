// The fleets that this replica is in, by the mark of their probes; nothing of Redis is loaded before there is one. Called by loops.ts. Cold.

import type { StoreSettings } from '#redis/settings.ts';
import type { BlockConfig } from '../plan/blocks.ts';
import type { LoopFleet } from './fleet.ts';

interface Joined {
  readonly settings: string;
  readonly fleet: Promise<LoopFleet>;
}

export class Fleets {
  #joined = new Map<string, Joined>();

  /** Joins the fleets of all blocks that have both loop and redis_cache, and leaves the others. */
  open(blocks: readonly BlockConfig[]): void {
    const former = this.#joined;
    this.#joined = new Map();
    for (const block of blocks) {
      const mark = block.get('loop')?.mark;
      const store = block.get('redis_cache')?.store;
      if (mark !== undefined && store !== undefined) this.#join(mark, store, former.get(mark));
    }
    for (const joined of former.values()) if (![...this.#joined.values()].includes(joined)) leave(joined);
  }

  #join(mark: string, store: StoreSettings, known: Joined | undefined): void {
    const settings = JSON.stringify(store);
    if (this.#joined.has(mark)) return;
    this.#joined.set(mark, known?.settings === settings ? known : { settings, fleet: load(store) });
  }

  /** A probe that is not this replica's was seen. Without a fleet nobody wants to know. */
  note(mark: string, name: string): void {
    void this.#joined.get(mark)?.fleet.then((fleet) => fleet.note(name));
  }

  has(mark: string): boolean {
    return this.#joined.has(mark);
  }

  /** Whether another replica of the fleet has seen this replica's probe. Never rejects. */
  async hasNote(mark: string, name: string): Promise<boolean> {
    const fleet = await this.#joined.get(mark)?.fleet;
    return fleet === undefined ? false : fleet.hasNote(name);
  }

  close(): void {
    for (const joined of this.#joined.values()) leave(joined);
    this.#joined.clear();
  }
}

async function load(store: StoreSettings): Promise<LoopFleet> {
  const { LoopFleet } = await import('./fleet.ts');
  return new LoopFleet(store);
}

function leave({ fleet }: Joined): void {
  void fleet.then((joined) => joined.close());
}
