// What a source file imports, as paths from the root of the repository or names of packages. Cold.

import { posix } from 'node:path';
import { read } from './tree.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** `workers/chain/chain.ts`, or the name of a package: `koffi`. Modules of Node are left out. */
  readonly target: string;
  readonly package: boolean;
  /** The entry point of a worker or process, which cannot be named by an alias. */
  readonly entry: boolean;
}

/** Static imports and re-exports stand at the start of a line; dynamic ones and entry points of workers anywhere. */
const IMPORT =
  /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)|new URL\('([^']+\.ts)', import\.meta\.url\)/gm;

/** `#wire/` → `shared-cache/wire/`, longest first, so that `#workers/plugins/` does not hide behind `#workers/`. */
const ALIASES: readonly (readonly [string, string])[] = readAliases();

function readAliases(): [string, string][] {
  const manifest: unknown = JSON.parse(read('package.json'));
  if (typeof manifest !== 'object' || manifest === null || !('imports' in manifest)) throw new Error('no imports');
  return Object.entries(manifest.imports as Record<string, string>)
    .map(([alias, target]): [string, string] => [alias.replace('*', ''), target.replace(/^\.\/|\*$/g, '')])
    .sort(([a], [b]) => b.length - a.length);
}

/** Everything that the text of `file` imports. */
export function importsOf(file: string, source: string = read(file)): Import[] {
  return [...source.matchAll(IMPORT)].flatMap(([, from, bare, dynamic, url]) => {
    const specifier = from ?? bare ?? dynamic ?? url;
    return specifier === undefined || specifier.startsWith('node:')
      ? []
      : [{ ...resolve(file, specifier), entry: url !== undefined }];
  });
}

function resolve(file: string, specifier: string): Pick<Import, 'specifier' | 'target' | 'package'> {
  if (specifier.startsWith('.'))
    return { specifier, target: posix.join(posix.dirname(file), specifier), package: false };
  const alias = ALIASES.find(([prefix]) => specifier.startsWith(prefix));
  if (alias !== undefined) return { specifier, target: alias[1] + specifier.slice(alias[0].length), package: false };
  const parts = specifier.split('/');
  return { specifier, target: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'), package: true };
}
