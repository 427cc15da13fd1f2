// The errors directive: where errors go, which of them are consolidated. Called by the primary. Cold.

import { DurationError, parseDuration } from '#workers/lib/access/duration.ts';
import { compilePattern, PatternError } from '#workers/lib/access/pattern.ts';
import type { Directive, PluginSetup } from '../contract.ts';

export type ConsolidateLevel = 'warning' | 'error' | 'info' | 'debug';
const LEVELS: readonly string[] = ['warning', 'error', 'info', 'debug'];

/** Errors that are counted instead of printed. */
export interface Consolidation {
  /** Milliseconds from the first error to the summary. */
  readonly period: number;
  /** RE2 syntax; unanchored. */
  readonly pattern: string;
  readonly level: ConsolidateLevel;
  /** Print the first one at once. */
  readonly showFirst: boolean;
}

export interface ErrorsOptions {
  /** Panics are logged with their stack. */
  readonly stacktrace: boolean;
  /** The first that matches counts. */
  readonly consolidate: readonly Consolidation[];
}

export const plugin: PluginSetup<ErrorsOptions> = {
  name: 'errors',
  once: true,
  setup(directive: Directive): ErrorsOptions {
    let stacktrace = false;
    const consolidate: Consolidation[] = [];
    while (directive.nextOccurrence()) {
      const args = directive.args();
      if (args.length > 1) throw directive.argumentError();
      if (args.length === 1 && args[0] !== 'stdout') throw directive.error(`invalid log file: ${args[0]}`);
      for (const property of directive.properties()) {
        if (property === 'stacktrace') stacktrace = true;
        else if (property === 'consolidate') consolidate.push(readConsolidation(directive));
        else throw directive.syntaxError(`Unknown field ${property}`);
      }
    }
    return { stacktrace, consolidate };
  },
};

function readConsolidation(directive: Directive): Consolidation {
  const args = directive.args();
  if (args.length < 2 || args.length > 4) throw directive.argumentError();
  const [duration, pattern, ...rest] = args;
  const period = checked(directive, () => parseDuration(duration));
  checked(directive, () => compilePattern(pattern));
  const showFirst = rest.at(-1) === 'show_first';
  const levels = showFirst ? rest.slice(0, -1) : rest;
  return { period, pattern, level: readLevel(directive, levels), showFirst };
}

function readLevel(directive: Directive, words: readonly string[]): ConsolidateLevel {
  if (words.length === 0) return 'error';
  const wrong = words.find((word) => !isLevel(word)) ?? words[1];
  if (wrong !== undefined) throw directive.error(`unknown log level argument in consolidate: ${wrong}`);
  return words[0] as ConsolidateLevel;
}

function isLevel(word: string): boolean {
  return LEVELS.includes(word);
}

function checked<T>(directive: Directive, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DurationError || error instanceof PatternError) throw directive.error(error.message);
    throw error;
  }
}
