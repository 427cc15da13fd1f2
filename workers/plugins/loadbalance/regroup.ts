// Puts the records of every section into the order of groups, by taking the message apart. For answers in which addresses stand before other
// records (signatures, aliases), and for MX records, whose names are compressed against one another. Rare; nothing is allocated.

import { type MessageEditor, threadEditor } from '#workers/lib/editor.ts';
import type { Shuffle } from '#workers/lib/random.ts';
import type { Answer } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import { groupOf } from './runs.ts';

const GROUPS = 4;

/**
 * CNAMEs, others, addresses, MX; MX shuffled, everything else as it came. False, with the answer as it was, when the message is malformed or
 * larger than the editor takes.
 */
export function regroup(query: Query, answer: Answer, random: Shuffle): boolean {
  const editor = threadEditor();
  if (!editor.read(answer)) return false;
  let to = 0;
  for (let section = 0; section < 3; section++)
    for (let group = 0; group < GROUPS; group++) {
      const from = to;
      to = collect(editor, section, group, to);
      if (group === GROUPS - 1) shuffleOrder(editor, from, to, random);
    }
  editor.write(query, answer, questionType(answer), questionClass(answer));
  return true;
}

/** Puts the records of one group of one section to `order[to…]`; returns the place behind them. */
function collect(editor: MessageEditor, section: number, group: number, to: number): number {
  let place = to;
  for (let i = 0; i < editor.count; i++)
    if (editor.section[i] === section && groupOf(editor.type[i]) === group) editor.order[place++] = i;
  return place;
}

function shuffleOrder(editor: MessageEditor, from: number, to: number, random: Shuffle): void {
  const { order } = editor;
  for (let i = to - 1; i > from; i--) {
    const other = from + random.below(i - from + 1);
    const index = order[i];
    order[i] = order[other];
    order[other] = index;
  }
}

function questionType(answer: Answer): number {
  const at = answer.questionEnd - 4;
  return (answer.bytes[at] << 8) | answer.bytes[at + 1];
}

function questionClass(answer: Answer): number {
  const at = answer.questionEnd - 2;
  return (answer.bytes[at] << 8) | answer.bytes[at + 1];
}
