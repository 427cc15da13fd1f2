// Regular expressions of the Corefile: RE2 syntax made into patterns of this engine, safe against names that make it backtrack. Cold: set-up.

import { LINEAR_PATTERNS, setFlag } from '#native/engine.ts';

/** A pattern that RE2 or this translation does not take; `message` is in the reference's form. */
export class PatternError extends Error {
  readonly code = 'ERR_PATTERN';
  override readonly name = 'PatternError';
}

const POSIX: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7f'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
]);
/** Escapes that mean the same in both. */
const SAME = 'dDwWsSbBtnrfv';
const REPEAT = /^\{\d+(,\d*)?\}/;

/** Compiles RE2 syntax. Subjects are single lines of ASCII (names, error texts), so `(?m)` changes nothing. Throws PatternError. */
export function compilePattern(source: string): RegExp {
  const translated = new Translation(source).run();
  /*
   * RE2 takes time linear in the subject, V8's default engine may take exponential time, and clients choose the subject. With this flag V8 goes on
   * with its linear engine as soon as a match has backtracked a lot. That engine knows neither flags nor look-around, so the translation
   * makes do without them: case-insensitivity is spelled out as classes.
   */
  setFlag(LINEAR_PATTERNS);
  try {
    return new RegExp(translated);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, '').toLowerCase() : String(error);
    throw new PatternError(`error parsing regexp: ${reason}: \`${source}\``);
  }
}

/** Capturing groups of a compiled pattern. */
export function countGroups(pattern: RegExp): number {
  const match = new RegExp(`${pattern.source}|`).exec('');
  return match === null ? 0 : match.length - 1;
}

/** One pass over a pattern; letters of the current group's flags are kept on a stack. */
class Translation {
  readonly #source: string;
  #at = 0;
  #fold = false;
  #dotAll = false;
  readonly #stack: (readonly [fold: boolean, dotAll: boolean])[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    let out = '';
    while (this.#at < this.#source.length) out += this.#atom();
    return out;
  }

  #atom(): string {
    const char = this.#source[this.#at++];
    switch (char) {
      case '\\':
        return this.#escape(false);
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      case ')':
        [this.#fold, this.#dotAll] = this.#stack.pop() ?? [this.#fold, this.#dotAll];
        return ')';
      case '.':
        return this.#dotAll ? '[^]' : '[^\\n]';
      case '{':
        return REPEAT.test(this.#source.slice(this.#at - 1)) ? '{' : '\\{';
      case ']':
        return '\\]';
      default:
        return this.#letter(char);
    }
  }

  #letter(char: string): string {
    return this.#fold && /[A-Za-z]/.test(char) ? `[${char.toLowerCase()}${char.toUpperCase()}]` : char;
  }

  #group(): string {
    this.#stack.push([this.#fold, this.#dotAll]);
    if (this.#source[this.#at] !== '?') return '(';
    const named = /^\?P?<([A-Za-z_]\w*)>/.exec(this.#source.slice(this.#at));
    if (named !== null) {
      this.#at += named[0].length;
      return `(?<${named[1]}>`;
    }
    return this.#flags();
  }

  /** `(?i)` to the end of the group, `(?i:…)`, `(?:…)`. */
  #flags(): string {
    const flags = /^\?([ims]*)(?:-([ims]+))?([:)])/.exec(this.#source.slice(this.#at));
    if (flags === null) throw this.#unsupported(this.#source.slice(this.#at - 1, this.#at + 2));
    this.#at += flags[0].length;
    // Without a body of its own the flag belongs to the group around it: nothing was opened.
    if (flags[3] === ')') this.#stack.pop();
    this.#fold = (this.#fold || flags[1].includes('i')) && !(flags[2] ?? '').includes('i');
    this.#dotAll = (this.#dotAll || flags[1].includes('s')) && !(flags[2] ?? '').includes('s');
    return flags[3] === ')' ? '' : '(?:';
  }

  #escape(inClass: boolean): string {
    const char = this.#source[this.#at++];
    if (char === undefined) throw new PatternError('error parsing regexp: trailing backslash at end of expression: ``');
    if (SAME.includes(char)) return `\\${char}`;
    if (char === 'a') return '\\x07';
    if (char === 'A' && !inClass) return '^';
    if (char === 'z' && !inClass) return '$';
    if (char === 'Q' && !inClass) return this.#quoted();
    if (char === 'x') return this.#hex();
    if (/[0-9A-Za-z]/.test(char))
      throw new PatternError(`error parsing regexp: invalid escape sequence: \`\\${char}\``);
    return /[$^\\.*+?()[\]{}|/-]/.test(char) ? `\\${char === '-' && !inClass ? 'x2d' : char}` : char;
  }

  #quoted(): string {
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    return Array.from(text, (char) => (/\w/.test(char) ? this.#letter(char) : `\\${char}`)).join('');
  }

  #hex(): string {
    const digits = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(this.#source.slice(this.#at));
    const code = Number.parseInt(digits?.[1] ?? digits?.[2] ?? '', 16);
    if (digits === null || code > 0xffff)
      throw new PatternError('error parsing regexp: invalid escape sequence: `\\x`');
    this.#at += digits[0].length;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  }

  #class(): string {
    let out = '[';
    if (this.#source[this.#at] === '^') out += this.#source[this.#at++];
    for (let first = true; ; first = false) {
      const char = this.#source[this.#at];
      if (char === undefined) throw new PatternError(`error parsing regexp: missing closing ]: \`${this.#source}\``);
      if (char === ']' && !first) break;
      out += this.#member();
    }
    this.#at++;
    return `${out}]`;
  }

  #member(): string {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at));
    if (posix !== null) return this.#posix(posix);
    const char = this.#source[this.#at++];
    if (char === '\\') return this.#escape(true);
    if (char === '[' || char === ']') return `\\${char}`;
    return this.#fold ? this.#folded(char) : char;
  }

  #posix(match: RegExpExecArray): string {
    const members = POSIX.get(match[2]);
    if (members === undefined || match[1] !== '')
      throw new PatternError(`error parsing regexp: invalid character class range: \`${match[0]}\``);
    this.#at += match[0].length;
    return this.#fold && /^(lower|upper)$/.test(match[2]) ? 'A-Za-z' : members;
  }

  /** A letter of a class, or a range of letters, in both cases. */
  #folded(char: string): string {
    if (!/[A-Za-z]/.test(char)) return char;
    const range = /^-([A-Za-z])/.exec(this.#source.slice(this.#at));
    this.#at += range?.[0].length ?? 0;
    const text = range === null ? char : `${char}-${range[1]}`;
    return text.toLowerCase() + text.toUpperCase();
  }

  #unsupported(what: string): PatternError {
    return new PatternError(`error parsing regexp: invalid or unsupported Perl syntax: \`${what}\``);
  }
}
