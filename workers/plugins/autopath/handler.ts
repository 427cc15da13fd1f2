// Goes through the client's search path in its stead: one question instead of five (behaviour D autopath, C11). Hot.

import { CLASS, MAX_NAME_BYTES, OPCODE, RCODE } from '#wire/constants.ts';
import { decodeName, encodeName } from '#wire/name.ts';
import type { BlockScope, Handler, Host, Lookup, RepeatedAsker, SearchPaths } from '#workers/chain/handler.ts';
import { AGAIN, DROP, NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { PluginPlan } from '../plan.ts';
import type { AutopathSlots } from './metrics.ts';
import type { AutopathOptions } from './options.ts';
import { takeReply } from './reply.ts';

/** `NS.svc.ZONE`, `svc.ZONE`, `ZONE`: all of them stand in the question. */
const PLUGIN_ELEMENTS = 3;
const ROOT = new Uint8Array(1);
/** Labels in front of the first element that a question without a known client must have: see the README. */
const STATELESS_LABELS = 2;
/** `Query.token`: labels of the first element, and above them the number of the element that is being tried. */
const ELEMENT_SHIFT = 8;
const LABELS_MASK = 0xff;

/**
 * The elements of a search path, in order:
 *
 * ```
 * 0 … own-1            ends of the question itself: as the client spells it, then with fewer labels
 * own … count-2        names of a search list
 * count-1              the root: the name by itself
 * ```
 */
export class Autopath implements Handler, RepeatedAsker {
  readonly #zones: ZoneSet;
  readonly #plugin: string;
  readonly #stateless: boolean;
  /** The first name of the search list when no plugin knows better; null otherwise. */
  readonly #first: ZoneSet | null;
  readonly #search: readonly Uint8Array[];
  readonly #own: number;
  readonly #count: number;
  readonly #lookup: Lookup;
  readonly #host: Host;
  readonly #success: number;
  #paths: SearchPaths | null = null;

  constructor(options: AutopathOptions, slots: AutopathSlots, host: Host) {
    const { zones, plugin, stateless, search } = options;
    const list = plugin === '' ? search.slice(1) : search;
    this.#zones = new ZoneSet(zones, host.seed);
    this.#plugin = plugin;
    this.#stateless = stateless;
    this.#first = plugin === '' && search.length > 0 ? new ZoneSet(search.slice(0, 1), host.seed) : null;
    this.#search = list.map(encodeName);
    this.#own = plugin === '' ? 1 : PLUGIN_ELEMENTS;
    this.#count = this.#own + list.length + 1;
    this.#lookup = host.lookup;
    this.#host = host;
    this.#success = slots.success;
  }

  meet(chain: ReadonlyMap<string, Handler>): void {
    this.#paths = chain.get(this.#plugin)?.searchPaths ?? null;
  }

  serve(query: Query, answer: Answer): Outcome {
    if (query.klass !== CLASS.IN || query.opcode !== OPCODE.QUERY || this.#zones.match(query) < 0) return NEXT;
    const labels = this.#firstElement(query);
    if (labels === 0) return NEXT;
    const front = query.labels - labels;
    if (this.#stateless && front < STATELESS_LABELS) return NEXT;
    if (front === 0) return this.#overshot(query, answer);
    query.token = labels;
    return this.#try(query, 0);
  }

  /** Labels of the element that the question ends with; 0 when the question is not about a search path. */
  #firstElement(query: Query): number {
    if (this.#paths !== null) return this.#paths.firstElement(query, this.#stateless);
    return this.#first === null || this.#first.match(query) < 0 ? 0 : this.#first.labels(0);
  }

  /** The reference fails here, and says why. The text is made for this one query: it is about to be a line of the log anyway. */
  #overshot(query: Query, answer: Answer): Outcome {
    const name = decodeName(query.bytes, query.lowerAt);
    answer.failure = `trimzone: overshot qname: ${name}for zone ${name}`;
    return RCODE.SERVFAIL;
  }

  /** Asks for the name with element `from`, or with the next one that makes a name of 255 octets at most. */
  #try(query: Query, from: number): Outcome {
    const labels = query.token & LABELS_MASK;
    const { labelAt } = query;
    const keep = labelAt[query.labels - labels];
    const own = this.#own;
    for (let element = from; element < this.#count; element++) {
      const isOwn = element < own;
      const start = isOwn ? labelAt[query.labels - labels + element] : 0;
      const suffix = isOwn ? query.bytes : element === this.#count - 1 ? ROOT : this.#search[element - own];
      const length = isOwn ? query.nameLength - start : suffix.length;
      if (keep + length > MAX_NAME_BYTES) continue;
      query.token = labels | (element << ELEMENT_SHIFT);
      // The first try has the client's spelling, so that its answer can be passed on as it is.
      const at = isOwn ? start + (element === 0 ? query.nameAt : query.lowerAt) : 0;
      const outcome = this.#lookup.askBehind(query, this, keep, suffix, at);
      if (outcome !== NEXT) return outcome;
      // Too much is in flight: what the first element said is right, if not all that could be said.
      return element === 0 ? NEXT : WRITTEN;
    }
    return WRITTEN;
  }

  /** The first answer that is not NXDOMAIN is the client's; of names that do not exist the first one is. */
  answered(parent: Query, sub: Query, subAnswer: Answer): Outcome {
    const { outcome } = subAnswer;
    if (outcome !== WRITTEN) {
      parent.answer.failure = subAnswer.failure;
      return outcome;
    }
    if (subAnswer.end === subAnswer.at) return DROP;
    const first = parent.token >>> ELEMENT_SHIFT === 0;
    if (subAnswer.rcode !== RCODE.NXDOMAIN) {
      this.#host.counters.add(this.#success);
      return takeReply(parent, sub, first);
    }
    if (!first) return AGAIN;
    const taken = takeReply(parent, sub, true);
    return taken === WRITTEN ? AGAIN : taken;
  }

  again(parent: Query): Outcome {
    return this.#try(parent, (parent.token >>> ELEMENT_SHIFT) + 1);
  }
}

export function build(
  { options, slots }: PluginPlan<AutopathOptions, AutopathSlots>,
  host: Host,
  _scope: BlockScope,
): Handler {
  return new Autopath(options, slots, host);
}
