// Upstreams of one thread that can be probed for loops, by path, and the primary's orders to do so. Cold: one message a minute for each upstream.

import { encodeName } from '#wire/name.ts';
import type { Probed, Probes, Turn } from '../chain/handler.ts';

export class ThreadProbes implements Probes {
  readonly #turn: Pick<Turn, 'begin' | 'end'>;
  readonly #report: (name: string, answered: boolean) => void;
  readonly #probed = new Map<string, Set<Probed>>();

  /** `report` takes messages to the primary. */
  constructor(turn: Pick<Turn, 'begin' | 'end'>, report: (name: string, answered: boolean) => void) {
    this.#turn = turn;
    this.#report = report;
  }

  add(path: string, probed: Probed): void {
    const known = this.#probed.get(path) ?? new Set();
    this.#probed.set(path, known.add(probed));
  }

  remove(path: string, probed: Probed): void {
    const known = this.#probed.get(path);
    known?.delete(probed);
    if (known?.size === 0) this.#probed.delete(path);
  }

  /** Has a probe sent through the path's latest upstream. Every order is answered once; one that cannot be carried out at once. */
  send(path: string, name: string): void {
    const probed = [...(this.#probed.get(path) ?? [])].at(-1);
    if (probed === undefined) {
      this.#report(name, false);
      return;
    }
    this.#turn.begin();
    try {
      probed.probe(encodeName(name), (answered) => this.#report(name, answered));
    } finally {
      this.#turn.end();
    }
  }
}
