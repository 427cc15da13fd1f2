// Makes the answer to a name of the search path one to the client's own question. Called by the handler. Hot when used.

import { RCODE } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';
import { type Outcome, WRITTEN } from '#workers/chain/outcome.ts';
import { threadEditor } from '#workers/lib/editor.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';

const MALFORMED = 'answer of the search path is malformed or too large';

/**
 * Gives `parent` the answer that `sub` got, without the OPT that was sealed into it. `same`: `sub` has asked for the parent's own name, so that the
 * message can stay as it is. Otherwise a CNAME leads from that name to the owner of the first record.
 */
export function takeReply(parent: Query, sub: Query, same: boolean): Outcome {
  const from = sub.answer;
  const { answer } = parent;
  const opt = from.optSize(sub);
  from.end -= opt;
  if (opt > 0) from.additionals--;
  answer.start(parent, from.rcode, from.flags);
  answer.relayed = from.relayed;
  answer.local = from.local;
  answer.truncated = from.truncated;
  takeOptions(parent, from);
  const length = from.end - from.at;
  if (same && length <= answer.limitEnd - answer.at) copyMessage(answer, from, length);
  else if (!rebuild(parent, from)) {
    answer.failure = MALFORMED;
    return RCODE.SERVFAIL;
  }
  return WRITTEN;
}

function takeOptions(parent: Query, from: Answer): void {
  const { answer } = parent;
  if (from.ownOpt === 0) return;
  answer.ownOpt = 1;
  answer.ownOptDo = from.ownOptDo;
  answer.ownOptionsLength = from.ownOptionsLength;
  answer.bytes.copyWithin(answer.optionsAt, from.optionsAt, from.optionsAt + from.ownOptionsLength);
  answer.limitEnd = answer.at + parent.limit - answer.optSize(parent);
}

/** Offsets within the message are the same in both. */
function copyMessage(answer: Answer, from: Answer, length: number): void {
  answer.bytes.copyWithin(answer.at, from.at, from.end);
  answer.end = answer.at + length;
  answer.answers = from.answers;
  answer.authorities = from.authorities;
  answer.additionals = from.additionals;
  answer.plainSize = from.plainSize;
  answer.leastTtl = from.leastTtl;
  answer.mostTtl = from.mostTtl;
}

/** False when the message cannot be taken apart. */
function rebuild(parent: Query, from: Answer): boolean {
  const editor = threadEditor();
  if (!editor.read(from)) return false;
  if (from.answers > 0 && !prependAlias(parent)) return false;
  editor.write(parent, parent.answer, parent.type, parent.klass);
  return true;
}

/** Unless the first record has the client's name already, as one of a chain of CNAMEs does that begins there. */
function prependAlias(parent: Query): boolean {
  const editor = threadEditor();
  const { bytes, nameAt, nameLength } = parent;
  const at = editor.ownerAt[0];
  const length = editor.ownerLength[0];
  if (length === nameLength) {
    let i = 0;
    while (i < length && LOWER[editor.bytes[at + i]] === LOWER[bytes[nameAt + i]]) i++;
    if (i === length) return true;
  }
  return editor.prependAlias(bytes, nameAt, nameLength, editor.bytes, at, length, editor.ttl[0]);
}
