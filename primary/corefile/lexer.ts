// Corefile text → tokens (behaviour A1). Called by the parser, once for each file. Cold.

/** One word of a Corefile. Shared by all expansions of a snippet, therefore never changed. */
export interface Token {
  /** The path given by the operator, or the absolute path of an imported file. */
  readonly file: string;
  /** The line that the token begins on, counted from 1. */
  readonly line: number;
  /** Line breaks inside the token; only a quoted one has any. */
  readonly breaks: number;
  /** Without quotes. */
  readonly text: string;
}

/** True when `next` stands on the line that `token` ends on, which makes it an argument. */
export function sameLine(token: Token, next: Token): boolean {
  return token.file === next.file && token.line + token.breaks === next.line;
}

/** All tokens of a text in order. Every text has tokens: there is nothing that the lexer refuses. */
export function readTokens(text: string, file: string): Token[] {
  const lexer = new Lexer(text, file);
  const tokens: Token[] = [];
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) tokens.push(token);
  return tokens;
}

const BYTE_ORDER_MARK = '\uFEFF';
// Unicode White_Space. Not `\s`: that one has U+FEFF, which is an ordinary character here, and lacks U+0085.
const BLANK = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;

class Lexer {
  readonly #text: string;
  readonly #file: string;
  #at: number;
  #line = 1;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  next(): Token | undefined {
    this.#skip();
    if (this.#at >= this.#text.length) return undefined;
    return this.#text[this.#at] === '"' ? this.#quoted() : this.#word();
  }

  /** Passes blanks and comments. */
  #skip(): void {
    let comment = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === '\n') {
        this.#line++;
        comment = false;
      } else if (char === '#') comment = true;
      else if (!comment && !BLANK.test(char)) return;
    }
  }

  /** A `#` inside a word hides the rest of that word only: the next blank ends word and comment alike. */
  #word(): Token {
    let text = '';
    let comment = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === '\r') continue; // as if it were not there: it does not even separate
      if (BLANK.test(char)) break;
      if (char === '#') comment = true;
      if (!comment) text += char;
    }
    return { file: this.#file, line: this.#line, breaks: 0, text };
  }

  /** Up to the closing quote; an unterminated one takes the rest of the file, and is no token when that is empty. */
  #quoted(): Token | undefined {
    const line = this.#line;
    let text = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      let char = this.#text[this.#at];
      if (char === '"') {
        this.#at++;
        return { file: this.#file, line, breaks: this.#line - line, text };
      }
      if (char === '\\') {
        if (++this.#at >= this.#text.length) break;
        char = this.#text[this.#at];
        if (char !== '"') text += '\\'; // the only escape is of the quote itself
      }
      if (char === '\n') this.#line++;
      text += char;
    }
    return text === '' ? undefined : { file: this.#file, line, breaks: this.#line - line, text };
  }
}
