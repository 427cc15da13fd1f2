// The address that a reverse name of the cluster stands for: IPv4 addresses are the same however they are written. Hot.

import { readReverse } from '#workers/lib/access/reverse.ts';
import type { Query } from '#workers/query/query.ts';
import { unmap } from './dashed.ts';

/** Reads the whole address that QNAME stands for into `to`: 4 or 16; 0 when it is none. An IPv4-mapped one (RFC 4291 §2.5.5.2) is 4. */
export function readAddress(query: Query, to: Uint8Array): number {
  const length = readReverse(query, to);
  return length === 16 ? unmap(to) : length;
}
