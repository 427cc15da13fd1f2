// Makes a response one to the client's own question: the question itself, owners, names in RDATA, TTLs, rcode. Called by the handler. Hot.

import { HEADER_BYTES, RCODE } from '#wire/constants.ts';
import { RecordCursor } from '#wire/message.ts';
import { rdataNames } from '#wire/rdata.ts';
import { threadEditor } from '#workers/lib/editor.ts';
import { type Answer, QNAME_OFFSET } from '#workers/query/answer.ts';
import type { Query } from '#workers/query/query.ts';
import { type CompiledRule, FIELD, REVERT } from './compiled.ts';
import type { Course } from './course.ts';
import { Reverter } from './revert.ts';
import { isValueType } from './values.ts';

/** First octet of a pointer to the question's name. */
const QNAME_POINTER = 0xc0;

export class ResponseWriter {
  readonly #rules: readonly CompiledRule[];
  readonly #course: Course;
  readonly #reverter: Reverter;
  readonly #cursor = new RecordCursor();

  constructor(rules: readonly CompiledRule[], course: Course) {
    this.#rules = rules;
    this.#course = course;
    this.#reverter = new Reverter(rules, course);
  }

  /** The query has its own name again; `type` and `klass` are those of its question. */
  write(query: Query, answer: Answer, renamed: boolean, type: number, klass: number): void {
    answer.rcode = this.rcode(answer.rcode) & 0xf;
    this.#ttls(answer);
    if (!renamed) writeFixed(answer, type, klass);
    else if (!this.#patch(query, answer, type, klass)) this.#rebuild(query, answer, type, klass);
  }

  /** What the rules make of an rcode. */
  rcode(rcode: number): number {
    const { responses, responseCount } = this.#course;
    let result = rcode;
    for (let i = 0; i < responseCount; i++) {
      const rule = this.#rules[responses[i]];
      if (rule.field === FIELD.RCODE && rule.from === result) result = rule.to;
    }
    return result;
  }

  #ttls(answer: Answer): void {
    const { responses, responseCount } = this.#course;
    for (let i = 0; i < responseCount; i++) {
      const rule = this.#rules[responses[i]];
      if (rule.field === FIELD.TTL) this.#limitTtls(answer, rule.from, rule.to);
    }
  }

  #limitTtls(answer: Answer, min: number, max: number): void {
    const cursor = this.#open(answer);
    const { bytes } = answer;
    while (cursor.next()) {
      const { ttl, ttlAt } = cursor;
      const limited = Math.min(max, Math.max(min, ttl));
      if (limited === ttl) continue;
      bytes[ttlAt] = limited >>> 24;
      bytes[ttlAt + 1] = limited >>> 16;
      bytes[ttlAt + 2] = limited >>> 8;
      bytes[ttlAt + 3] = limited;
    }
  }

  /**
   * The usual response: every owner is the question's name and no RDATA has a name. Then a new name in the question is all it takes, and
   * the records move by the difference. False when it is another one.
   */
  #patch(query: Query, answer: Answer, type: number, klass: number): boolean {
    if (!this.#findsBack() || !this.#isFlat(answer)) return false;
    const { bytes, at, questionEnd, end } = answer;
    const by = at + HEADER_BYTES + query.nameLength + 4 - questionEnd;
    if (end + by > answer.limitEnd) return false;
    if (by !== 0) bytes.copyWithin(questionEnd + by, questionEnd, end);
    for (let i = 0; i < query.nameLength; i++) bytes[at + HEADER_BYTES + i] = bytes[query.nameAt + i];
    answer.questionEnd += by;
    answer.end += by;
    answer.plainSize += by * (1 + answer.records);
    writeFixed(answer, type, klass);
    return true;
  }

  /** True when every step takes the new name back to the old one, so that a pointer to the question stays right. */
  #findsBack(): boolean {
    const { steps, count } = this.#course;
    for (let i = 0; i < count; i++) {
      const rule = this.#rules[steps[i]];
      if (rule.revert === REVERT.NONE || rule.names.length > 0) return false;
    }
    return true;
  }

  #isFlat(answer: Answer): boolean {
    const cursor = this.#open(answer);
    const { bytes } = answer;
    while (cursor.next()) {
      const { ownerAt, type } = cursor;
      if (bytes[ownerAt] !== QNAME_POINTER || bytes[ownerAt + 1] !== QNAME_OFFSET || rdataNames(type) > 0) return false;
    }
    return !cursor.broken;
  }

  #open(answer: Answer): RecordCursor {
    const cursor = this.#cursor;
    cursor.open(
      answer.bytes,
      answer.at,
      answer.questionEnd,
      answer.end,
      answer.answers,
      answer.authorities,
      answer.additionals,
    );
    return cursor;
  }

  /** Every name is looked at. A response that cannot be taken apart becomes SERVFAIL. */
  #rebuild(query: Query, answer: Answer, type: number, klass: number): void {
    const editor = threadEditor();
    let fits = editor.read(answer);
    for (let i = 0; i < editor.count && fits; i++) fits = this.#owner(i) && this.#value(i);
    if (fits) {
      editor.write(query, answer, type, klass);
      return;
    }
    answer.failure = 'response cannot be rewritten: malformed or too large';
    answer.outcome = RCODE.SERVFAIL;
    query.type = type;
    query.klass = klass;
  }

  #owner(index: number): boolean {
    const editor = threadEditor();
    const reverter = this.#reverter;
    if (!reverter.revert(editor.bytes, editor.ownerAt[index], editor.ownerLength[index], false)) return true;
    return editor.setOwner(index, reverter.name, 0, reverter.length);
  }

  #value(index: number): boolean {
    const editor = threadEditor();
    if (!isValueType(editor.type[index])) return true;
    const target = editor.target(index);
    if (target === 0) return true;
    const reverter = this.#reverter;
    const length = lengthOf(editor.bytes, target);
    if (!reverter.revert(editor.bytes, target, length, true)) return true;
    return editor.setTarget(index, reverter.name, 0, reverter.length);
  }
}

/** Octets of the uncompressed name, the root included. */
function lengthOf(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] !== 0) end += bytes[end] + 1;
  return end + 1 - at;
}

/** Type and class of the question. */
function writeFixed(answer: Answer, type: number, klass: number): void {
  const { bytes, questionEnd } = answer;
  bytes[questionEnd - 4] = type >>> 8;
  bytes[questionEnd - 3] = type;
  bytes[questionEnd - 2] = klass >>> 8;
  bytes[questionEnd - 1] = klass;
}
