// Where the recorded answer breaks an RFC and ours is better without hurting a client. Kept short; every row says why. Cold.

import type { Case, Expectation } from './case.ts';
import { same } from './compare.ts';

export interface Deviation {
  /** For messages. */
  readonly title: string;
  /** The section that the recorded answer breaks. */
  readonly rfc: string;
  readonly applies: (asked: Case) => boolean;
  /** True when ours is the better answer to what was recorded. */
  readonly isBetter: (asked: Case, got: Expectation) => boolean;
}

const SECTIONS = ['answer', 'authority', 'additional'] as const;

/** True when an owner that is the name in question, or a zone above it, is spelled as in the question. */
function isSpelledAsAsked({ name }: Case, { answer = [], authority = [] }: Expectation): boolean | undefined {
  const owners = [...answer, ...authority].map((record) => record.split(' ')[0]);
  const own = owners.find((owner) => `.${name}`.toLowerCase().endsWith(`.${owner}`.toLowerCase()));
  return own === undefined ? undefined : name.endsWith(own);
}

/** Records in lower case; the question stays as it is. */
function folded(answer: Expectation): Expectation {
  const fold = (records: readonly string[]) =>
    records.map((record) => record.toLowerCase().replace(/ in (\S+) /, spell));
  const sections = SECTIONS.flatMap((section) => {
    const records = answer[section];
    return records === undefined ? [] : [[section, fold(records)] as const];
  });
  return { ...answer, ...Object.fromEntries(sections) };
}

/** Class and type keep their spelling, which the comparison knows. */
function spell(words: string): string {
  return words.toUpperCase();
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    title: 'an answer from the cache has the letter case of this question, not that of the first client that asked',
    rfc: 'RFC 4343 §4.1',
    applies: (asked) => isSpelledAsAsked(asked, asked.expect) === false,
    isBetter: (asked, got) => isSpelledAsAsked(asked, got) === true && same(folded(asked.expect), folded(got)),
  },
  {
    title: 'a NOTIFY is not answered with what a query has left in the cache',
    rfc: 'RFC 1996 §3.10',
    applies: ({ opcode, expect }) => opcode === 4 && (expect.answer ?? []).length > 0,
    isBetter: (_asked, { rcode, answer = [] }) => rcode !== 'NOERROR' && answer.length === 0,
  },
];
