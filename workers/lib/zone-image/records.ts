// Writes records of a zone image into an answer: addresses, SRV with glue, PTR, SOA. Used by handlers of zone images. Hot.

import { MAX_NAME_BYTES, RCODE, TYPE } from '#wire/constants.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { ADDITIONAL, ANSWER, type Answer, QNAME_OFFSET } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';
import { recordBelow } from '../access/owner.ts';

const IN = 1;
const POINTER = 0xc0;
/** Owner (a pointer), type, class, TTL and length of a record. */
const FIXED_BYTES = 12;
/** Offsets from here on cannot be pointed to (RFC 1035 section 4.1.4). */
const POINTER_LIMIT = 0x4000;
/** Priority, weight and port (RFC 2782). */
const SRV_FIXED = 6;
/** MNAME and RNAME in front of the zone, without the pointers to it. */
const SOA_NS = new TextEncoder().encode('\x02ns\x03dns');
const SOA_HOSTMASTER = new TextEncoder().encode('\x0ahostmaster');
const SOA_NUMBERS = 20;
/** Refresh, retry, expire (spec C6). */
const SOA_TIMES = [7200, 1800, 86400] as const;
/** A SOA record lives no longer. */
const SOA_MAX_TTL = 300;

/** Changes from one truncated answer to the next, so that no address is always among those left out. */
let rotation = 0;

/** All addresses of the RRset, with the owner at message offset `owner`. */
export function writeAddresses(
  answer: Answer,
  image: ZoneImage,
  rrset: number,
  type: number,
  owner: number,
  ownerLength: number,
): void {
  const count = image.rrsetCount(rrset);
  const fits = count * (FIXED_BYTES + (type === TYPE.A ? 4 : 16)) <= answer.room;
  if (!fits) rotation = (rotation + 1) & 0xffff;
  const first = fits ? 0 : rotation % count;
  answer.packed(owner, ownerLength, type, image.rrsetTtl(rrset), image.bytes, image.rrsetDataAt(rrset), count, first);
}

/** Begins a negative answer and adds the zone's SOA; `zoneLabels` says where the zone begins in QNAME. */
export function writeNegative(
  query: Query,
  answer: Answer,
  rcode: number,
  flags: number,
  zoneLabels: number,
  ttl: number,
  serial: number,
): void {
  answer.start(query, rcode, flags);
  answer.local = rcode !== RCODE.SERVFAIL;
  answer.section = 1;
  writeSoa(query, answer, zoneLabels, ttl, serial);
}

/**
 * `ns.dns.ZONE hostmaster.ZONE serial 7200 1800 86400 ttl`, names compressed to the zone in QNAME and thereby in the client's spelling.
 */
export function writeSoa(query: Query, answer: Answer, zoneLabels: number, ttl: number, serial: number): void {
  const zone = QNAME_OFFSET + query.zoneOffset(zoneLabels);
  const zoneLength = query.nameLength - query.zoneOffset(zoneLabels);
  const length = SOA_NS.length + SOA_HOSTMASTER.length + 4 + SOA_NUMBERS;
  // Two pointers stand for two whole names.
  answer.plainSize += 2 * (zoneLength - 2);
  let to = answer.record(zone, zoneLength, TYPE.SOA, IN, Math.min(ttl, SOA_MAX_TTL), length);
  if (to === 0) return;
  const { bytes } = answer;
  to = put(bytes, to, SOA_NS);
  to = putPointer(bytes, to, zone);
  to = put(bytes, to, SOA_HOSTMASTER);
  to = putPointer(bytes, to, zone);
  to = put32(bytes, to, serial);
  for (let i = 0; i < SOA_TIMES.length; i++) to = put32(bytes, to, SOA_TIMES[i]);
  put32(bytes, to, ttl);
}

/** How the zone at the end of targets is spelled, and how long glue lives. */
export interface TargetStyle {
  /** True: in lower case, as it is configured; false: as the client spells it. */
  readonly lower: boolean;
  /** TTL of glue, seconds; -1 for that of the SRV records. */
  readonly glueTtl: number;
}
const PLAIN_STYLE: TargetStyle = { lower: false, glueTtl: -1 };

/**
 * Writes SRV records and their glue from an RRset of the form TARGETS (see #zone/layout.ts). A target is the group's own label and QNAME from
 * some label on: what is left of the zone as it is stored, the zone as the style says. One object a handler.
 */
export class TargetWriter {
  #query!: Query;
  #answer!: Answer;
  /** Where QNAME's part of every target begins, within the name; its length; and the length of its first part, left of the zone. */
  #suffix = 0;
  #suffixLength = 0;
  #stored = 0;
  #ttl = 0;
  #glueTtl = 0;
  #weight = 0;
  readonly #lower: boolean;
  readonly #fixedTtl: number;
  /** Message offset of that part within the first SRV record: the tail of every owner of glue. */
  #tail = 0;

  constructor(style: TargetStyle = PLAIN_STYLE) {
    this.#lower = style.lower;
    this.#fixedTtl = style.glueTtl;
  }

  /** `front`: further leading labels of QNAME that are no part of targets. */
  write(query: Query, answer: Answer, image: ZoneImage, rrset: number, front: number, zoneLabels: number): void {
    this.writeRecords(query, answer, image, rrset, front, zoneLabels);
    this.writeGlue(image, rrset);
  }

  /** The first half of `write`: the answer section. */
  writeRecords(query: Query, answer: Answer, image: ZoneImage, rrset: number, front: number, zoneLabels: number): void {
    this.#query = query;
    this.#answer = answer;
    this.#suffix = query.labelAt[image.rrsetSkip(rrset) + front];
    this.#suffixLength = query.nameLength - this.#suffix;
    this.#stored = this.#lower ? this.#suffixLength : query.zoneOffset(zoneLabels) - this.#suffix;
    this.#ttl = image.rrsetTtl(rrset);
    this.#glueTtl = this.#fixedTtl < 0 ? this.#ttl : this.#fixedTtl;
    this.#weight = image.rrsetWeight(rrset);
    this.#tail = 0;
    const { bytes } = image;
    const from = image.rrsetDataAt(rrset);
    const end = from + image.rrsetDataBytes(rrset);
    answer.section = ANSWER;
    for (let at = from; at < end; at = this.#nextGroup(bytes, at)) this.#writePorts(bytes, at);
  }

  /** The second half: the additional section, for the RRset that `writeRecords` was last called with. */
  writeGlue(image: ZoneImage, rrset: number): void {
    const { bytes } = image;
    const from = image.rrsetDataAt(rrset);
    const end = from + image.rrsetDataBytes(rrset);
    this.#answer.section = ADDITIONAL;
    for (let at = from; at < end; at = this.#nextGroup(bytes, at)) this.#writeGroupGlue(bytes, at);
  }

  /** One target that is QNAME from label `front` on, for a pod: SRV 0 100 0 and its address. */
  writePod(
    query: Query,
    answer: Answer,
    address: Uint8Array,
    length: number,
    front: number,
    zoneLabels: number,
    ttl: number,
  ): void {
    this.#query = query;
    this.#answer = answer;
    this.#suffix = query.labelAt[front];
    this.#suffixLength = query.nameLength - this.#suffix;
    this.#stored = query.zoneOffset(zoneLabels) - this.#suffix;
    this.#ttl = ttl;
    this.#glueTtl = ttl;
    this.#weight = 100;
    this.#tail = 0;
    answer.section = ANSWER;
    this.#writeSrv(address, 0, 0, 0);
    answer.section = ADDITIONAL;
    this.#writeAddress(address, 0, 0, length === 4 ? TYPE.A : TYPE.AAAA, address, 0, length);
  }

  #nextGroup(bytes: Uint8Array, at: number): number {
    const counts = at + 1 + bytes[at];
    return counts + 6 + 2 * read16(bytes, counts + 4) + 4 * read16(bytes, counts) + 16 * read16(bytes, counts + 2);
  }

  #writePorts(bytes: Uint8Array, at: number): void {
    const ports = at + 1 + bytes[at] + 4;
    for (let left = read16(bytes, ports), port = ports + 2; left > 0; left--, port += 2)
      this.#writeSrv(bytes, at + 1, bytes[at], read16(bytes, port));
  }

  #writeGroupGlue(bytes: Uint8Array, at: number): void {
    const ownLength = bytes[at];
    const counts = at + 1 + ownLength;
    let address = counts + 6 + 2 * read16(bytes, counts + 4);
    for (let left = read16(bytes, counts); left > 0; left--, address += 4)
      this.#writeAddress(bytes, at + 1, ownLength, TYPE.A, bytes, address, 4);
    for (let left = read16(bytes, counts + 2); left > 0; left--, address += 16)
      this.#writeAddress(bytes, at + 1, ownLength, TYPE.AAAA, bytes, address, 16);
  }

  /** A target that would be longer than a name may be is left out, with its glue. */
  #writeSrv(own: Uint8Array, ownAt: number, ownLength: number, port: number): void {
    const answer = this.#answer;
    const targetLength = ownLength + this.#suffixLength;
    if (targetLength > MAX_NAME_BYTES) return;
    const { nameLength } = this.#query;
    let to = answer.record(QNAME_OFFSET, nameLength, TYPE.SRV, IN, this.#ttl, SRV_FIXED + targetLength);
    if (to === 0) return;
    const { bytes } = answer;
    to = put16(bytes, to, 0);
    to = put16(bytes, to, this.#weight);
    to = put16(bytes, to, port);
    for (let i = 0; i < ownLength; i++) bytes[to++] = own[ownAt + i];
    if (this.#tail === 0) this.#tail = to - answer.at;
    this.#putSuffix(bytes, to);
  }

  #putSuffix(bytes: Uint8Array, at: number): void {
    const query = this.#query;
    const lower = query.lowerAt + this.#suffix;
    const given = query.nameAt + this.#suffix;
    const stored = this.#stored;
    for (let i = 0; i < stored; i++) bytes[at + i] = query.bytes[lower + i];
    for (let i = stored; i < this.#suffixLength; i++) bytes[at + i] = query.bytes[given + i];
  }

  #writeAddress(
    own: Uint8Array,
    ownAt: number,
    ownLength: number,
    type: number,
    from: Uint8Array,
    at: number,
    length: number,
  ): void {
    const answer = this.#answer;
    const suffixLength = this.#suffixLength;
    if (ownLength + suffixLength > MAX_NAME_BYTES) return;
    // Without a tail no SRV record had room, and the message is full.
    const tail = this.#tail === 0 ? QNAME_OFFSET : this.#tail;
    const to =
      ownLength === 0
        ? answer.record(tail, suffixLength, type, IN, this.#glueTtl, length)
        : recordBelow(answer, own, ownAt, ownLength, tail, suffixLength, type, IN, this.#glueTtl, length);
    if (to === 0) return;
    for (let i = 0; i < length; i++) answer.bytes[to + i] = from[at + i];
  }
}

/** PTR records to names below `zone`, in wire form with the root octet, from an RRset of the form RELATIVE. */
export function writePointers(query: Query, answer: Answer, image: ZoneImage, rrset: number, zone: Uint8Array): void {
  const { bytes } = image;
  const ttl = image.rrsetTtl(rrset);
  const from = image.rrsetDataAt(rrset);
  const end = from + image.rrsetDataBytes(rrset);
  for (let at = from; at < end; at += 1 + bytes[at]) {
    const length = bytes[at];
    if (length + zone.length > MAX_NAME_BYTES) continue;
    const to = answer.record(QNAME_OFFSET, query.nameLength, TYPE.PTR, IN, ttl, length + zone.length);
    if (to === 0) continue;
    for (let i = 0; i < length; i++) answer.bytes[to + i] = bytes[at + 1 + i];
    for (let i = 0; i < zone.length; i++) answer.bytes[to + length + i] = zone[i];
  }
}

/**
 * One NS record of the apex: `labels` (without the root octet) below QNAME. Returns the message offset of the name, for its glue, or 0.
 */
export function writeNameServer(
  query: Query,
  answer: Answer,
  ttl: number,
  labels: Uint8Array,
  at: number,
  length: number,
): number {
  const { nameLength } = query;
  if (length + nameLength > MAX_NAME_BYTES) return 0;
  answer.plainSize += nameLength - 2;
  const to = answer.record(QNAME_OFFSET, nameLength, TYPE.NS, IN, ttl, length + 2);
  if (to === 0 || to - answer.at >= POINTER_LIMIT) return 0;
  for (let i = 0; i < length; i++) answer.bytes[to + i] = labels[at + i];
  putPointer(answer.bytes, to + length, QNAME_OFFSET);
  return to - answer.at;
}

export function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function put(bytes: Uint8Array, at: number, octets: Uint8Array): number {
  for (let i = 0; i < octets.length; i++) bytes[at + i] = octets[i];
  return at + octets.length;
}

function putPointer(bytes: Uint8Array, at: number, offset: number): number {
  bytes[at] = POINTER | (offset >>> 8);
  bytes[at + 1] = offset;
  return at + 2;
}

function put16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  return at + 2;
}

function put32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
