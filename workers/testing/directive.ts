// A directive of a Corefile from its text, for the tests of set-ups: words, quoted words, one level of braces. Tests only.

import { isAbsolute, join } from 'node:path';
import { ConfigError, type Directive, type Position, type SetupScope } from '../plugins/contract.ts';

interface Word {
  readonly text: string;
  readonly line: number;
}

const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/** Splits like the Corefile's lexer, without comments and variables. */
function words(text: string): Word[] {
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(WORD)].map((match) => ({
      text: match[1]?.replaceAll('\\"', '"') ?? match[2],
      line: index + 1,
    })),
  );
}

/** Every line of the text that is not within braces is an occurrence of the directive; positions count from the text's first line. */
export class TextDirective implements Directive {
  readonly name: string;
  /** What `warn` was told. */
  readonly warnings: string[] = [];
  readonly #words: readonly Word[];
  #at = -1;
  #property = '';
  #started = false;

  constructor(name: string, text: string) {
    this.name = name;
    this.#words = words(text);
  }

  nextOccurrence(): boolean {
    if (this.#started && this.#same())
      throw this.error(`Wrong argument count or unexpected line ending after '${this.#words[this.#at + 1].text}'`);
    this.#started = true;
    if (this.#at + 1 >= this.#words.length) return false;
    this.#at++;
    return true;
  }

  arg(): string | undefined {
    const next = this.#words[this.#at + 1]?.text;
    if (!this.#same() || next === '{' || next === '}') return undefined;
    this.#at++;
    return next;
  }

  args(): string[] {
    const args: string[] = [];
    for (let arg = this.arg(); arg !== undefined; arg = this.arg()) args.push(arg);
    return args;
  }

  *properties(): Generator<string, void, undefined> {
    if (!this.#same() || this.#words[this.#at + 1].text !== '{') return;
    for (this.#at += 2; this.#at < this.#words.length && this.token() !== '}'; this.#at++) {
      this.#property = this.token();
      yield this.#property;
    }
  }

  token(): string {
    return this.#words[this.#at]?.text ?? '';
  }

  position(): Position {
    return { file: 'Corefile', line: this.#words[this.#at]?.line ?? 1 };
  }

  error(message: string): ConfigError {
    return new ConfigError(`Corefile:${this.position().line} - Error during parsing: ${message}`);
  }

  argumentError(): ConfigError {
    return this.error(`Wrong argument count or unexpected line ending after '${this.token()}'`);
  }

  unknownProperty(): ConfigError {
    return this.error(`unknown property '${this.#property}'`);
  }

  syntaxError(want: string): ConfigError {
    return new ConfigError(
      `Corefile:${this.position().line} - Syntax error: Unexpected token '${this.token()}', expecting '${want}'`,
    );
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  #same(): boolean {
    return this.#words[this.#at + 1] !== undefined && this.#words[this.#at + 1].line === this.#words[this.#at].line;
  }
}

/** The scope of a server block with the given zones, all of whose directives are `directives`. */
export function testScope(
  zones: readonly string[] = ['.'],
  directives: readonly string[] = [],
  root = '/',
): SetupScope {
  return {
    zones,
    keys: zones.map((zone) => `dns://${zone}:53`),
    has: (directive) => directives.includes(directive),
    path: (file) => (isAbsolute(file) ? file : join(root, file)),
    zonesOr: (args) => (args.length === 0 ? [...zones] : args.map((arg) => `${arg.toLowerCase().replace(/\.$/, '')}.`)),
  };
}
