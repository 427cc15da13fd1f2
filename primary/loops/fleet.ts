// What replicas tell each other of probes, through the Redis of redis_cache: whoever sees one that is not its own leaves a note. Loaded only with both plugins. Cold.

import { STATUS } from '#redis/batch.ts';
import type { StoreSettings } from '#redis/settings.ts';
import { RedisStore } from '#redis/store.ts';
import { TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { RecentNames } from './recent.ts';

/** Seconds that a note stays: an owner looks for it within a few. */
const NOTE_TTL = 30;
const NOTE = Uint8Array.of(1);
/** Milliseconds; nobody waits for it but a round of probing. */
const BUDGET = 1000;

/**
 * Notes are values like the answers of the store, with digests for names and proofs of their origin, under questions that no client can ask: their
 * class is 0. That one is there says all: somebody with the fleet key, and with the same zones and upstreams, was asked for that very name.
 */
export class LoopFleet {
  readonly #store: RedisStore;
  /** Names that notes were left of. */
  readonly #noted = new RecentNames();

  constructor(settings: StoreSettings) {
    const open: ConstructorParameters<typeof RedisStore>[1] = async (events) =>
      (await import('#redis/link.ts')).openLink(settings, events);
    const ignore = (): void => undefined;
    this.#store = new RedisStore({ ...settings, budget: BUDGET }, open, { changed: ignore, tallied: ignore });
  }

  /** This replica has seen a probe that is not its own. */
  note(name: string): void {
    if (this.#noted.has(name)) return;
    this.#noted.add(name);
    this.#store.put(questionOf(name), NOTE_TTL, NOTE);
  }

  /** Whether another replica has seen this replica's probe. Never rejects; false when Redis does not say. */
  async hasNote(name: string): Promise<boolean> {
    const { status } = await this.#store.get(questionOf(name));
    return status === STATUS.FOUND;
  }

  close(): void {
    this.#store.close();
  }
}

/** QTYPE, QCLASS, flags, QNAME: as shared-cache/redis/batch.ts has questions. */
function questionOf(name: string): Uint8Array {
  return Uint8Array.of(0, TYPE.HINFO, 0, 0, 0, ...encodeName(name));
}
