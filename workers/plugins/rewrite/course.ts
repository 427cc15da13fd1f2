// What the rules do to one question, step by step. Run on the way down; on the way up it tells how names of the response find back. When other
// queries have passed in between it is run again, so nothing has to be remembered for a query while it waits. Hot.

import { HEADER_BYTES, MAX_NAME_BYTES } from '#wire/constants.ts';
import { NameText } from '#workers/lib/access/name-text.ts';
import type { Query } from '#workers/query/query.ts';
import { type CompiledRule, FIELD } from './compiled.ts';

const NAME_SLOT = MAX_NAME_BYTES + 1;

/**
 * ```
 * names    slot 0: the client's name, in its spelling
 *          slot k: the name after k steps, in lower case
 * steps    rule that made slot k+1 out of slot k
 * ```
 */
export class Course {
  readonly #rules: readonly CompiledRule[];
  readonly names: Uint8Array;
  /** Lengths of the names, root octets included. */
  readonly lengths: Uint8Array;
  /** Index of the rule of each step. */
  readonly steps: Uint16Array;
  count = 0;
  type = 0;
  klass = 0;
  /** Rules on the response that apply: indexes, in file order. */
  readonly responses: Uint16Array;
  responseCount = 0;
  /** False when a rule made something that is no name. */
  valid = true;
  /** Whose course this is; null once it has been used up. */
  query: Query | null = null;
  readonly #text = new NameText();
  readonly #result = new NameText();

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
    this.names = new Uint8Array((rules.length + 1) * NAME_SLOT);
    this.lengths = new Uint8Array(rules.length + 1);
    this.steps = new Uint16Array(rules.length);
    this.responses = new Uint16Array(rules.length);
  }

  /** Offset in `names` of the name after `step` steps. */
  nameAt(step: number): number {
    return step * NAME_SLOT;
  }

  /** Runs the rules over the question as it was received; the query must have its own name. */
  run(query: Query): void {
    const { bytes, at, questionLength } = query;
    const name = at + HEADER_BYTES;
    const fixed = at + questionLength - 4;
    this.count = this.responseCount = 0;
    this.valid = true;
    this.type = (bytes[fixed] << 8) | bytes[fixed + 1];
    this.klass = (bytes[fixed + 2] << 8) | bytes[fixed + 3];
    const length = fixed - name;
    for (let i = 0; i < length; i++) this.names[i] = bytes[name + i];
    this.lengths[0] = length;
    this.query = query;
    this.#text.read(bytes, query.lowerAt);
    const rules = this.#rules;
    for (let i = 0; i < rules.length && this.valid; i++) if (this.#apply(i) && rules[i].stop) return;
  }

  /** True when rule `index` applied. */
  #apply(index: number): boolean {
    const rule = this.#rules[index];
    if (rule.field === FIELD.TYPE) {
      if (this.type !== rule.from) return false;
      this.type = rule.to;
      return true;
    }
    if (rule.field === FIELD.CLASS) {
      if (this.klass !== rule.from) return false;
      this.klass = rule.to;
      return true;
    }
    if (rule.matcher === null || !rule.matcher.fits(this.#text)) return false;
    if (rule.field === FIELD.NAME) this.#rename(rule, index);
    else this.responses[this.responseCount++] = index;
    return true;
  }

  #rename(rule: CompiledRule, index: number): void {
    rule.matcher?.apply(this.#text, this.#result);
    const to = this.nameAt(this.count + 1);
    const length = this.#result.write(this.names, to);
    if (length === 0) {
      this.valid = false;
      return;
    }
    this.steps[this.count++] = index;
    this.lengths[this.count] = length;
    if (!rule.stop) this.#text.read(this.names, to);
  }
}
