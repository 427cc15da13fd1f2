// Tokens → server blocks (behaviour A3, A4): keys, and the token lines of each directive. Called by corefile.ts. Cold.

import type { ConfigError, Position } from '#plugins/contract.ts';
import { isDirective } from '#plugins/order.ts';
import { type Environment, substitute } from './environment.ts';
import { argumentMessage, parseError, syntaxError } from './errors.ts';
import { IMPORT_LIMITS, type ImportLimits, Imports } from './imports.ts';
import { readTokens, type Token } from './lexer.ts';
import { TokenStream } from './stream.ts';

/** One occurrence of a directive: its name, its arguments and the block behind it with all braces. */
export type TokenLine = readonly Token[];

/** A server block as it was written: keys not looked at yet, environment put in. */
export interface BlockTokens {
  readonly keys: readonly string[];
  /** By directive, in the order of first appearance; occurrences in file order. */
  readonly directives: ReadonlyMap<string, readonly TokenLine[]>;
  /** Of the first key. */
  readonly position: Position;
}

export interface ParserOptions {
  /** The path as given by the operator: stands in messages, and imports start from its folder. */
  readonly file: string;
  readonly env: Environment;
  /** Takes what an operator should see, without the level in front. */
  readonly warn: (line: string) => void;
  /** True: names of directives are not checked, as for the hash of the reload plugin. */
  readonly anyDirective?: boolean;
  readonly limits?: ImportLimits;
}

/** The grammar's result. */
export interface ParsedFile {
  readonly blocks: readonly BlockTokens[];
  /** Absolute paths of all imported files. */
  readonly imports: readonly string[];
}

/** Parses a whole text; throws ConfigError at the first mistake. */
export function parseBlocks(text: string, options: ParserOptions): ParsedFile {
  return new Parser(text, options).parse();
}

class Parser {
  readonly #options: ParserOptions;
  readonly #stream: TokenStream;
  readonly #imports: Imports;

  constructor(text: string, options: ParserOptions) {
    this.#options = options;
    this.#stream = new TokenStream(readTokens(text, options.file), options.file);
    this.#imports = new Imports(options.limits ?? IMPORT_LIMITS, options.warn);
  }

  parse(): ParsedFile {
    const blocks: BlockTokens[] = [];
    while (this.#stream.next()) {
      const block = this.#block();
      if (block !== undefined) blocks.push(block);
    }
    return { blocks, imports: this.#imports.files };
  }

  /** A server block; undefined for a snippet and for a block whose keys all turned out empty. */
  #block(): BlockTokens | undefined {
    const { file, line } = this.#stream.current;
    const position = { file, line };
    const { keys, ended } = this.#keys();
    const snippet = ended ? undefined : snippetName(keys);
    if (snippet !== undefined) {
      this.#snippet(snippet);
      return undefined;
    }
    const directives = ended ? new Map<string, TokenLine[]>() : this.#body();
    if (keys.length > 0) return { keys, directives, position };
    // Only an unset variable or an import that brought nothing leads here. The reference is silent about it.
    if (directives.size > 0) this.#options.warn(`${file}:${line}: server block without a zone is ignored`);
    return undefined;
  }

  /** Keys up to the end of the line or a lone `{`, where the stream then stands; a trailing comma goes on below. */
  #keys(): { keys: string[]; ended: boolean } {
    const stream = this.#stream;
    const keys: string[] = [];
    let comma = false;
    for (;;) {
      const text = this.#substituted(stream.current);
      const imported = text === 'import' && stream.onNewLine;
      if (imported) this.#import();
      else if (text === '{') {
        if (comma) throw this.#error("Expected another address but had '{' - check for extra comma");
        return { keys, ended: false };
      } else if (text !== '') {
        comma = text.endsWith(',');
        keys.push(comma ? text.slice(0, -1) : text);
      }
      if (!stream.next()) {
        if (comma) throw this.#error('Unexpected EOF');
        return { keys, ended: true };
      }
      if (!imported && !comma && stream.onNewLine) return { keys, ended: false };
    }
  }

  /** Keeps the block that begins at the current brace, raw: variables are put in where it is used. */
  #snippet(name: string): void {
    const stream = this.#stream;
    if (this.#imports.has(name)) throw this.#error(`redeclaration of previously declared snippet ${name}`);
    if (!stream.is('{')) throw this.#unexpected('{');
    const tokens: Token[] = [];
    for (let depth = 1; ; tokens.push(stream.current)) {
      if (!stream.next()) throw this.#unexpected('}');
      if (stream.is('{')) depth++;
      if (stream.is('}') && --depth === 0) break;
    }
    this.#imports.define(name, tokens, stream.current, (token) => this.#substituted(token));
  }

  /** The directives of a block; without a brace in front they go on to the end of the file. */
  #body(): Map<string, TokenLine[]> {
    const stream = this.#stream;
    const directives = new Map<string, TokenLine[]>();
    const braced = stream.is('{');
    if (!braced) stream.back();
    while (stream.next() && !stream.is('}')) {
      if (stream.is('import')) this.#import();
      else this.#directive(directives);
    }
    // At the end of the file the stream stays on its last token. When that is the `}` of a property block, the
    // reference takes it for the missing one of the server block, and so do we.
    if (braced && !stream.is('}')) throw this.#unexpected('}');
    return directives;
  }

  #directive(directives: Map<string, TokenLine[]>): void {
    const first = this.#stream.current;
    const name = this.#substituted(first);
    if (!(this.#options.anyDirective || isDirective(name))) throw this.#error(`Unknown directive '${name}'`);
    const tokens = [first];
    const lines = directives.get(name);
    if (lines === undefined) directives.set(name, [tokens]);
    else lines.push(tokens);
    this.#rest(tokens);
  }

  /** Arguments to the end of the line, and the block behind them whatever its lines. */
  #rest(tokens: Token[]): void {
    const stream = this.#stream;
    let depth = 0;
    while (stream.next()) {
      if (stream.is('{')) depth++;
      else if (depth === 0 && stream.onNewLine) {
        stream.back(); // read too far
        return;
      } else if (stream.is('}')) {
        if (depth-- === 0) throw this.#error("Unexpected '}' because no matching opening brace");
      } else if (stream.is('import') && stream.onNewLine) {
        this.#import();
        continue;
      }
      const token = stream.current;
      const text = this.#substituted(token);
      tokens.push(text === token.text ? token : { ...token, text });
    }
    if (depth > 0) throw this.#error('Unexpected EOF');
  }

  /** Puts the imported tokens in the place of `import PATTERN`; the stream then stands in front of them. */
  #import(): void {
    const stream = this.#stream;
    const mark = stream.mark;
    if (!stream.nextArgument()) throw this.#error(argumentMessage(stream.current.text));
    const at = stream.current;
    const pattern = this.#substituted(at);
    if (pattern === '') throw this.#error('Import requires a non-empty filepath');
    if (stream.nextArgument()) throw this.#error('Import takes only one argument (glob pattern or file)');
    stream.insert(this.#imports.expand(pattern, at), mark);
  }

  #substituted(token: Token): string {
    const text = substitute(token.text, this.#options.env);
    if (text === undefined) throw parseError(token, `environment reference without end in '${token.text}'`);
    return text;
  }

  #error(message: string): ConfigError {
    return parseError(this.#stream.current, message);
  }

  #unexpected(want: string): ConfigError {
    return syntaxError(this.#stream.current, this.#stream.current.text, want);
  }
}

/** `(name)` as the only key declares a snippet. */
function snippetName(keys: readonly string[]): string | undefined {
  const key = keys.length === 1 ? keys[0] : '';
  return key.startsWith('(') && key.endsWith(')') ? key.slice(1, -1) : undefined;
}
