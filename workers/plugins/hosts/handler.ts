// Answers from hosts files: one lookup in the image that the primary publishes. Hot.

import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { foldLabel, hashAddress, hashLabel } from '#wire/hash.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { readReverse } from '#workers/lib/access/reverse.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { PluginPlan } from '../plan.ts';
import { writeAddresses, writeNames } from './records.ts';
import type { HostsOptions } from './setup.ts';

/** The label `*` in wire form. */
const STAR = Uint8Array.of(1, 0x2a);
const MAX_NAME_BYTES = 255;

class Hosts implements Handler {
  readonly #options: HostsOptions;
  readonly #image: ZoneImage;
  readonly #zones: ZoneSet;
  readonly #fallthrough: ZoneSet;
  readonly #seed: number;
  readonly #starHash: number;
  /** An address, or the name of a wildcard. */
  readonly #scratch = new Uint8Array(MAX_NAME_BYTES);

  constructor(options: HostsOptions, host: Host) {
    this.#options = options;
    this.#image = host.files.image(options.image);
    this.#zones = new ZoneSet(options.zones, host.seed);
    this.#fallthrough = new ZoneSet(options.fallthrough, host.seed);
    this.#seed = host.seed;
    this.#starHash = hashLabel(host.seed, STAR, 0);
  }

  serve(query: Query, answer: Answer): Outcome {
    if (query.type === TYPE.PTR) return this.#reverse(query, answer);
    if (this.#zones.match(query) < 0) return NEXT;
    const entry = this.#find(query);
    if (entry === 0) return this.#fallthrough.match(query) >= 0 ? NEXT : RCODE.SERVFAIL;
    const { type } = query;
    const address = type === TYPE.A || type === TYPE.AAAA;
    if (!address && this.#options.fallthroughUnsupported && this.#fallthrough.match(query) >= 0) return NEXT;
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    const rrset = address ? this.#image.rrset(entry, type) : 0;
    if (rrset !== 0) writeAddresses(query, answer, this.#image, rrset, type);
    return WRITTEN;
  }

  /** Reverse names need not be in the zones, and what is not here is always for the next plugin. */
  #reverse(query: Query, answer: Answer): Outcome {
    const scratch = this.#scratch;
    const length = readReverse(query, scratch);
    if (length === 0) return NEXT;
    const entry = this.#image.findAddress(hashAddress(this.#seed, scratch, 0, length), scratch, 0, length);
    const rrset = entry === 0 ? 0 : this.#image.rrset(entry, TYPE.PTR);
    if (rrset === 0) return NEXT;
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    writeNames(query, answer, this.#image, rrset);
    return WRITTEN;
  }

  /** The name itself, or the wildcard that stands for its first label. */
  #find(query: Query): number {
    const entry = this.#image.find(query.nameHash, query.bytes, query.lowerAt, query.nameLength - 1);
    return entry !== 0 || query.labels < 2 ? entry : this.#findWildcard(query);
  }

  #findWildcard(query: Query): number {
    const { bytes } = query;
    const scratch = this.#scratch;
    const from = query.lowerAt + query.labelAt[1];
    const rest = query.nameLength - 1 - query.labelAt[1];
    scratch[0] = STAR[0];
    scratch[1] = STAR[1];
    for (let i = 0; i < rest; i++) scratch[2 + i] = bytes[from + i];
    return this.#image.find(foldLabel(query.suffixHash[1], this.#starHash), scratch, 0, rest + 2);
  }
}

export function build(plan: PluginPlan<HostsOptions, unknown>, host: Host, _scope: BlockScope): Handler {
  return new Hosts(plan.options, host);
}
