// The zone's own names: SOA, NS with glue, `ns1` below the apex name (spec D k8s_external). Hot, though seldom asked for.

import { readAddress } from '#native/address.ts';
import { RCODE, TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { findFrom, isLabelAt } from '#workers/lib/zone-image/names.ts';
import { writeAddresses, writeNameServer } from '#workers/lib/zone-image/records.ts';
import { ADDITIONAL, type Answer, AUTHORITY, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

const IN = 1;
const POINTER = 0xc0;
const NS1 = encodeName('ns1').slice(0, -1);
const HOSTMASTER = encodeName('hostmaster').slice(0, -1);
/** Serial, refresh, retry, expire, minimum (RFC 1035 section 3.3.13). */
const SOA_NUMBERS = 20;
const SOA_TIMES = [7200, 1800, 86_400] as const;
const POINTER_BYTES = 2;

/** Names below the apex name of a zone. */
export const NO_SUB_APEX = 0;
export const APEX_NAME = 1;
export const NAME_SERVER = 2;
export const BELOW_APEX = 3;

/** One object a handler. */
export class ExternalApex {
  readonly #ttl: number;
  /** Labels of the apex name, without the root octet, and how many. */
  readonly #apex: Uint8Array;
  readonly #labels: number;
  /** `ns1` and the apex name, likewise. */
  readonly #server: Uint8Array;
  /** The server's own addresses, one behind the other. */
  readonly #a: Uint8Array;
  readonly #aaaa: Uint8Array;

  /** `addresses`: as text, link-local ones with or without their interface. */
  constructor(apex: string, ttl: number, addresses: readonly string[]) {
    this.#ttl = ttl;
    this.#apex = encodeName(apex).slice(0, -1);
    this.#labels = apex.split('.').length;
    this.#server = Uint8Array.of(...NS1, ...this.#apex);
    const octets = addresses.map((text) => readAddress(text.replace(/%.*/, '')).octets);
    this.#a = Uint8Array.from(octets.filter(({ length }) => length === 4).flatMap((address) => [...address]));
    this.#aaaa = Uint8Array.from(octets.filter(({ length }) => length === 16).flatMap((address) => [...address]));
  }

  /** What QNAME is to the apex name of its zone. */
  locate(query: Query, zoneLabels: number): number {
    const front = query.labels - zoneLabels - this.#labels;
    if (front < 0 || !isLabelAt(query, front, this.#apex)) return NO_SUB_APEX;
    if (front === 0) return APEX_NAME;
    return front === 1 && isLabelAt(query, 0, NS1) ? NAME_SERVER : BELOW_APEX;
  }

  /** Begins a negative answer and adds the SOA. */
  writeNegative(query: Query, answer: Answer, rcode: number, flags: number, zoneLabels: number, serial: number): void {
    answer.start(query, rcode, flags);
    answer.local = rcode !== RCODE.SERVFAIL;
    answer.section = AUTHORITY;
    this.writeSoa(query, answer, zoneLabels, serial);
  }

  /** `ns1.APEX.ZONE hostmaster.APEX.ZONE serial 7200 1800 86400 ttl`. Unlike that of cluster zones the record has the TTL as it is configured. */
  writeSoa(query: Query, answer: Answer, zoneLabels: number, serial: number): void {
    const offset = query.zoneOffset(zoneLabels);
    const zone = QNAME_OFFSET + offset;
    const zoneLength = query.nameLength - offset;
    const apex = this.#apex;
    const length = this.#server.length + POINTER_BYTES + HOSTMASTER.length + POINTER_BYTES + SOA_NUMBERS;
    // Two pointers stand for the zone, and for the apex name with the zone.
    answer.plainSize += zoneLength - POINTER_BYTES + apex.length + zoneLength - POINTER_BYTES;
    let to = answer.record(zone, zoneLength, TYPE.SOA, IN, this.#ttl, length);
    if (to === 0) return;
    const { bytes } = answer;
    const name = to - answer.at + NS1.length;
    to = put(bytes, to, this.#server);
    to = putPointer(bytes, to, zone);
    to = put(bytes, to, HOSTMASTER);
    to = putPointer(bytes, to, name);
    to = put32(bytes, to, serial);
    for (let i = 0; i < SOA_TIMES.length; i++) to = put32(bytes, to, SOA_TIMES[i]);
    put32(bytes, to, this.#ttl);
  }

  /** The NS record with glue; QNAME is the zone. */
  writeServer(query: Query, answer: Answer, image: ZoneImage): void {
    const server = this.#server;
    const owner = writeNameServer(query, answer, this.#ttl, server, 0, server.length);
    if (owner === 0) return;
    answer.section = ADDITIONAL;
    const length = server.length + query.nameLength;
    this.#writeAddresses(query, answer, image, TYPE.A, owner, length, query.labels);
    this.#writeAddresses(query, answer, image, TYPE.AAAA, owner, length, query.labels);
  }

  /** Adds the addresses of the name server, which is QNAME. */
  writeServerAddresses(query: Query, answer: Answer, image: ZoneImage, zoneLabels: number): void {
    this.#writeAddresses(query, answer, image, query.type, QNAME_OFFSET, query.nameLength, zoneLabels);
  }

  /** Those of the services that the server belongs to; its own when it belongs to none. */
  #writeAddresses(
    query: Query,
    answer: Answer,
    image: ZoneImage,
    type: number,
    owner: number,
    ownerLength: number,
    zoneLabels: number,
  ): void {
    const entry = findFrom(image, query, query.labels - zoneLabels, zoneLabels);
    if (entry !== 0) {
      const rrset = image.rrset(entry, type);
      if (rrset !== 0) writeAddresses(answer, image, rrset, type, owner, ownerLength);
      return;
    }
    const own = type === TYPE.A ? this.#a : this.#aaaa;
    answer.packed(owner, ownerLength, type, this.#ttl, own, 0, own.length / (type === TYPE.A ? 4 : 16), 0);
  }
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

function put32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
