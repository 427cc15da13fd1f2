// Host names of load balancers: CNAME and SRV records to them, and what the whole server knows of them (spec D k8s_external). Hot.

import { MAX_NAME_BYTES, TYPE } from '#wire/constants.ts';
import { RecordCursor } from '#wire/message.ts';
import type { Lookup, RepeatedAsker } from '#workers/chain/handler.ts';
import { AGAIN, NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { read16 } from '#workers/lib/zone-image/records.ts';
import { Splicer } from '#workers/lib/zone-image/splice.ts';
import { ADDITIONAL, ANSWER, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

const IN = 1;
/** Priority, weight and port (RFC 2782). */
const SRV_FIXED = 6;
/**
 * Host names of one answer that are looked up; load balancers have one or two. Within a lookup only the first is: names that lead to each other would
 * make of every question a number of questions that grows with every step (the reference ends with a stack overflow).
 */
const MAX_HOSTS = 7;
const HOSTS_WITHIN = 1;

/*
 * Query.token while a lookup is under way
 *   bit 0       SRV: 0 looks for A, 1 for AAAA
 *   bits 1…3    host names that may still be looked up, this one included
 *   bits 4…16   number of the record of the answer section that has the host name
 *   bits 17…29  number of the last one
 */
const LEFT_SHIFT = 1;
const LEFT_MASK = 7;
const RECORD_SHIFT = 4;
const LAST_SHIFT = 17;
const RECORD_MASK = 0x1fff;

/** One object a handler. */
export class HostNames implements RepeatedAsker {
  readonly #lookup: Lookup;
  readonly #splicer = new Splicer();
  readonly #cursor = new RecordCursor();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Adds a CNAME record for every name of the RRset, however many (spec), and looks them up. */
  follow(query: Query, answer: Answer, image: ZoneImage, rrset: number): Outcome {
    const first = answer.answers;
    const { bytes } = image;
    const ttl = image.rrsetTtl(rrset);
    const end = image.rrsetDataAt(rrset) + image.rrsetDataBytes(rrset);
    for (let at = image.rrsetDataAt(rrset); at < end; at += 2 + read16(bytes, at))
      answer.recordFrom(QNAME_OFFSET, query.nameLength, TYPE.CNAME, IN, ttl, bytes, at + 2, read16(bytes, at));
    return this.#begin(query, answer, first);
  }

  /**
   * Adds an SRV record for every name of the RRset `hosts` and every port of the RRset `srv`, whose first group has all of them. Glue of other targets is
   * to be written between this and `chase`.
   */
  writeTargets(query: Query, answer: Answer, image: ZoneImage, srv: number, hosts: number): void {
    const { bytes } = image;
    const weight = image.rrsetWeight(srv);
    const ttl = image.rrsetTtl(srv);
    const group = image.rrsetDataAt(srv);
    const ports = group + 1 + bytes[group] + 4;
    const count = read16(bytes, ports);
    const end = image.rrsetDataAt(hosts) + image.rrsetDataBytes(hosts);
    answer.section = ANSWER;
    for (let at = image.rrsetDataAt(hosts); at < end; at += 2 + read16(bytes, at)) {
      const length = read16(bytes, at);
      if (length > MAX_NAME_BYTES) continue;
      for (let port = 1; port <= count; port++) {
        const to = answer.record(QNAME_OFFSET, query.nameLength, TYPE.SRV, IN, ttl, SRV_FIXED + length);
        if (to === 0) continue;
        writeSrv(answer.bytes, to, weight, read16(bytes, ports + 2 * port));
        for (let i = 0; i < length; i++) answer.bytes[to + SRV_FIXED + i] = bytes[at + 2 + i];
      }
    }
  }

  /** Looks up the targets of SRV records from number `first` on, as glue. */
  chase(query: Query, answer: Answer, first: number): Outcome {
    return this.#begin(query, answer, first);
  }

  #begin(query: Query, answer: Answer, first: number): Outcome {
    const last = answer.answers - 1;
    if (answer.truncated || last < first || last > RECORD_MASK) return WRITTEN;
    answer.local = false;
    const left = query.depth > 0 ? HOSTS_WITHIN : MAX_HOSTS;
    query.token = (last << LAST_SHIFT) | (first << RECORD_SHIFT) | (left << LEFT_SHIFT);
    return this.#ask(query, answer);
  }

  /** What cannot be asked is left out. */
  #ask(query: Query, answer: Answer): Outcome {
    do {
      const target = this.#targetOf(answer, recordOf(query.token));
      if (target === 0) return WRITTEN;
      const { type, token } = query;
      const outcome = this.#lookup.ask(query, this, answer.at + target, type === TYPE.SRV ? glueType(token) : type);
      if (outcome !== NEXT) return outcome;
    } while (this.#advance(query, answer));
    return WRITTEN;
  }

  /** Takes over the answer section of the lookup, whatever its rcode. */
  answered(parent: Query, _sub: Query, subAnswer: Answer): Outcome {
    const { answer, type, token } = parent;
    if (subAnswer.outcome === WRITTEN && subAnswer.answers > 0) {
      const section = type === TYPE.SRV ? ADDITIONAL : ANSWER;
      this.#splicer.copy(answer, section, this.#targetOf(answer, recordOf(token)), subAnswer);
    }
    return !answer.truncated && this.#advance(parent, answer) ? AGAIN : WRITTEN;
  }

  again(parent: Query): Outcome {
    return this.#ask(parent, parent.answer);
  }

  /** Moves the token on to what is to be looked up next; false when that was all. */
  #advance(query: Query, answer: Answer): boolean {
    const { token } = query;
    if (query.type === TYPE.SRV && (token & 1) === 0) {
      query.token = token | 1;
      return true;
    }
    const left = ((token >>> LEFT_SHIFT) & LEFT_MASK) - 1;
    const next = this.#nextHost(answer, recordOf(token), token >>> LAST_SHIFT);
    if (left === 0 || next === 0) return false;
    query.token = ((token >>> LAST_SHIFT) << LAST_SHIFT) | (next << RECORD_SHIFT) | (left << LEFT_SHIFT);
    return true;
  }

  /** Number of the first record behind `record` that has another host name, or 0. */
  #nextHost(answer: Answer, record: number, last: number): number {
    const { bytes, at } = answer;
    const name = this.#targetOf(answer, record);
    for (let next = record + 1; next <= last; next++)
      if (!isSame(bytes, at + name, at + this.#targetOf(answer, next))) return next;
    return 0;
  }

  /** Message offset of the host name in that record of the answer section; it is written in full. 0 when there is no such record. */
  #targetOf(answer: Answer, record: number): number {
    const cursor = this.#cursor;
    cursor.open(answer.bytes, answer.at, answer.questionEnd, answer.end, answer.answers, 0, 0);
    for (let i = 0; i <= record; i++) if (!cursor.next()) return 0;
    return cursor.rdataAt - answer.at + (cursor.type === TYPE.SRV ? SRV_FIXED : 0);
  }
}

function recordOf(token: number): number {
  return (token >>> RECORD_SHIFT) & RECORD_MASK;
}

function glueType(token: number): number {
  return (token & 1) === 0 ? TYPE.A : TYPE.AAAA;
}

/** Names in full and in lower case. */
function isSame(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; bytes[a + i] === bytes[b + i]; i++) if (bytes[a + i] === 0) return true;
  return false;
}

function writeSrv(bytes: Uint8Array, at: number, weight: number, port: number): void {
  bytes[at] = 0;
  bytes[at + 1] = 0;
  bytes[at + 2] = weight >>> 8;
  bytes[at + 3] = weight;
  bytes[at + 4] = port >>> 8;
  bytes[at + 5] = port;
}
