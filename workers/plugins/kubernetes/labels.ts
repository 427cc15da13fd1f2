// Labels that have a meaning in a cluster zone, and how they are recognised in a query's name. Hot.

import { foldLabel } from '#wire/hash.ts';
import type { Query } from '#workers/query/query.ts';
import type { ZoneImage } from '#zone/reader.ts';

function wire(label: string): Uint8Array {
  return new TextEncoder().encode(String.fromCharCode(label.length) + label);
}

/** Wire labels, length octet included. */
export const SVC: Uint8Array = wire('svc');
export const POD: Uint8Array = wire('pod');
export const DNS: Uint8Array = wire('dns');
export const NS: Uint8Array = wire('ns');
export const DNS_VERSION: Uint8Array = wire('dns-version');
export const ZONE: Uint8Array = wire('_zone');
export const PIN: Uint8Array = wire('pin');
export const PREFER: Uint8Array = wire('prefer');

/** True when label number `index` of QNAME, counted from the left, is that one, whatever its case. */
export function isLabelAt(query: Query, index: number, label: Uint8Array): boolean {
  const { bytes } = query;
  const at = query.lowerAt + query.labelAt[index];
  for (let i = 0; i < label.length; i++) if (bytes[at + i] !== label[i]) return false;
  return true;
}

/** The entry of QNAME without its first `from` and its last `zoneLabels` labels; 0 when there is none. */
export function findFrom(image: ZoneImage, query: Query, from: number, zoneLabels: number): number {
  const { labels, labelAt, labelHash, suffixHash, lowerAt } = query;
  let hash = suffixHash[labels];
  for (let i = labels - zoneLabels - 1; i >= from; i--) hash = foldLabel(hash, labelHash[i]);
  const at = labelAt[from];
  return image.find(hash, query.bytes, lowerAt + at, labelAt[labels - zoneLabels] - at);
}
