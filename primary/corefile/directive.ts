// The cursor that a plugin's set-up reads its directive with. Made by ServerBlock, called by workers/plugins/*/setup.ts. Cold.

import { ConfigError, type Directive, type Position } from '#plugins/contract.ts';
import { argumentMessage, parseError, syntaxError } from './errors.ts';
import { sameLine, type Token } from './lexer.ts';
import type { TokenLine } from './parser.ts';

export interface DirectiveOptions {
  readonly name: string;
  /** The directive's occurrences in one server block. Braces are balanced unless a variable brought one. */
  readonly lines: readonly TokenLine[];
  /** Where the server block stands: the position before the first occurrence is read. */
  readonly position: Position;
  /** True: a second occurrence is refused. */
  readonly once: boolean;
  /** Takes a line without the level in front. */
  readonly warn: (line: string) => void;
}

/** Without FILE:LINE, as the reference has it. */
export const ONCE_MESSAGE = 'this plugin can only be used once per Server Block';

/**
 * Walks the tokens of one directive in one server block:
 *
 * ```
 * health :8080 { lameduck 5s }
 * └ nextOccurrence() moves here
 *        └ args(), up to the brace
 *                └ properties() yields this
 *                         └ arg() or args(), up to the brace
 * ```
 * A set-up has to read all there is: what is left over is a mistake of the operator, which `nextOccurrence` reports.
 */
export class DirectiveCursor implements Directive {
  readonly name: string;
  readonly #options: DirectiveOptions;
  /** Index of the occurrence after the current one. */
  #following = 0;
  #line: TokenLine = [];
  /** Index of the token read last; -1 before the first occurrence. */
  #at = -1;
  #property: Token | undefined = undefined;
  /** The brace that the last `arg()` found in an argument's place. */
  #brace: Token | undefined = undefined;

  constructor(options: DirectiveOptions) {
    this.name = options.name;
    this.#options = options;
  }

  nextOccurrence(): boolean {
    this.#refuseUnread();
    const line = this.#options.lines[this.#following];
    if (line === undefined) return false;
    if (this.#options.once && this.#following > 0) throw new ConfigError(ONCE_MESSAGE);
    this.#following++;
    this.#line = line;
    this.#at = 0;
    this.#property = undefined;
    this.#brace = undefined;
    return true;
  }

  arg(): string | undefined {
    const next = this.#next();
    this.#brace = next?.text === '{' ? next : undefined;
    if (next === undefined || next.text === '{' || next.text === '}') return undefined;
    this.#at++;
    return next.text;
  }

  args(): string[] {
    const args: string[] = [];
    for (let arg = this.arg(); arg !== undefined; arg = this.arg()) args.push(arg);
    this.#brace = undefined;
    return args;
  }

  *properties(): Generator<string, void, undefined> {
    if (this.#next()?.text !== '{') return; // a block opens on the line of what it belongs to
    this.#at += 2;
    for (; this.#at < this.#line.length && this.token() !== '}'; this.#at++) {
      this.#property = this.#line[this.#at];
      this.#brace = undefined;
      yield this.#property.text;
    }
  }

  token(): string {
    return this.#line[this.#at]?.text ?? '';
  }

  position(): Position {
    const { file, line } = this.#line[this.#at] ?? this.#options.position;
    return { file, line };
  }

  error(message: string): ConfigError {
    return parseError(this.position(), message);
  }

  argumentError(): ConfigError {
    const token = this.#brace?.text ?? this.token();
    return this.error(argumentMessage(token));
  }

  unknownProperty(): ConfigError {
    const property = this.#property;
    return parseError(property ?? this.position(), `unknown property '${property?.text ?? this.token()}'`);
  }

  syntaxError(want: string): ConfigError {
    return syntaxError(this.position(), this.token(), want);
  }

  warn(message: string): void {
    const { file, line } = this.position();
    this.#options.warn(`plugin/${this.name}: ${file}:${line}: ${message}`);
  }

  /** The next token of the occurrence if it stands on the same line. */
  #next(): Token | undefined {
    const token = this.#line[this.#at];
    const next = this.#line[this.#at + 1];
    return token !== undefined && next !== undefined && sameLine(token, next) ? next : undefined;
  }

  /** An argument too many, a block where none is allowed, or one that opens on a line of its own. */
  #refuseUnread(): void {
    const token = this.#line[this.#at + 1];
    if (token !== undefined) throw parseError(token, argumentMessage(token.text));
  }
}
