// Stores of answers behind this replica's own, as a thread reaches them: through its resolver's broker. Warm: one message a turn each way.

import type { LevelAsk, LevelTold } from '#redis/messages.ts';
import type { StoreSettings } from '#redis/settings.ts';
import type { Levels, LevelUser, Turn } from '../chain/handler.ts';

export class ThreadLevels implements Levels {
  readonly #turn: Pick<Turn, 'begin' | 'end'>;
  readonly #send: (level: number, ask: LevelAsk) => void;
  readonly #users = new Map<number, LevelUser>();
  #last = 0;

  /** `send` takes messages to the resolver. */
  constructor(turn: Pick<Turn, 'begin' | 'end'>, send: (level: number, ask: LevelAsk) => void) {
    this.#turn = turn;
    this.#send = send;
  }

  open(settings: StoreSettings, user: LevelUser): number {
    const level = ++this.#last;
    this.#users.set(level, user);
    this.#send(level, { step: 'open', settings });
    return level;
  }

  send(level: number, batch: Uint8Array): void {
    if (this.#users.has(level)) this.#send(level, { step: 'batch', batch });
  }

  close(level: number): void {
    if (!this.#users.delete(level)) return;
    this.#send(level, { step: 'close' });
    for (const user of this.#users.values()) user.show();
  }

  /** The broker has something for that user, who may have closed meanwhile. */
  deliver(level: number, told: LevelTold): void {
    const user = this.#users.get(level);
    if (user === undefined) return;
    this.#turn.begin();
    try {
      user.told(told);
    } finally {
      this.#turn.end();
    }
  }
}
