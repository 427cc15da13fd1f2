// Which chain answers: the longest zone of a listener's server blocks (spec B3). Built from the plan, asked for every query. Hot.

import { CLASS, TYPE } from '#wire/constants.ts';
import { ZoneSet } from '../lib/zones.ts';
import type { Query } from '../query/query.ts';
import type { Chain } from './chain.ts';

/** A zone of a listener and who answers for it. */
export interface Served {
  readonly zone: string;
  readonly chain: Chain;
  /** Index of the zone within its block, for labels of metrics. */
  readonly zoneIndex: number;
}

/** The table of one listener. A reload makes a new one. */
export class Dispatch {
  readonly #zones: ZoneSet;
  readonly #served: readonly Served[];
  /** True when a block here lets classes other than IN enter (spec B3.2). */
  readonly #anyClass: boolean;

  constructor(served: readonly Served[], anyClass: boolean, seed: number) {
    this.#served = served;
    this.#anyClass = anyClass;
    this.#zones = new ZoneSet(
      served.map((entry) => entry.zone),
      seed,
    );
  }

  /** The chain for the query, or null: REFUSED. Sets `query.zone`. */
  find(query: Query): Chain | null {
    if (!this.admits(query)) return null;
    let index = this.#zones.match(query);
    if (index < 0) return null;
    if (query.type === TYPE.DS) index = this.#topmost(query, index);
    const served = this.#served[index];
    query.zone = served.zoneIndex;
    return served.chain;
  }

  /** True when queries of that class may enter chains here. */
  admits(query: Query): boolean {
    return query.klass === CLASS.IN || this.#anyClass;
  }

  /** DS belongs to the parent: the topmost matching zone answers, the root only if nothing else matched (spec B3.5, RFC 4035 §3.1.4.1). */
  #topmost(query: Query, index: number): number {
    let top = index;
    for (let labels = this.#zones.labels(top) - 1; labels > 0; labels = this.#zones.labels(top) - 1) {
      const above = this.#zones.matchUpTo(query, labels);
      if (above < 0 || this.#zones.labels(above) === 0) break;
      top = above;
    }
    return top;
  }

  /** Every chain once. */
  chains(): Set<Chain> {
    return new Set(this.#served.map((entry) => entry.chain));
  }
}
