// Does an answer section answer the question, along its CNAMEs? (behaviour D cache) Hot on misses only.

import { HEADER_BYTES, TYPE } from '#wire/constants.ts';
import { equalNames, RecordCursor } from '#wire/message.ts';
import type { Answer } from '../../query/answer.ts';
import type { Query } from '../../query/query.ts';

/** CNAMEs that are followed: the reference's resolver stops there too, and each costs a walk over all records. */
const MAX_HOPS = 10;
/** What `follow` says beside an offset. */
const FOUND = 0;
const NOTHING = -1;

const cursor = new RecordCursor();

/**
 * True when QNAME, or a name that its chain of CNAMEs leads to, has a record of the type in question. False for chains that end before that,
 * run in a circle, are longer than MAX_HOPS, or lead two ways. The records have been found to be well formed.
 */
export function reaches(query: Query, answer: Answer): boolean {
  if (query.type === TYPE.ANY) return answer.answers > 0;
  let name = answer.at + HEADER_BYTES;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const next = follow(answer, name, query.type);
    if (next === FOUND) return true;
    if (next === NOTHING) return false;
    name = next;
  }
  return false;
}

/** FOUND when the name has a record of the type, else the offset of the target of its CNAME; NOTHING without one, or with several. */
function follow(answer: Answer, name: number, type: number): number {
  const { bytes, at } = answer;
  let target = NOTHING;
  let ambiguous = false;
  cursor.open(bytes, at, answer.questionEnd, answer.end, answer.answers, 0, 0);
  while (cursor.next()) {
    if (cursor.type !== type && cursor.type !== TYPE.CNAME) continue;
    if (!equalNames(bytes, at, cursor.ownerAt, name)) continue;
    if (cursor.type === type) return FOUND;
    if (target === NOTHING) target = cursor.rdataAt;
    else if (!equalNames(bytes, at, cursor.rdataAt, target)) ambiguous = true;
  }
  return ambiguous ? NOTHING : target;
}
