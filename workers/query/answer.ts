// The answer to one query, written in place. Plugins start it, add records section by section; the core seals it. Hot.

import { EDNS_DO, FLAG, HEADER_BYTES, OPCODE, OPT_BYTES, TYPE } from '#wire/constants.ts';
import { NEXT, type Outcome } from '../chain/outcome.ts';
import { writeEcho } from './edns.ts';
import { moveOctets } from './octets.ts';
import type { Query } from './query.ts';
import { OPTIONS_BYTES, WORKSPACE } from './query.ts';

export const ANSWER = 0;
export const AUTHORITY = 1;
export const ADDITIONAL = 2;
/** Message offset of the question's name: the owner of most records. */
export const QNAME_OFFSET = HEADER_BYTES;
const POINTER = 0xc000;
/** `leastTtl` of an answer without records. */
const NO_TTL = 0x7fffffff;

/**
 * A message under construction at `at`; the header is written by `seal`.
 *
 * ```
 * at            at+12        questionEnd                         end        limitEnd
 *  │ header      │ question   │ answer · authority · additional   │ free     │ reserved for the OPT
 * ```
 * Records are added in the order of the sections. The first one that does not fit sets `truncated` and ends the message (spec B4).
 */
export class Answer {
  readonly bytes: Uint8Array;
  at = 0;
  end = 0;
  questionEnd = 0;
  limitEnd = 0;

  /** What became of the query so far: the outcome of the handler that ended the way down. Handlers may change it in `finish`. */
  outcome: Outcome = NEXT;
  /** 0 … 15; extended rcodes are the core's. */
  rcode = 0;
  /** Header flags beside QR, opcode, RD and CD, which follow the query (unless `relayed`): any of AA, TC, RA, AD. */
  flags = 0;
  answers = 0;
  authorities = 0;
  additionals = 0;
  /** The section that records go to. */
  section = ANSWER;
  truncated = false;
  /** Octets of the whole message without compression, without OPT and before truncation: what logs and metrics show. */
  plainSize = 0;
  /** Least and greatest TTL of the records that were added one by one; not of copied messages. */
  leastTtl = NO_TTL;
  mostTtl = 0;
  /** True when a plugin that owns its data wrote it: always fresh, not worth caching. */
  local = false;
  /** True for the answer of another server: RD and CD are in `flags` as it sent them and do not follow the query. */
  relayed = false;
  /** Why an error outcome came about, for the errors plugin; '' when the outcome says it all. Constant strings only. */
  failure = '';
  /** INFO-CODE that tells a client with EDNS why there is only an rcode (RFC 8914 §4), when the core writes the answer; 0 for none. */
  explanation = 0;
  /** Name of the plugin's own OPT: 1 when a plugin or an upstream gave one; its options stand in the workspace. */
  ownOpt = 0;
  ownOptionsLength = 0;
  ownOptDo = 0;
  readonly optionsAt: number;

  constructor(bytes: Uint8Array, workspace: number) {
    this.bytes = bytes;
    this.optionsAt = workspace + WORKSPACE.OPTIONS;
  }

  /** Prepares for a new query whose answer goes to `at`. */
  open(at: number): void {
    this.at = at;
    this.outcome = NEXT;
    this.failure = '';
    this.explanation = 0;
    this.clear();
  }

  /** Forgets everything that was written. */
  clear(): void {
    this.end = this.at;
    this.questionEnd = this.at;
    this.rcode = 0;
    this.flags = 0;
    this.answers = 0;
    this.authorities = 0;
    this.additionals = 0;
    this.section = ANSWER;
    this.truncated = false;
    this.plainSize = 0;
    this.leastTtl = NO_TTL;
    this.mostTtl = 0;
    this.local = false;
    this.relayed = false;
    this.ownOpt = 0;
    this.ownOptionsLength = 0;
    this.ownOptDo = 0;
  }

  /** Begins the message: the question in the query's spelling and no records. `flags`: AA and the like. */
  start(query: Query, rcode: number, flags: number): void {
    this.clear();
    this.rcode = rcode;
    this.flags = flags;
    const { bytes, at } = this;
    const { nameAt, nameLength } = query;
    let to = at + HEADER_BYTES;
    for (let i = 0; i < nameLength; i++) bytes[to + i] = bytes[nameAt + i];
    to += nameLength;
    bytes[to] = query.type >>> 8;
    bytes[to + 1] = query.type;
    bytes[to + 2] = query.klass >>> 8;
    bytes[to + 3] = query.klass;
    this.end = this.questionEnd = to + 4;
    this.plainSize = this.end - at;
    this.limitEnd = at + query.limit - (query.edns === 0 ? 0 : OPT_BYTES + query.echoLength);
  }

  /** Octets that are left for records. */
  get room(): number {
    return this.limitEnd - this.end;
  }

  /**
   * Adds one record up to its RDATA, which the caller writes: returns where, or 0 when it does not fit (the caller goes on as if it did).
   * `owner` is a message offset at which the owner name stands; `ownerLength` is that name's length without compression.
   */
  record(owner: number, ownerLength: number, type: number, klass: number, ttl: number, rdataLength: number): number {
    this.plainSize += ownerLength + 10 + rdataLength;
    if (ttl < this.leastTtl) this.leastTtl = ttl;
    if (ttl > this.mostTtl) this.mostTtl = ttl;
    const from = this.end;
    const end = from + 12 + rdataLength;
    if (this.truncated || end > this.limitEnd) {
      this.truncated = true;
      return 0;
    }
    const { bytes } = this;
    bytes[from] = (POINTER | owner) >>> 8;
    bytes[from + 1] = owner;
    bytes[from + 2] = type >>> 8;
    bytes[from + 3] = type;
    bytes[from + 4] = klass >>> 8;
    bytes[from + 5] = klass;
    bytes[from + 6] = ttl >>> 24;
    bytes[from + 7] = ttl >>> 16;
    bytes[from + 8] = ttl >>> 8;
    bytes[from + 9] = ttl;
    bytes[from + 10] = rdataLength >>> 8;
    bytes[from + 11] = rdataLength;
    this.end = end;
    this.#count();
    return from + 12;
  }

  /** Adds one record whose RDATA stands at `from[at…]`. */
  recordFrom(
    owner: number,
    ownerLength: number,
    type: number,
    klass: number,
    ttl: number,
    from: Uint8Array,
    at: number,
    length: number,
  ): void {
    const to = this.record(owner, ownerLength, type, klass, ttl, length);
    if (to === 0) return;
    for (let i = 0; i < length; i++) this.bytes[to + i] = from[at + i];
  }

  /**
   * Adds `count` records of fixed RDATA size (A: 4, AAAA: 16) that stand one behind the other at `from[at…]`, beginning with number `first`,
   * so that a client whose buffer is too small for all gets a subset that differs from time to time.
   */
  packed(
    owner: number,
    ownerLength: number,
    type: number,
    ttl: number,
    from: Uint8Array,
    at: number,
    count: number,
    first: number,
  ): void {
    const width = type === TYPE.A ? 4 : 16;
    let index = first;
    for (let n = 0; n < count; n++) {
      const to = this.record(owner, ownerLength, type, 1, ttl, width);
      if (to !== 0) {
        const rdata = at + index * width;
        for (let i = 0; i < width; i++) this.bytes[to + i] = from[rdata + i];
      }
      index = index + 1 === count ? 0 : index + 1;
    }
  }

  #count(): void {
    if (this.section === ANSWER) this.answers++;
    else if (this.section === AUTHORITY) this.authorities++;
    else this.additionals++;
  }

  /** Records of all sections. */
  get records(): number {
    return this.answers + this.authorities + this.additionals;
  }

  /** The answer now belongs at `to` (a retained query): moves what has been written. */
  moveTo(to: number): void {
    const by = to - this.at;
    if (by === 0) return;
    if (this.end > this.at) moveOctets(this.bytes, to, this.at, this.end - this.at);
    this.at = to;
    this.end += by;
    this.questionEnd += by;
    this.limitEnd += by;
  }

  /**
   * Adds an EDNS option of the plugin's own (RFC 6891 §6.1.2), the OPT being sent even to clients without one (spec B4).
   * Returns where its `length` octets of data go, or 0 when there is no room for options left.
   */
  option(code: number, length: number): number {
    if (this.ownOptionsLength + 4 + length > OPTIONS_BYTES) return 0;
    const { bytes } = this;
    const to = this.optionsAt + this.ownOptionsLength;
    bytes[to] = code >>> 8;
    bytes[to + 1] = code;
    bytes[to + 2] = length >>> 8;
    bytes[to + 3] = length;
    this.ownOpt = 1;
    this.ownOptionsLength += 4 + length;
    return to + 4;
  }

  /** Octets of the OPT that `seal` will append. */
  optSize(query: Query): number {
    if (this.ownOpt === 1) return OPT_BYTES + this.ownOptionsLength;
    return query.edns === 0 ? 0 : OPT_BYTES + query.echoLength;
  }

  /** Writes header and OPT (spec B4) and returns the length of the message. */
  seal(query: Query): number {
    const { bytes, at } = this;
    let flags = FLAG.QR | (query.flags & FLAG.OPCODE) | this.flags | this.rcode;
    if (query.opcode === OPCODE.QUERY && !this.relayed) flags |= query.flags & (FLAG.RD | FLAG.CD);
    if (this.truncated) flags |= FLAG.TC;
    bytes[at] = query.id >>> 8;
    bytes[at + 1] = query.id;
    bytes[at + 2] = flags >>> 8;
    bytes[at + 3] = flags;
    bytes[at + 4] = 0;
    bytes[at + 5] = 1;
    bytes[at + 6] = this.answers >>> 8;
    bytes[at + 7] = this.answers;
    bytes[at + 8] = this.authorities >>> 8;
    bytes[at + 9] = this.authorities;
    if (query.edns === 1 || this.ownOpt === 1) this.#writeOpt(query);
    bytes[at + 10] = this.additionals >>> 8;
    bytes[at + 11] = this.additionals;
    return this.end - at;
  }

  #writeOpt(query: Query): void {
    const { bytes } = this;
    const from = this.end;
    const size = query.edns === 1 ? query.udpSize : 4096;
    const own = this.ownOpt === 1;
    const flags = own ? (query.dnssecOk === 1 || this.ownOptDo === 1 ? EDNS_DO : 0) : query.ednsFlags & 0xff00;
    bytes[from] = 0;
    bytes[from + 1] = 0;
    bytes[from + 2] = TYPE.OPT;
    bytes[from + 3] = size >>> 8;
    bytes[from + 4] = size;
    bytes[from + 5] = 0;
    bytes[from + 6] = 0;
    bytes[from + 7] = flags >>> 8;
    bytes[from + 8] = flags;
    const length = own ? this.#copyOwnOptions(from + OPT_BYTES) : writeEcho(query, bytes, from + OPT_BYTES);
    bytes[from + 9] = length >>> 8;
    bytes[from + 10] = length;
    this.end = from + OPT_BYTES + length;
    this.additionals++;
  }

  #copyOwnOptions(to: number): number {
    const length = this.ownOptionsLength;
    this.bytes.copyWithin(to, this.optionsAt, this.optionsAt + length);
    return length;
  }
}
