// What an `import` line stands for: a snippet, a file or several files (behaviour A4). Called by the parser. Cold.

import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseError } from './errors.ts';
import { expandGlob, hasTooManyWildcards, isGlob } from './glob.ts';
import { readTokens, sameLine, type Token } from './lexer.ts';

/** How much a file may grow by its imports. They end circles; no honest file comes near. */
export interface ImportLimits {
  /** Snippets put in place in one parse. */
  readonly snippets: number;
  /** `import` lines naming files in one parse. */
  readonly files: number;
  /** Tokens that all imports together may bring. Two million tokens hold about 200 MB while they are parsed. */
  readonly tokens: number;
}

/** The first two are the reference's; the third is ours and bounds the memory that a circle takes before it is noticed. */
export const IMPORT_LIMITS: ImportLimits = { snippets: 10_000, files: 100_000, tokens: 2_000_000 };

// The reference reports this number for files too, although it allows ten times as many.
const REPORTED_DEPTH = 10_000;

/** The snippets and the files of one parse. */
export class Imports {
  readonly #limits: ImportLimits;
  readonly #warn: (line: string) => void;
  readonly #snippets = new Map<string, readonly Token[]>();
  readonly #files = new Map<string, readonly Token[]>();
  #snippetCount = 0;
  #fileCount = 0;
  #tokenCount = 0;

  constructor(limits: ImportLimits, warn: (line: string) => void) {
    this.#limits = limits;
    this.#warn = warn;
  }

  /** Absolute paths of all files read so far, in the order of their first use. */
  get files(): string[] {
    return [...this.#files.keys()];
  }

  has(snippet: string): boolean {
    return this.#snippets.has(snippet);
  }

  /**
   * Keeps a snippet's raw tokens. One that imports itself is refused at once; a circle of several is left to the counter.
   * `at` is where the snippet ends, `substituted` puts the environment into a token.
   */
  define(name: string, tokens: readonly Token[], at: Token, substituted: (token: Token) => string): void {
    for (const [i, token] of tokens.entries()) {
      const first = i === 0 || !sameLine(tokens[i - 1], token);
      const argument = tokens[i + 1];
      if (first && token.text === 'import' && argument !== undefined && substituted(argument) === name) {
        throw parseError(at, `maximum snippet import depth (${REPORTED_DEPTH}) exceeded`);
      }
    }
    this.#snippets.set(name, tokens);
  }

  /** The tokens behind `import PATTERN`; `at` is the pattern's token. A snippet wins over a file of the same name. */
  expand(pattern: string, at: Token): readonly Token[] {
    const snippet = this.#snippets.get(pattern);
    const tokens = snippet === undefined ? this.#fromFiles(pattern, at) : this.#fromSnippet(snippet, at);
    this.#tokenCount += tokens.length;
    if (this.#tokenCount > this.#limits.tokens) {
      throw parseError(at, `maximum number of imported tokens (${this.#limits.tokens}) exceeded`);
    }
    return tokens;
  }

  #fromSnippet(tokens: readonly Token[], at: Token): readonly Token[] {
    if (++this.#snippetCount > this.#limits.snippets) {
      throw parseError(at, `maximum snippet import depth (${REPORTED_DEPTH}) exceeded`);
    }
    return tokens;
  }

  #fromFiles(pattern: string, at: Token): readonly Token[] {
    if (++this.#fileCount > this.#limits.files) {
      throw parseError(at, `maximum file import depth (${REPORTED_DEPTH}) exceeded`);
    }
    const paths = this.#paths(pattern, at);
    return paths.length === 1 ? this.#read(paths[0], at) : paths.flatMap((path) => this.#read(path, at));
  }

  /** Relative to the folder of the file that holds the import, not to the working directory. */
  #paths(pattern: string, at: Token): string[] {
    const path = pattern.startsWith('/') ? pattern : join(dirname(resolve(at.file)), pattern);
    if (!isGlob(path) && this.#files.has(path)) return [path];
    if (hasTooManyWildcards(path)) {
      throw parseError(at, `Glob pattern may only contain one wildcard (*), but has others: ${path}`);
    }
    if (path.includes('[')) throw parseError(at, `Failed to use import pattern ${pattern}: syntax error in pattern`);
    const paths = expandGlob(path);
    if (paths.length > 0) return paths;
    if (!isGlob(path)) throw parseError(at, `File to import not found: ${pattern}`);
    this.#warn(`No files matching import glob pattern: ${pattern}`);
    return [];
  }

  /** One file is read once a parse, however often it is imported: the parse sees one state of it. */
  #read(path: string, at: Token): readonly Token[] {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const tokens = readTokens(readImport(path, at), path);
    this.#files.set(path, tokens);
    return tokens;
  }
}

function readImport(path: string, at: Token): string {
  let folder = false;
  try {
    folder = statSync(path).isDirectory();
    if (!folder) return readFileSync(path, 'utf8');
  } catch (error) {
    throw parseError(at, `Could not import ${path}: ${describe(error, path)}`);
  }
  throw parseError(at, `Could not import ${path}: is a directory`);
}

/** `EACCES: permission denied, open '/x'` → `open /x: permission denied`, the order of words that operators know. */
function describe(error: unknown, path: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1];
  return reason === undefined ? message : `open ${path}: ${reason}`;
}
