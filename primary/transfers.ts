// Zone transfers between the threads that ask and the watcher that tells: who waits for what, and how many may. Cold.

import type { ThreadEvent, TransferCommand } from '#workers/messages.ts';
import type { TransferAsk, TransferTold } from '#zone/transfer.ts';

/**
 * Transfers at once in a replica. Each holds a query of its thread, an envelope, and in the watcher what changes under it; secondaries are a
 * handful. More only helps clients that stall; shoal_transfers_total{result="busy"} says when it is too few.
 */
const MAX_TRANSFERS = 16;

export interface TransfersContext {
  /** Passes something on to the watcher; false when there is none now. */
  readonly ask: (id: number, ask: TransferAsk) => boolean;
  readonly tell: (command: TransferCommand) => void;
}

/** A transfer as its thread knows it. */
interface Route {
  readonly thread: number;
  readonly transfer: number;
}

export class Transfers {
  readonly #context: TransfersContext;
  /** By the number that the watcher knows it by. */
  readonly #routes = new Map<number, Route>();
  #last = 0;

  constructor(context: TransfersContext) {
    this.#context = context;
  }

  /** Transfers under way. */
  get size(): number {
    return this.#routes.size;
  }

  /** A thread wants something. */
  asked({ thread, transfer, ask }: Extract<ThreadEvent, { kind: 'transfer' }>): void {
    if (ask.step === 'open') this.#open({ thread, transfer }, ask);
    else {
      const id = this.#find(thread, transfer);
      if (id === undefined) return;
      if (ask.step === 'close') this.#routes.delete(id);
      this.#context.ask(id, ask);
    }
  }

  #open(route: Route, ask: TransferAsk): void {
    if (this.#routes.size >= MAX_TRANSFERS) {
      this.#tell(route, { step: 'refused', why: 'busy' });
      return;
    }
    const id = ++this.#last;
    this.#routes.set(id, route);
    if (!this.#context.ask(id, ask)) this.told(id, { step: 'refused', why: 'gone' });
  }

  #find(thread: number, transfer: number): number | undefined {
    for (const [id, route] of this.#routes) if (route.thread === thread && route.transfer === transfer) return id;
    return undefined;
  }

  /** The watcher has said something; those who have gone do not hear it. */
  told(id: number, told: TransferTold): void {
    const route = this.#routes.get(id);
    if (route === undefined) return;
    if (told.step === 'refused' || told.last) this.#routes.delete(id);
    this.#tell(route, told);
  }

  #tell({ thread, transfer }: Route, told: TransferTold): void {
    this.#context.tell({ kind: 'transfer', thread, transfer, told });
  }

  /** Threads have died with all that they had begun: their successors count from 1 again. */
  threadsDied(threads: readonly number[]): void {
    for (const [id, { thread }] of this.#routes) {
      if (!threads.includes(thread)) continue;
      this.#routes.delete(id);
      this.#context.ask(id, { step: 'close' });
    }
  }

  /** The watcher has died: nobody knows any more how far the transfers had come. */
  watcherDied(): void {
    for (const id of [...this.#routes.keys()]) this.told(id, { step: 'refused', why: 'gone' });
  }
}
