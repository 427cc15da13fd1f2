// Where the Corefile comes from: -conf, ./Corefile, or the built-in one (spec A7). Called by main and at reload. Cold.

import { fstatSync, readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { ConfigError } from '#plugins/contract.ts';
import { DEFAULT_FILE, defaultCorefile } from '#primary/corefile/corefile.ts';
import type { Flags } from './flags.ts';

export interface CorefileText {
  /** The name that error messages give: the path as the operator wrote it, `/dev/stdin`, or `Corefile`. */
  readonly file: string;
  readonly text: string;
}

/** Where to look; tests name other places. */
export interface CorefilePlaces {
  readonly stdin: number;
  /** What is read when there is no -conf. */
  readonly path: string;
}

const PLACES: CorefilePlaces = { stdin: 0, path: DEFAULT_FILE };

/** The system's words where Node has others than the reference. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
};

/** What is served without any Corefile: every query is answered with who asked, and logged. */
export function builtInCorefile(port: number): CorefileText {
  return { file: DEFAULT_FILE, text: defaultCorefile(port) };
}

/**
 * The Corefile that the flags select. A file without a single token counts as none. Throws ConfigError
 * (`loading Caddyfile via flag: open X: no such file or directory`) for one that cannot be read.
 */
export function loadCorefileText(flags: Pick<Flags, 'conf' | 'port'>, places: CorefilePlaces = PLACES): CorefileText {
  const found = fromFlag(flags.conf, places) ?? fromDefaultPath(places);
  return found === undefined || isEmpty(found.text) ? builtInCorefile(flags.port) : found;
}

function fromFlag(conf: string | undefined, places: CorefilePlaces): CorefileText | undefined {
  if (conf === undefined) return undefined;
  if (conf !== 'stdin') return { file: conf, text: read('flag', conf, conf) };
  // A terminal or /dev/null is no input: the next place is asked, as in the reference.
  if (fstatSync(places.stdin).isCharacterDevice()) return undefined;
  return { file: '/dev/stdin', text: read('flag', '/dev/stdin', places.stdin) };
}

function fromDefaultPath(places: CorefilePlaces): CorefileText | undefined {
  try {
    return { file: DEFAULT_FILE, text: read('default', DEFAULT_FILE, places.path) };
  } catch (error) {
    if (error instanceof ConfigError && isMissing(error.cause)) return undefined;
    throw error;
  }
}

function read(via: string, name: string, source: string | number): string {
  try {
    return readFileSync(source, 'utf8');
  } catch (error) {
    throw new ConfigError(`loading Caddyfile via ${via}: ${describe(error as NodeJS.ErrnoException, name)}`, {
      cause: error,
    });
  }
}

/** `open X: no such file or directory` */
function describe(error: NodeJS.ErrnoException, name: string): string {
  const known = ERROR_TEXTS[error.code ?? ''];
  const text = known ?? (error.errno === undefined ? error.message : getSystemErrorMessage(error.errno));
  return `${error.syscall ?? 'read'} ${name}: ${text}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** True when nothing but blanks and comments stands in the text. */
function isEmpty(text: string): boolean {
  return text.split('\n').every((line) => /^[\s\u0085]*(#[\s\S]*)?$/.test(line));
}
