// The zone's own names: NS at the apex with glue, the addresses of ns.dns, the version (spec C6). Hot, though seldom asked for.

import { readAddress } from '#native/address.ts';
import { FLAG, RCODE, TYPE } from '#wire/constants.ts';
import { findFrom } from '#workers/lib/zone-image/names.ts';
import { read16, writeNameServer } from '#workers/lib/zone-image/records.ts';
import { ADDITIONAL, ANSWER, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

const IN = 1;
/** The name server's name when no service has this server among its endpoints. */
const NS_DNS = new TextEncoder().encode('\x02ns\x03dns');
/** One character string (RFC 1035 section 3.3.14). */
const VERSION = new TextEncoder().encode('\x051.1.0');
const VERSION_TTL = 28_800;

/** Writes what is asked of the apex and of `ns.dns`. One object a handler. */
export class NameServers {
  readonly #ttl: number;
  /** The server's own addresses, one behind the other. */
  readonly #a: Uint8Array;
  readonly #aaaa: Uint8Array;

  /** `addresses`: as text, link-local ones with or without their interface. */
  constructor(ttl: number, addresses: readonly string[]) {
    this.#ttl = ttl;
    const octets = addresses.map((text) => readAddress(text.replace(/%.*/, '')).octets);
    this.#a = Uint8Array.from(octets.filter(({ length }) => length === 4).flatMap((address) => [...address]));
    this.#aaaa = Uint8Array.from(octets.filter(({ length }) => length === 16).flatMap((address) => [...address]));
  }

  /** NS records with glue; QNAME is the zone. */
  writeRecords(query: Query, answer: Answer, image: ZoneImage): void {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    const rrset = this.#rrset(image, query, query.labels);
    if (rrset === 0) this.#writeDefault(query, answer);
    else this.#writeServices(query, answer, image, rrset);
  }

  /** Adds the addresses of the zone's name servers under the name asked for; `zoneLabels` are the zone's. */
  writeAddresses(query: Query, answer: Answer, image: ZoneImage, zoneLabels: number): void {
    const { type } = query;
    const rrset = this.#rrset(image, query, zoneLabels);
    if (rrset === 0) {
      const own = type === TYPE.A ? this.#a : this.#aaaa;
      const count = own.length / (type === TYPE.A ? 4 : 16);
      answer.packed(QNAME_OFFSET, query.nameLength, type, this.#ttl, own, 0, count, 0);
      return;
    }
    const end = image.rrsetDataAt(rrset) + image.rrsetDataBytes(rrset);
    for (let at = image.rrsetDataAt(rrset); at < end; at = endOfGroup(image.bytes, at))
      this.#writeGroup(answer, image.bytes, at, type, QNAME_OFFSET, query.nameLength);
  }

  /** The apex's entry has an NS RRset when services are name servers: groups of names and addresses, see k8s-watcher/compile. */
  #rrset(image: ZoneImage, query: Query, zoneLabels: number): number {
    const entry = findFrom(image, query, query.labels - zoneLabels, zoneLabels);
    return entry === 0 ? 0 : image.rrset(entry, TYPE.NS);
  }

  #writeDefault(query: Query, answer: Answer): void {
    const name = writeNameServer(query, answer, this.#ttl, NS_DNS, 0, NS_DNS.length);
    if (name === 0) return;
    const length = NS_DNS.length + query.nameLength;
    answer.section = ADDITIONAL;
    answer.packed(name, length, TYPE.A, this.#ttl, this.#a, 0, this.#a.length / 4, 0);
    answer.packed(name, length, TYPE.AAAA, this.#ttl, this.#aaaa, 0, this.#aaaa.length / 16, 0);
  }

  /** Names first, glue behind them: the second pass finds each name where the first one has written it. */
  #writeServices(query: Query, answer: Answer, image: ZoneImage, rrset: number): void {
    const { bytes } = image;
    const from = image.rrsetDataAt(rrset);
    const end = from + image.rrsetDataBytes(rrset);
    const first = answer.end;
    answer.section = ANSWER;
    for (let at = from; at < end; at = endOfGroup(bytes, at))
      writeNameServer(query, answer, this.#ttl, bytes, at + 1, bytes[at]);
    answer.section = ADDITIONAL;
    let record = first - answer.at;
    const last = answer.end - answer.at;
    for (let at = from; at < end && record < last; at = endOfGroup(bytes, at)) {
      if (bytes[at] + query.nameLength > 255) continue;
      const name = record + 12;
      this.#writeGroup(answer, bytes, at, TYPE.A, name, bytes[at] + query.nameLength);
      this.#writeGroup(answer, bytes, at, TYPE.AAAA, name, bytes[at] + query.nameLength);
      record = name + bytes[at] + 2;
    }
  }

  #writeGroup(answer: Answer, bytes: Uint8Array, at: number, type: number, owner: number, ownerLength: number): void {
    const counts = at + 1 + bytes[at];
    const a = counts + 6 + 2 * read16(bytes, counts + 4);
    const count = read16(bytes, counts);
    if (type === TYPE.A) answer.packed(owner, ownerLength, type, this.#ttl, bytes, a, count, 0);
    else answer.packed(owner, ownerLength, type, this.#ttl, bytes, a + 4 * count, read16(bytes, counts + 2), 0);
  }
}

/** `dns-version` TXT. */
export function writeVersion(query: Query, answer: Answer): void {
  answer.start(query, RCODE.NOERROR, FLAG.AA);
  answer.local = true;
  answer.recordFrom(QNAME_OFFSET, query.nameLength, TYPE.TXT, IN, VERSION_TTL, VERSION, 0, VERSION.length);
}

function endOfGroup(bytes: Uint8Array, at: number): number {
  const counts = at + 1 + bytes[at];
  return counts + 6 + 2 * read16(bytes, counts + 4) + 4 * read16(bytes, counts) + 16 * read16(bytes, counts + 2);
}
