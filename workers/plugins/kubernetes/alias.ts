// Follows the CNAME of an ExternalName service: within the zone from the image, elsewhere through the whole server (spec C5). Hot.

import { FLAG, HEADER_BYTES, MAX_NAME_BYTES, RCODE, TYPE } from '#wire/constants.ts';
import type { Asker, Lookup } from '#workers/chain/handler.ts';
import { NEXT, type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { writeAddresses } from '#workers/lib/zone-image/records.ts';
import { Splicer } from '#workers/lib/zone-image/splice.ts';
import { ANSWER, type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import { EntryFlag } from '#zone/layout.ts';
import type { ZoneImage } from '#zone/reader.ts';
import { ENTRY, type Located, POD_ADDRESS } from './locate.ts';

const IN = 1;
/** Links of a chain within the zone; the reference stops after so many records, which also ends circles. */
const MAX_LINKS = 10;

/** The chain leads to nothing within the zone: NODATA, and the handler says so. */
export const DEAD_END = -100;

export class AliasChaser implements Asker {
  readonly #located: Located;
  readonly #lookup: Lookup;
  readonly #ttl: number;
  readonly #splicer = new Splicer();
  /** QNAME as another plugin has made it, while the query bears the name of a target. */
  readonly #renamed: Uint8Array = new Uint8Array(MAX_NAME_BYTES);

  constructor(located: Located, lookup: Lookup, ttl: number) {
    this.#located = located;
    this.#lookup = lookup;
    this.#ttl = ttl;
  }

  /**
   * Answers A or AAAA for a name whose entry has a CNAME; `zone` is the wire form of the zone with so many labels. Addresses beside the CNAME
   * (a headless service with endpoints that are domain names) come first.
   */
  follow(query: Query, answer: Answer, image: ZoneImage, entry: number, zone: Uint8Array, zoneLabels: number): Outcome {
    answer.start(query, RCODE.NOERROR, FLAG.AA);
    answer.local = true;
    answer.section = ANSWER;
    const beside = image.rrset(entry, query.type);
    if (beside !== 0) writeAddresses(answer, image, beside, query.type, QNAME_OFFSET, query.nameLength);
    const renamed = this.#keepName(query);
    const { end, plainSize, answers, truncated } = answer;
    const target = this.#walk(query, answer, image, entry, zone, zoneLabels);
    this.#restoreName(query, renamed);
    if (target > 0) return this.#ask(query, answer, target);
    if (target === 0) return WRITTEN;
    answer.end = end;
    answer.plainSize = plainSize;
    answer.answers = answers;
    answer.truncated = truncated;
    return answers > 0 ? WRITTEN : DEAD_END;
  }

  /** Writes the chain within the zone. 0: complete; > 0: message offset of a target outside of the zone; DEAD_END. */
  #walk(query: Query, answer: Answer, image: ZoneImage, first: number, zone: Uint8Array, zoneLabels: number): number {
    let entry = first;
    let owner = QNAME_OFFSET;
    for (let links = 0; links < MAX_LINKS; links++) {
      const target = writeAlias(query, answer, image, entry, owner);
      if (target === 0) return 0;
      const length = nameLength(answer.bytes, answer.at + target);
      query.rename(answer.bytes, answer.at + target, length);
      if (!isBelow(query, zone, zoneLabels)) return target;
      owner = target;
      if (query.labels === zoneLabels) return DEAD_END;
      const kind = this.#located.locate(image, query, zoneLabels);
      if (kind === POD_ADDRESS) return this.#writePod(query, answer, owner) ? 0 : DEAD_END;
      if (kind !== ENTRY) return DEAD_END;
      entry = this.#located.entry;
      const rrset = image.rrset(entry, query.type);
      if (rrset !== 0) {
        writeAddresses(answer, image, rrset, query.type, owner, query.nameLength);
        return 0;
      }
      if ((image.flags(entry) & EntryFlag.ALIAS) === 0) return DEAD_END;
    }
    return DEAD_END;
  }

  #writePod(query: Query, answer: Answer, owner: number): boolean {
    const { address, addressLength } = this.#located;
    if (addressLength !== (query.type === TYPE.A ? 4 : 16)) return false;
    answer.recordFrom(owner, query.nameLength, query.type, IN, this.#ttl, address, 0, addressLength);
    return true;
  }

  /** True when the name is not the client's, and kept here. */
  #keepName(query: Query): boolean {
    if (query.nameAt === query.at + HEADER_BYTES) return false;
    for (let i = 0; i < query.nameLength; i++) this.#renamed[i] = query.bytes[query.nameAt + i];
    return true;
  }

  #restoreName(query: Query, renamed: boolean): void {
    if (renamed) query.rename(this.#renamed, 0, nameLength(this.#renamed, 0));
    else query.restoreName();
  }

  /** What cannot be asked leaves the bare CNAME. */
  #ask(query: Query, answer: Answer, target: number): Outcome {
    answer.local = false;
    query.token = target;
    const outcome = this.#lookup.ask(query, this, answer.at + target, query.type);
    return outcome === NEXT ? WRITTEN : outcome;
  }

  /** Takes over the answer section of the lookup, whatever its rcode. */
  answered(parent: Query, _sub: Query, subAnswer: Answer): Outcome {
    if (subAnswer.outcome === WRITTEN && subAnswer.answers > 0)
      this.#splicer.copy(parent.answer, ANSWER, parent.token, subAnswer);
    return WRITTEN;
  }
}

/** Adds the entry's CNAME record (the first, if there should be several: RFC 2181 section 10.1); returns the message offset of its target, 0 when it does not fit. */
function writeAlias(query: Query, answer: Answer, image: ZoneImage, entry: number, owner: number): number {
  const rrset = image.rrset(entry, TYPE.CNAME);
  const at = image.rrsetDataAt(rrset);
  const length = (image.bytes[at] << 8) | image.bytes[at + 1];
  const to = answer.record(owner, query.nameLength, TYPE.CNAME, IN, image.rrsetTtl(rrset), length);
  if (to === 0) return 0;
  for (let i = 0; i < length; i++) answer.bytes[to + i] = image.bytes[at + 2 + i];
  return to - answer.at;
}

/** CNAME query: the record itself. */
export function writeAliasRecord(query: Query, answer: Answer, image: ZoneImage, entry: number): void {
  answer.start(query, RCODE.NOERROR, FLAG.AA);
  answer.local = true;
  writeAlias(query, answer, image, entry, QNAME_OFFSET);
}

function isBelow(query: Query, zone: Uint8Array, zoneLabels: number): boolean {
  if (query.labels < zoneLabels) return false;
  const { bytes } = query;
  const at = query.lowerAt + query.zoneOffset(zoneLabels);
  for (let i = 0; i < zone.length; i++) if (bytes[at + i] !== zone[i]) return false;
  return true;
}

/** Octets of an uncompressed name, the root octet included. */
function nameLength(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] !== 0) end += bytes[end] + 1;
  return end + 1 - at;
}
