// The tokens that the parser has still to read; an import puts its tokens in front. Used by the parser only. Cold.

import { sameLine, type Token } from './lexer.ts';

/**
 * A cursor that can be fed while it is read. What is still to come lies on a stack with the next token on top, so that
 * an import costs what it brings and not the length of the file behind it.
 */
export class TokenStream {
  readonly #pending: Token[];
  #previous: Token | undefined = undefined;
  #current: Token | undefined = undefined;
  readonly #start: Token;

  constructor(tokens: readonly Token[], file: string) {
    this.#pending = tokens.toReversed();
    this.#start = { file, line: 0, breaks: 0, text: '' };
  }

  /** Moves on; at the end it stays on the last token and says false. */
  next(): boolean {
    const token = this.#pending.pop();
    if (token === undefined) return false;
    this.#previous = this.#current;
    this.#current = token;
    return true;
  }

  /** Moves on when the next token stands on the same line. */
  nextArgument(): boolean {
    const token = this.#pending.at(-1);
    return token !== undefined && this.#current !== undefined && sameLine(this.#current, token) && this.next();
  }

  /** Undoes one `next()`. */
  back(): void {
    if (this.#current !== undefined) this.#pending.push(this.#current);
    this.#current = this.#previous;
  }

  /** The token read last; one without text at line 0 before the first. */
  get current(): Token {
    return this.#current ?? this.#start;
  }

  /** True when the token read last has this text. */
  is(text: string): boolean {
    return this.current.text === text;
  }

  /**
   * True when the current token is the first of its line. A jump backwards (into a snippet, which always stands further
   * up) is a new line too.
   */
  get onNewLine(): boolean {
    return this.#previous === undefined || this.#current === undefined || !sameLine(this.#previous, this.#current);
  }

  /** The token before the current one, to go back to with `insert`. */
  get mark(): Token | undefined {
    return this.#previous;
  }

  /** Stands on `mark` again; the given tokens come next, then what is still to be read. */
  insert(tokens: readonly Token[], mark: Token | undefined): void {
    for (let i = tokens.length - 1; i >= 0; i--) this.#pending.push(tokens[i]);
    this.#current = mark;
    this.#previous = undefined;
  }
}
