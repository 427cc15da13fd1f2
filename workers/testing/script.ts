// A handler that answers from rows of text: the last one of a chain under test. Tests only.

import type { Handler } from '../chain/handler.ts';
import { type Outcome, WRITTEN } from '../chain/outcome.ts';
import { RCODE_NAMES } from '../lib/access/mnemonics.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';
import { parseRecord } from './records.ts';

/** What a scripted handler says. */
export interface Script {
  /** Returned instead of an answer. */
  readonly outcome?: Outcome;
  readonly failure?: string;
  readonly rcode?: string;
  /** Header flags, AA and the like. */
  readonly flags?: number;
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
}

/** The last handler of a chain under test: answers from rows of text. Remembers what it was asked. */
export class ScriptHandler implements Handler {
  readonly asked: string[] = [];
  readonly #script: (name: string, type: number) => Script;

  constructor(script: Script | ((name: string, type: number) => Script)) {
    this.#script = typeof script === 'function' ? script : () => script;
  }

  serve(query: Query, answer: Answer): Outcome {
    const name = lowerName(query);
    this.asked.push(`${name} ${query.type}`);
    const script = this.#script(name, query.type);
    answer.failure = script.failure ?? '';
    if (script.outcome !== undefined) return script.outcome;
    answer.start(query, RCODE_NAMES.indexOf(script.rcode ?? 'NOERROR'), script.flags ?? 0);
    [script.answer, script.authority, script.additional].forEach((records, section) => {
      answer.section = section;
      for (const record of records ?? []) writeRecord(query, answer, record);
    });
    return WRITTEN;
  }
}

function lowerName(query: Query): string {
  const wire = query.bytes.slice(query.lowerAt, query.lowerAt + query.nameLength);
  let text = '';
  for (let at = 0; wire[at] !== 0; at += wire[at] + 1)
    text += `${Buffer.from(wire.slice(at + 1, at + 1 + wire[at])).toString('latin1')}.`;
  return text === '' ? '.' : text;
}

/** Adds a record from text; an owner equal to QNAME becomes a pointer to it, another is written in full. */
export function writeRecord(query: Query, answer: Answer, text: string): void {
  const { owner, type, klass, ttl, rdata } = parseRecord(text);
  const sameName =
    owner.length === query.nameLength &&
    Buffer.from(owner).toString('latin1').toLowerCase() ===
      Buffer.from(query.bytes.slice(query.lowerAt, query.lowerAt + query.nameLength)).toString('latin1');
  if (sameName) {
    answer.recordFrom(12, owner.length, type, klass, ttl, rdata, 0, rdata.length);
    return;
  }
  const size = owner.length + 10 + rdata.length;
  answer.plainSize += size;
  if (answer.truncated || answer.end + size > answer.limitEnd) {
    answer.truncated = true;
    return;
  }
  const record = Buffer.alloc(size);
  record.set(owner);
  record.writeUInt16BE(type, owner.length);
  record.writeUInt16BE(klass, owner.length + 2);
  record.writeUInt32BE(ttl, owner.length + 4);
  record.writeUInt16BE(rdata.length, owner.length + 8);
  record.set(rdata, owner.length + 10);
  answer.bytes.set(record, answer.end);
  answer.end += size;
  if (answer.section === 0) answer.answers++;
  else if (answer.section === 1) answer.authorities++;
  else answer.additionals++;
}
