// Gives names of a response back the form that the client asked for. Called by the handler for responses that are taken apart. Hot when used.

import { MAX_NAME_BYTES } from '#wire/constants.ts';
import { LOWER } from '#wire/hash.ts';
import { NameText } from '#workers/lib/access/name-text.ts';
import { type CompiledRule, REVERT } from './compiled.ts';
import type { Course } from './course.ts';

export class Reverter {
  readonly #rules: readonly CompiledRule[];
  readonly #course: Course;
  /** The name that is being changed; `length` counts the root octet. */
  readonly name = new Uint8Array(MAX_NAME_BYTES + 1);
  length = 0;
  readonly #scratch = new Uint8Array(MAX_NAME_BYTES + 1);
  readonly #text = new NameText();
  readonly #result = new NameText();

  constructor(rules: readonly CompiledRule[], course: Course) {
    this.#rules = rules;
    this.#course = course;
  }

  /**
   * Takes the name of `length` octets at `from[at…]` through the steps backwards; `value`: it stands in RDATA. True when it has changed: the
   * result is in `name`.
   */
  revert(from: Uint8Array, at: number, length: number, value: boolean): boolean {
    for (let i = 0; i < length; i++) this.name[i] = from[at + i];
    this.length = length;
    let changed = false;
    for (let step = this.#course.count - 1; step >= 0; step--) if (this.#step(step, value)) changed = true;
    if (changed) this.#spellAsClient();
    return changed;
  }

  #step(step: number, value: boolean): boolean {
    const rule = this.#rules[this.#course.steps[step]];
    let changed = false;
    if (rule.revert === REVERT.NAME) changed = this.#toOldName(step);
    else if (rule.revert === REVERT.SUFFIX) changed = this.#toOldSuffix(rule);
    const replacements = value ? rule.values : rule.names;
    for (let i = 0; i < replacements.length; i++) {
      this.#text.read(this.name, 0);
      if (replacements[i].apply(this.#text, this.#result) && this.#take()) changed = true;
    }
    return changed;
  }

  /** The new name of the step, and names below it, get the old one. */
  #toOldName(step: number): boolean {
    const { names, lengths } = this.#course;
    const after = this.#course.nameAt(step + 1);
    const head = this.length - lengths[step + 1];
    if (head < 0 || !isBoundary(this.name, head) || !sameName(this.name, head, names, after, lengths[step + 1]))
      return false;
    const before = this.#course.nameAt(step);
    if (head + lengths[step] > MAX_NAME_BYTES) return false;
    for (let i = 0; i < lengths[step]; i++) this.name[head + i] = names[before + i];
    this.length = head + lengths[step];
    return true;
  }

  #toOldSuffix(rule: CompiledRule): boolean {
    this.#text.read(this.name, 0);
    return rule.matcher?.revertSuffix(this.#text, this.#result) === true && this.#take();
  }

  /** Takes over what a rule made of the name, unless it is no name. */
  #take(): boolean {
    const length = this.#result.write(this.#scratch, 0);
    for (let i = 0; i < length; i++) this.name[i] = this.#scratch[i];
    if (length > 0) this.length = length;
    return length > 0;
  }

  /** Rules work in lower case; the client's own name comes back in the client's spelling. */
  #spellAsClient(): void {
    const { names, lengths } = this.#course;
    if (this.length !== lengths[0] || !sameName(this.name, 0, names, 0, this.length)) return;
    for (let i = 0; i < this.length; i++) this.name[i] = names[i];
  }
}

/** True when a label begins at offset `at` of the name. */
function isBoundary(name: Uint8Array, at: number): boolean {
  let label = 0;
  while (label < at && name[label] !== 0) label += name[label] + 1;
  return label === at;
}

function sameName(a: Uint8Array, at: number, b: Uint8Array, bt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (LOWER[a[at + i]] !== LOWER[b[bt + i]]) return false;
  return true;
}
