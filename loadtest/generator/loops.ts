// Who decides when queries go out: the answers (closed loop) or the clock (open loop). Hot: a turn of the event loop each.

import type { Client } from './client.ts';
import { Pace } from './pace.ts';

/** Queries of an open loop that are sent before answers are read again. A stall is made up for in bursts of this size. */
const BURST = 64;

/** What an open loop could not do as it should. */
export interface Lateness {
  /** Longest time (ms) that a query was sent too late. It is part of the latencies. */
  readonly lagMs: number;
  /** Queries that were due and never sent. They are in no other figure. */
  readonly unsent: number;
}

export interface Loop {
  /**
   * Sends nothing that is due after `end`; resolves when what was due before it has been sent, or is given up at `deadline`.
   * Times are milliseconds of `performance.now()`. Undefined where nothing can be late.
   */
  stop(end: number, deadline: number): Promise<Lateness | undefined>;
}

/** The first `window` queries, spread over the clients; from then on each answer brings the next query. */
export function startClosedLoop(clients: readonly Client[], window: number): Loop {
  const now = performance.now();
  for (let i = 0; i < window; i++) clients[i % clients.length].send(now);
  for (const client of clients) client.flush();
  return {
    async stop() {
      for (const client of clients) client.finish();
      return undefined;
    },
  };
}

/**
 * Sends `rate` queries a second, from one client after the other. The loop does not sleep unless it may `doze`, because timers fire a
 * millisecond or two late; the price is a busy core.
 */
export function startOpenLoop(clients: readonly Client[], rate: number, doze: boolean): Loop {
  return new OpenLoop(clients, rate, doze);
}

class OpenLoop implements Loop {
  readonly #clients: readonly Client[];
  readonly #pace: Pace;
  readonly #doze: boolean;
  readonly #turn: () => void;
  readonly #stopped: Promise<Lateness>;
  #resolve: (lateness: Lateness) => void = () => {};
  #next = 0;
  #lag = 0;
  #end = Number.POSITIVE_INFINITY;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(clients: readonly Client[], rate: number, doze: boolean) {
    this.#clients = clients;
    this.#doze = doze;
    this.#pace = new Pace(performance.now(), rate);
    this.#turn = () => this.#tick();
    this.#stopped = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#tick();
  }

  stop(end: number, deadline: number): Promise<Lateness> {
    this.#end = end;
    this.#deadline = deadline;
    return this.#stopped;
  }

  #tick(): void {
    const now = performance.now();
    const due = this.#pace.due(Math.min(now, this.#end));
    if ((now >= this.#end && due === 0) || now >= this.#deadline) {
      this.#resolve({ lagMs: this.#lag, unsent: due });
      return;
    }
    if (due > 0) this.#send(Math.min(due, BURST), now);
    if (this.#doze && due <= BURST) setTimeout(this.#turn, 1);
    else setImmediate(this.#turn);
  }

  #send(count: number, now: number): void {
    const client = this.#clients[this.#next];
    this.#next = (this.#next + 1) % this.#clients.length;
    for (let i = 0; i < count; i++) {
      const started = this.#pace.take();
      if (now - started > this.#lag) this.#lag = now - started;
      client.send(started);
    }
    client.flush();
  }
}
