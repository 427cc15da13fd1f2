// Hands whole zones over (AXFR, IXFR) to those who may have them. Hot for all other types: one comparison.

import { readAddress } from '#native/address.ts';
import { peerAddressAt } from '#native/datagram.ts';
import { RCODE, TYPE } from '#wire/constants.ts';
import { RecordCursor, SECTION, skipName } from '#wire/message.ts';
import type { BlockScope, Handler, Host } from '#workers/chain/handler.ts';
import { LATER, NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { ZoneSet } from '#workers/lib/zones.ts';
import type { Answer } from '#workers/query/answer.ts';
import { PROTO_TCP, type Query } from '#workers/query/query.ts';
import type { TransferOffer } from '../contract.ts';
import type { PluginPlan } from '../plan.ts';
import type { TransferSlots } from './metrics.ts';
import { Outgoing } from './outgoing.ts';
import type { TransferOptions, TransferRule } from './setup.ts';

/** Counts of the header (RFC 1035 §4.1.1). */
const AUTHORITIES = 8;
/** `serialOf` of a query that does not say what the client has. */
const NO_SERIAL = -1;

const cursor = new RecordCursor();

/** An occurrence of the directive, ready for use. */
class Rule {
  readonly #anybody: boolean;
  /** Octets of the clients' addresses. */
  readonly #to: readonly Uint8Array[];

  constructor(rule: TransferRule) {
    this.#anybody = rule.anybody;
    this.#to = rule.to.map((address) => readAddress(address).octets);
  }

  allows({ bytes, peerAt, family }: Query): boolean {
    if (this.#anybody) return true;
    const length = family === 6 ? 16 : 4;
    const at = peerAddressAt(peerAt, family === 6 ? 6 : 4);
    return this.#to.some(
      (address) => address.length === length && address.every((octet, i) => bytes[at + i] === octet),
    );
  }
}

/** Zones of one plugin, ready for use. */
class Offer {
  readonly image: string;
  readonly #zones: ZoneSet;
  readonly #exact: boolean;

  constructor({ zones, image, exact }: TransferOffer, seed: number) {
    this.image = image;
    this.#zones = new ZoneSet(zones, seed);
    this.#exact = exact ?? false;
  }

  has(query: Query): boolean {
    const zone = this.#zones.match(query);
    return zone >= 0 && (!this.#exact || this.#zones.labels(zone) === query.labels);
  }
}

class Transfer implements Handler {
  /** Zones of all rules, and which rule each belongs to. */
  readonly #zones: ZoneSet;
  readonly #rules: readonly Rule[];
  readonly #offers: readonly Offer[];
  readonly #slots: TransferSlots;
  readonly #host: Host;

  constructor({ rules, offers }: TransferOptions, slots: TransferSlots, host: Host) {
    this.#zones = new ZoneSet(
      rules.flatMap(({ zones }) => zones),
      host.seed,
    );
    this.#rules = rules.flatMap((rule) => {
      const ready = new Rule(rule);
      return rule.zones.map(() => ready);
    });
    this.#offers = offers.map((offer) => new Offer(offer, host.seed));
    this.#slots = slots;
    this.#host = host;
  }

  serve(query: Query, answer: Answer): Outcome {
    if (query.type !== TYPE.AXFR && query.type !== TYPE.IXFR) return NEXT;
    return this.#transfer(query, answer);
  }

  #transfer(query: Query, answer: Answer): Outcome {
    if (query.proto !== PROTO_TCP || query.responder?.part === undefined) return RCODE.REFUSED;
    const zone = this.#zones.match(query);
    if (zone < 0) return NEXT;
    if (!this.#rules[zone].allows(query)) return this.#refuse(query, answer);
    const since = query.type === TYPE.IXFR ? serialOf(query) : 0;
    if (since === NO_SERIAL) return RCODE.SERVFAIL;
    const offer = this.#offers.find((candidate) => candidate.has(query));
    if (offer === undefined) return NEXT;
    new Outgoing(query, this.#host, this.#slots).open(offer.image, since);
    return LATER;
  }

  /** Written here, so that it counts as an answer of a plugin (spec D transfer). */
  #refuse(query: Query, answer: Answer): Outcome {
    this.#host.counters.add(this.#slots.refused);
    answer.start(query, RCODE.REFUSED, 0);
    answer.local = true;
    return WRITTEN;
  }
}

/** Serial of the one SOA in the authority section (RFC 1995 §3), or NO_SERIAL. */
function serialOf({ bytes, at, length, questionLength }: Query): number {
  const end = at + length;
  const authorities = bytes[at + AUTHORITIES + 1];
  if (authorities !== 1) return NO_SERIAL;
  cursor.open(bytes, at, at + questionLength, end, bytes[at + AUTHORITIES - 1], authorities, 0);
  while (cursor.next()) if (cursor.section === SECTION.AUTHORITY) return soaSerial(end);
  return NO_SERIAL;
}

/** Of the record under the cursor: behind two names (RFC 1035 §3.3.13). */
function soaSerial(end: number): number {
  const { bytes, type, rdataAt } = cursor;
  if (type !== TYPE.SOA) return NO_SERIAL;
  const mailbox = skipName(bytes, rdataAt, end);
  const serial = mailbox === 0 ? 0 : skipName(bytes, mailbox, end);
  if (serial === 0 || serial + 4 > end) return NO_SERIAL;
  return ((bytes[serial] << 24) | (bytes[serial + 1] << 16) | (bytes[serial + 2] << 8) | bytes[serial + 3]) >>> 0;
}

export function build(plan: PluginPlan<TransferOptions, TransferSlots>, host: Host, _scope: BlockScope): Handler {
  return new Transfer(plan.options, plan.slots, host);
}
