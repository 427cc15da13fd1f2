// Records whose owner is not yet in the message: hosts spells names in its own way, whoami puts a label in front. Hot.

import type { Answer } from '../../query/answer.ts';
import { ADDITIONAL, ANSWER } from '../../query/answer.ts';

/** The tail of an owner that ends with the root instead of a pointer. */
export const ROOT = 0;
const POINTER = 0xc000;

/**
 * Adds one record up to its RDATA to `answer.section`, like `Answer.record`, with the owner
 *
 * ```
 * labels at from[at…at+length)   then 0 (tail ROOT), or a pointer to the name at message offset `tail`, which is tailLength octets long
 * ```
 * `tailLength` counts the root octet: 1 for ROOT. Returns where the RDATA goes, or 0 when the record does not fit.
 */
export function recordBelow(
  answer: Answer,
  from: Uint8Array,
  at: number,
  length: number,
  tail: number,
  tailLength: number,
  type: number,
  klass: number,
  ttl: number,
  rdataLength: number,
): number {
  answer.plainSize += length + tailLength + 10 + rdataLength;
  if (ttl < answer.leastTtl) answer.leastTtl = ttl;
  if (ttl > answer.mostTtl) answer.mostTtl = ttl;
  const { bytes } = answer;
  let to = answer.end;
  const end = to + length + (tail === ROOT ? 1 : 2) + 10 + rdataLength;
  if (answer.truncated || end > answer.limitEnd) {
    answer.truncated = true;
    return 0;
  }
  for (let i = 0; i < length; i++) bytes[to++] = from[at + i];
  if (tail !== ROOT) bytes[to++] = (POINTER | tail) >>> 8;
  bytes[to++] = tail;
  bytes[to++] = type >>> 8;
  bytes[to++] = type;
  bytes[to++] = klass >>> 8;
  bytes[to++] = klass;
  bytes[to++] = ttl >>> 24;
  bytes[to++] = ttl >>> 16;
  bytes[to++] = ttl >>> 8;
  bytes[to++] = ttl;
  bytes[to++] = rdataLength >>> 8;
  bytes[to++] = rdataLength;
  answer.end = end;
  if (answer.section === ANSWER) answer.answers++;
  else if (answer.section === ADDITIONAL) answer.additionals++;
  else answer.authorities++;
  return to;
}
