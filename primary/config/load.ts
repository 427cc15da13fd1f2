// Tuning file and environment → Tuning. Called by main at the start, and again at a reload. Cold.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import convict from 'convict';
import { ConfigError } from '#plugins/contract.ts';
import type { TuningDocument } from './document.ts';
import { SCHEMA, SETTINGS } from './schema.ts';
import type { Tuning } from './tuning.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const NO_DOCUMENT: TuningDocument = { values: {}, where: () => undefined };

/**
 * Defaults, overridden by the file at `path` (YAML or JSON), overridden by SHOAL_… variables of `env`; a variable that
 * is empty counts as unset. Throws ConfigError with one line per mistake: where it stands, the key, what is allowed.
 * Other SHOAL_… variables are ignored: Kubernetes makes such ones for a service named `shoal`.
 */
export function loadTuning(path: string | undefined, env: Environment): Tuning {
  const document = path === undefined ? NO_DOCUMENT : readDocument(path, readText(path));
  const variables = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const config = convict<Tuning>(SCHEMA, { env: variables, args: [] });
  config.load(document.values);
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    throw new ConfigError(locate((error as Error).message, document, variables));
  }
  const tuning = config.getProperties();
  checkTogether(tuning, document, variables);
  return freeze(tuning);
}

/** Loaded when there is a file to be read: the parser of YAML takes 3 MB. */
function readDocument(path: string, text: string): TuningDocument {
  const document = createRequire(import.meta.url)('./document.ts') as typeof import('./document.ts');
  return document.readDocument(path, text);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the tuning file: ${(error as Error).message}`, { cause: error });
  }
}

/** What no single key can tell. */
function checkTogether(tuning: Tuning, document: TuningDocument, env: Environment): void {
  const { backoffMin, backoffMax } = tuning.supervisor;
  if (backoffMin <= backoffMax) return;
  const problem = `supervisor.backoffMax: must not be below supervisor.backoffMin: ${backoffMax} < ${backoffMin}`;
  throw new ConfigError(locate(problem, document, env));
}

/** Puts before each `KEY: PROBLEM` line where the value came from; the environment wins, as it does for the value. */
function locate(problems: string, document: TuningDocument, env: Environment): string {
  return problems
    .split('\n')
    .map((line) => {
      const key = line.slice(0, line.indexOf(':'));
      const variable = SETTINGS.get(key)?.env ?? '';
      const place = env[variable] === undefined ? document.where(key) : `environment variable ${variable}`;
      return place === undefined ? line : `${place} - ${line}`;
    })
    .join('\n');
}

function freeze(tuning: Tuning): Tuning {
  for (const group of Object.values(tuning)) Object.freeze(group);
  return Object.freeze(tuning);
}
