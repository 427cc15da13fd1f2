// What a rule believes of replies beyond what everybody checks: the case of letters (case_randomize), addresses (rebind_protect). Hot.

import type { Counters } from '#memory/counters.ts';
import { HEADER_BYTES } from '#wire/constants.ts';
import type { Host } from '../../chain/handler.ts';
import type { RandomPool } from '../../lib/random.ts';
import { EXACT, LetterCase, OTHER } from '../../lib/upstream/letter-case.ts';
import { sameQuestion } from '../../lib/upstream/reply.ts';
import { writeRequest } from '../../lib/upstream/request.ts';
import type { Query } from '../../query/query.ts';
import type { ForwardSlots } from './metrics.ts';
import type { TrustSettings } from './options.ts';
import { RebindProtection } from './rebind.ts';

/** What is known of an upstream's way with letters. */
export interface Speller {
  readonly text: string;
  /** It gives questions back in other letters: that was seen over a connection, where nobody else could have answered. */
  folds: boolean;
}

export class Trust {
  readonly #letters: LetterCase | null;
  readonly #rebind: RebindProtection | null;
  readonly #random: RandomPool;
  readonly #counters: Counters;
  readonly #host: Host;
  readonly #blocked: number;

  constructor({ caseRandomize, rebind }: TrustSettings, slots: ForwardSlots, host: Host, random: RandomPool) {
    this.#letters = caseRandomize ? new LetterCase() : null;
    this.#rebind = rebind === null ? null : new RebindProtection(rebind.except, host.seed);
    this.#random = random;
    this.#counters = host.counters;
    this.#host = host;
    this.#blocked = slots.rebindsBlocked;
  }

  /** Writes the request of an exchange to `to[at…]` and returns its length. */
  write(slot: number, query: Query, { folds }: Speller, to: Uint8Array, at: number, id: number): number {
    const length = writeRequest(query, to, at, id);
    if (this.#letters === null) return length;
    if (folds) this.#letters.leave(slot);
    else this.#letters.spell(slot, this.#random.u32() | 0, to, at + HEADER_BYTES);
    return length;
  }

  /** Compares the question of a reply with the one that was sent: EXACT, FOLDED or OTHER. */
  compare(slot: number, query: Query, bytes: Uint8Array, at: number, length: number): number {
    if (this.#letters?.isSpelt(slot)) return this.#letters.compare(slot, query, bytes, at, length);
    return sameQuestion(query, bytes, at, length) ? EXACT : OTHER;
  }

  /** The upstream itself has answered in other letters: it gets none of ours from now on. */
  learn(upstream: Speller): void {
    if (upstream.folds) return;
    upstream.folds = true;
    this.#host.log.warning(
      `plugin/forward: ${upstream.text} does not give the case of letters back: case_randomize is off for it`,
    );
  }

  /** The answer to `query` has been read from a reply. */
  settle(query: Query): void {
    this.#letters?.restore(query.answer);
    if (this.#rebind?.block(query, query.answer)) this.#counters.add(this.#blocked);
  }
}
