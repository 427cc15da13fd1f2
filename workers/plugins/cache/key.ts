// The cache key of a query (behaviour D cache). Hot.

import type { AnswerKey } from '#answers/entry.ts';
import { FLAG } from '#wire/constants.ts';
import { foldLabel } from '#wire/hash.ts';
import type { Query } from '../../query/query.ts';

const TAG_PRIME = 0x85ebca6b;

/**
 * QNAME, type, class, DO and CD. Views need no bits: every server block has tables of its own.
 *
 * Two hashes of 32 bits: one from the query's hash of the name, which folds the labels from the right; the other folds the same label hashes
 * from the left, so that names whose first hash is the same by chance differ in the second. Neither need be perfect, as the name is compared.
 */
export function readKey(key: AnswerKey, query: Query): void {
  key.bytes = query.bytes;
  key.nameAt = query.lowerAt;
  key.nameLength = query.nameLength;
  key.type = query.type;
  key.klass = query.klass;
  key.flags = query.dnssecOk | (query.flags & FLAG.CD ? 2 : 0);
  const salt = query.type | (query.klass << 16);
  key.hash = foldLabel(foldLabel(query.nameHash, salt), key.flags);
  key.tag = foldLabel(foldLabel(tagOfName(query), key.flags), salt);
}

function tagOfName(query: Query): number {
  const { labels, labelHash } = query;
  // The seed of all names stands where the suffix of no labels would.
  let tag = ~query.suffixHash[labels];
  for (let i = 0; i < labels; i++) {
    tag = Math.imul(tag ^ labelHash[i], TAG_PRIME);
    tag ^= tag >>> 13;
  }
  return tag;
}
