// Copies RRsets of a hosts image into an answer, with owners in lower case as the reference has them. Hot.

import { CLASS, TYPE } from '#wire/constants.ts';
import { ROOT, recordBelow } from '#workers/lib/access/owner.ts';
import { type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

/** A or AAAA records, in the order of the files. */
export function writeAddresses(query: Query, answer: Answer, image: ZoneImage, rrset: number, type: number): void {
  const count = image.rrsetCount(rrset);
  const ttl = image.rrsetTtl(rrset);
  const at = image.rrsetDataAt(rrset);
  if (isLowerCase(query)) {
    answer.packed(QNAME_OFFSET, query.nameLength, type, ttl, image.bytes, at, count, 0);
    return;
  }
  const width = type === TYPE.A ? 4 : 16;
  for (let i = 0, owner = 0; i < count; i++)
    owner = writeRecord(query, answer, owner, type, ttl, image.bytes, at + i * width, width);
}

/** PTR records of the form PLAIN: u16 length and RDATA, one behind the other. */
export function writeNames(query: Query, answer: Answer, image: ZoneImage, rrset: number): void {
  const { bytes } = image;
  const ttl = image.rrsetTtl(rrset);
  let owner = isLowerCase(query) ? QNAME_OFFSET : 0;
  let at = image.rrsetDataAt(rrset);
  for (let left = image.rrsetCount(rrset); left > 0; left--) {
    const length = (bytes[at] << 8) | bytes[at + 1];
    owner = writeRecord(query, answer, owner, TYPE.PTR, ttl, bytes, at + 2, length);
    at += 2 + length;
  }
}

/** True when the client spelled the name as the answer does, so that a pointer to the question will do. */
function isLowerCase(query: Query): boolean {
  const { bytes, nameAt, lowerAt, nameLength } = query;
  for (let i = 0; i < nameLength; i++) if (bytes[nameAt + i] !== bytes[lowerAt + i]) return false;
  return true;
}

/** `owner`: message offset of the lower-case name, 0 while there is none. Returns the offset for the next record. */
function writeRecord(
  query: Query,
  answer: Answer,
  owner: number,
  type: number,
  ttl: number,
  from: Uint8Array,
  at: number,
  length: number,
): number {
  const { nameLength } = query;
  if (owner !== 0) {
    answer.recordFrom(owner, nameLength, type, CLASS.IN, ttl, from, at, length);
    return owner;
  }
  const place = answer.end - answer.at;
  const to = recordBelow(answer, query.bytes, query.lowerAt, nameLength - 1, ROOT, 1, type, CLASS.IN, ttl, length);
  if (to === 0) return 0;
  for (let i = 0; i < length; i++) answer.bytes[to + i] = from[at + i];
  return place;
}
