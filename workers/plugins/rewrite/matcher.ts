// Rules on names, compiled: does a name fit, and what does it become. Hot, without allocation but for regular expressions.

import type { NameText } from '#workers/lib/access/name-text.ts';
import { compilePattern } from '#workers/lib/access/pattern.ts';
import type { MatchKind, NameMatch } from './rules.ts';

/** Words of a `to` with groups: text, or the number of a group. */
type Template = readonly (string | number)[];

/** A regular expression and what a name that it fits becomes. Makes strings. */
export class Replacement {
  readonly #pattern: RegExp;
  readonly #template: Template;

  constructor(from: string, to: string) {
    this.#pattern = compilePattern(from);
    this.#template = to
      .split(/(\{\d{1,3}\})/)
      .filter((part) => part !== '')
      .map((part) => (/^\{\d+\}$/.test(part) ? Number(part.slice(1, -1)) : part));
  }

  fits(name: NameText): boolean {
    return this.#pattern.test(name.toString());
  }

  /** Writes what `name` becomes to `result`; false when it does not fit. */
  apply(name: NameText, result: NameText): boolean {
    const match = this.#pattern.exec(name.toString());
    if (match === null) return false;
    result.clear();
    // A number without a group stays as it is written.
    for (const part of this.#template)
      result.appendText(typeof part === 'string' ? part : part < match.length ? (match[part] ?? '') : `{${part}}`);
    return true;
  }
}

/** Which names a rule is for, and what they become. */
export class Matcher {
  readonly #kind: MatchKind;
  readonly #from: Uint8Array;
  readonly #to: Uint8Array;
  readonly #replacement: Replacement | null;

  /** `to`: '' for rules that do not change the name. */
  constructor(match: NameMatch, to: string) {
    this.#kind = match.kind;
    this.#from = new TextEncoder().encode(match.from);
    this.#to = new TextEncoder().encode(to);
    this.#replacement = match.kind === 'regex' ? new Replacement(match.from, to) : null;
  }

  /** `name` in lower case. */
  fits(name: NameText): boolean {
    const from = this.#from;
    switch (this.#kind) {
      case 'exact':
        return name.length === from.length && name.hasAt(from, 0);
      case 'prefix':
        return name.hasAt(from, 0);
      case 'suffix':
        return name.hasAt(from, name.length - from.length);
      case 'substring':
        return name.indexOf(from, 0) >= 0;
      default:
        return this.#replacement?.fits(name) ?? false;
    }
  }

  /** Writes what `name`, which fits, becomes to `result`; the result may be no name. */
  apply(name: NameText, result: NameText): void {
    result.clear();
    const from = this.#from;
    const to = this.#to;
    switch (this.#kind) {
      case 'exact':
        result.append(to, 0, to.length);
        break;
      case 'prefix':
        result.append(to, 0, to.length);
        result.append(name.bytes, from.length, name.length);
        break;
      case 'suffix':
        result.append(name.bytes, 0, name.length - from.length);
        result.append(to, 0, to.length);
        break;
      case 'substring':
        this.#replaceAll(name, result);
        break;
      default:
        this.#replacement?.apply(name, result);
    }
  }

  #replaceAll(name: NameText, result: NameText): void {
    let at = 0;
    for (let next = name.indexOf(this.#from, 0); next >= 0; next = name.indexOf(this.#from, at)) {
      result.append(name.bytes, at, next);
      result.append(this.#to, 0, this.#to.length);
      at = next + this.#from.length;
    }
    result.append(name.bytes, at, name.length);
  }

  /** The other way round, for names of a response: `to` at the end becomes `from`. False when `to` is not there. */
  revertSuffix(name: NameText, result: NameText): boolean {
    if (!name.hasAt(this.#to, name.length - this.#to.length)) return false;
    result.clear();
    result.append(name.bytes, 0, name.length - this.#to.length);
    result.append(this.#from, 0, this.#from.length);
    return true;
  }
}
