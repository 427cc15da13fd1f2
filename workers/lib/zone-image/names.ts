// Labels of a query's name, and entries of a zone image for parts of it. Used by handlers of zone images. Hot.

import { foldLabel } from '#wire/hash.ts';
import type { ZoneImage } from '#zone/reader.ts';
import type { Query } from '../../query/query.ts';

export const UNDERSCORE = 0x5f;

/** True when label number `index` of QNAME, counted from the left, is that one, whatever its case. */
export function isLabelAt(query: Query, index: number, label: Uint8Array): boolean {
  const { bytes } = query;
  const at = query.lowerAt + query.labelAt[index];
  for (let i = 0; i < label.length; i++) if (bytes[at + i] !== label[i]) return false;
  return true;
}

/** True when label number `index` begins with an underscore (RFC 2782, RFC 8552). */
export function isMarkedAt(query: Query, index: number): boolean {
  return query.bytes[query.lowerAt + query.labelAt[index] + 1] === UNDERSCORE;
}

/** The entry of QNAME without its first `from` and its last `zoneLabels` labels; 0 when there is none. */
export function findFrom(image: ZoneImage, query: Query, from: number, zoneLabels: number): number {
  const { labels, labelAt, labelHash, suffixHash, lowerAt } = query;
  let hash = suffixHash[labels];
  for (let i = labels - zoneLabels - 1; i >= from; i--) hash = foldLabel(hash, labelHash[i]);
  const at = labelAt[from];
  return image.find(hash, query.bytes, lowerAt + at, labelAt[labels - zoneLabels] - at);
}
