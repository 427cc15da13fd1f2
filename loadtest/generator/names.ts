// The names file: one `NAME TYPE` per line, the form that dnsperf takes. Read once before a run. Cold.

import { readFileSync } from 'node:fs';
import { NamesError } from '#loadtest/errors.ts';
import { TYPE } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';

export interface Question {
  /** QNAME on the wire, root octet included. */
  readonly name: Uint8Array;
  readonly type: number;
}

const TYPES: ReadonlyMap<string, number> = new Map(Object.entries(TYPE));

/** @throws NamesError when the file cannot be read, or with the line that is wrong */
export function loadNames(path: string): Question[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new NamesError(`names file: ${(error as Error).message}`, { cause: error });
  }
  return parseNames(path, text);
}

/** Empty lines and those that begin with `#` or `;` are left out. @throws NamesError */
export function parseNames(file: string, text: string): Question[] {
  const questions: Question[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || /^[#;]/.test(words[0])) continue;
    try {
      questions.push(readQuestion(words));
    } catch (error) {
      throw new NamesError(`${file}:${index + 1} - ${(error as Error).message}`, { cause: error });
    }
  }
  if (questions.length === 0) throw new NamesError(`${file}: no name in it; allowed are lines such as "example.org A"`);
  return questions;
}

function readQuestion(words: readonly string[]): Question {
  if (words.length !== 2) throw new Error(`expected "NAME TYPE", got "${words.join(' ')}"`);
  return { name: encodeName(words[0]), type: readType(words[1]) };
}

function readType(word: string): number {
  const upper = word.toUpperCase();
  const type = TYPES.get(upper) ?? Number(/^TYPE(\d{1,5})$/.exec(upper)?.[1]);
  if (!(type >= 0 && type <= 65_535))
    throw new Error(`unknown type "${word}"; allowed are A, AAAA, SRV, … and TYPE0 to TYPE65535`);
  return type;
}
