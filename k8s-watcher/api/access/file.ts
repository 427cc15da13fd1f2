// Texts that credentials and trust are made of: given in place, or in files that others replace while we run. Cold.

import { readFile } from 'node:fs/promises';
import { ApiConfigError } from '../errors.ts';

/** A text and where it comes from. */
export interface Source {
  /** For error lines: `certificate-authority of cluster "a" in FILE`. */
  readonly name: string;
  /** Throws ApiConfigError. */
  read(): Promise<string>;
}

export class FixedText implements Source {
  readonly name: string;
  readonly #text: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.#text = text;
  }

  read(): Promise<string> {
    return Promise.resolve(this.#text);
  }
}

/**
 * Milliseconds after which a file is read again. Tokens are replaced at 80 % of an hour or more, certificates days ahead; and a server
 * that refuses a token has it read at once. Shorter costs a small read a request, longer lets a replaced CA be unknown longer.
 */
const MAX_AGE = 60_000;

/** A file's text, read when somebody asks and what is known is old. */
export class CachedFile implements Source {
  readonly name: string;
  readonly path: string;
  readonly #maxAge: number;
  #text: string | null = null;
  #read = 0;

  constructor(name: string, path: string, maxAge: number = MAX_AGE) {
    this.name = name;
    this.path = path;
    this.#maxAge = maxAge;
  }

  /** A file that cannot be read any more, or is empty, leaves what was known: it may be in the midst of being replaced. */
  async read(): Promise<string> {
    const now = performance.now();
    if (this.#text !== null && now - this.#read < this.#maxAge) return this.#text;
    const fresh = await this.#load();
    this.#read = now;
    this.#text = fresh;
    return fresh;
  }

  /** The next `read` looks at the file again. */
  forget(): void {
    this.#read = Number.NEGATIVE_INFINITY;
  }

  async #load(): Promise<string> {
    try {
      const text = await readFile(this.path, 'utf8');
      if (text.trim() !== '') return text;
      if (this.#text === null) throw new ApiConfigError(`${this.name}: ${this.path} is empty`);
    } catch (error) {
      if (error instanceof ApiConfigError) throw error;
      if (this.#text === null) throw new ApiConfigError(`${this.name}: ${systemMessage(error)}`);
    }
    return this.#text;
  }
}

/** What the system says of a file, without the call: `open FILE: no such file or directory`. */
export function systemMessage(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  const what = message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+.*$/, '');
  return code === undefined || path === undefined ? message : `open ${path}: ${what}`;
}
