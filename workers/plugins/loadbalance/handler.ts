// Changes the order of addresses in every answer, so that clients that take the first one spread. Called on the way up. Hot.

import { RCODE, TYPE } from '#wire/constants.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { WRITTEN } from '#workers/chain/outcome.ts';
import { Shuffle } from '#workers/lib/random.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import { type Network, parseNetwork } from './network.ts';
import { regroup } from './regroup.ts';
import { AddressRuns, DISORDER, QUIET } from './runs.ts';
import type { LoadbalanceOptions } from './setup.ts';
import { Weighing } from './weighing.ts';

/** Octets from the RDATA back to the TTL, which belongs to the address and moves with it. */
const TTL_BACK = 6;
/** RDLENGTH stands between TTL and RDATA and is the same for both. */
const TTL_BYTES = 4;

class Loadbalance implements Handler {
  readonly #prefer: readonly Network[];
  readonly #weighing: Weighing | null;
  readonly #random: Shuffle;
  readonly #runs = new AddressRuns();

  constructor(options: LoadbalanceOptions, host: Host, random: Shuffle) {
    this.#prefer = options.prefer.map(parseNetwork).filter((network) => network !== undefined);
    this.#weighing =
      options.policy === 'weighted' ? new Weighing(host.files.image(options.image), host.seed, random) : null;
    this.#random = random;
  }

  finish(query: Query, answer: Answer): void {
    if (answer.answers < 2 && answer.additionals < 2 && answer.authorities < 2) return;
    if (answer.outcome !== WRITTEN || answer.rcode !== RCODE.NOERROR) return;
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return;
    this.#order(query, answer);
  }

  #order(query: Query, answer: Answer): void {
    const runs = this.#runs;
    // Only shuffling puts groups into order: weights do not care.
    let found = runs.scan(answer, this.#weighing !== null);
    if (found === DISORDER) {
      if (!regroup(query, answer, this.#random)) return;
      found = runs.scan(answer, true);
    }
    if (found === QUIET) return;
    for (let run = 0; run < runs.count; run++) this.#orderRun(answer, run);
  }

  #orderRun(answer: Answer, run: number): void {
    const { start, rdataAt, width } = this.#runs;
    const first = start[run];
    const end = start[run + 1];
    if (end - first < 2) return;
    const { bytes } = answer;
    if (this.#weighing === null) {
      for (let i = end - 1; i > first; i--)
        swap(bytes, rdataAt[i], rdataAt[first + this.#random.below(i - first + 1)], width[run]);
    } else {
      const top = this.#weighing.choose(answer, this.#runs, run);
      swap(bytes, rdataAt[first], rdataAt[top], width[run]);
    }
    if (this.#prefer.length > 0) this.#preferred(bytes, first, end, width[run]);
  }

  /** Addresses of preferred networks change places with those before them. */
  #preferred(bytes: Uint8Array, first: number, end: number, width: number): void {
    const { rdataAt } = this.#runs;
    let place = first;
    for (let i = first; i < end; i++)
      if (this.#isPreferred(bytes, rdataAt[i], width)) swap(bytes, rdataAt[place++], rdataAt[i], width);
  }

  #isPreferred(bytes: Uint8Array, at: number, width: number): boolean {
    const networks = this.#prefer;
    for (let i = 0; i < networks.length; i++)
      if (networks[i].width === width && networks[i].contains(bytes, at)) return true;
    return false;
  }
}

/** Exchanges TTL and RDATA of two records whose RDATA of `width` octets stands at `a` and `b`. */
function swap(bytes: Uint8Array, a: number, b: number, width: number): void {
  if (a === b) return;
  for (let i = -TTL_BACK; i < width; i++) {
    // Skips RDLENGTH, which both share.
    if (i === TTL_BYTES - TTL_BACK) i = 0;
    const octet = bytes[a + i];
    bytes[a + i] = bytes[b + i];
    bytes[b + i] = octet;
  }
}

export function build(plan: PluginPlan<LoadbalanceOptions, null>, host: Host, _scope: BlockScope): Handler {
  return new Loadbalance(plan.options, host, new Shuffle());
}

/** A handler whose choices a test can foresee. */
export function buildWith(options: LoadbalanceOptions, host: Host, random: Shuffle): Handler {
  return new Loadbalance(options, host, random);
}
