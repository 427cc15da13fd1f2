// The autopath directive: whose search paths, and where they come from. Called by the primary. Cold.

import { readFileSync } from 'node:fs';
import { parseSearch } from '#workers/lib/resolvconf.ts';
import { ConfigError, type Directive, type PluginSetup, type SetupScope } from '../contract.ts';
import type { AutopathOptions } from './options.ts';

/** What the search paths of pods go on with: that of the node, which a pod with `dnsPolicy: Default` sees. */
const OWN_FILE = '/etc/resolv.conf';
/** Plugins that know clients. */
const KNOWING: ReadonlySet<string> = new Set(['kubernetes']);

export const plugin: PluginSetup<AutopathOptions> = {
  name: 'autopath',
  setup(directive: Directive, scope: SetupScope): AutopathOptions {
    let options: AutopathOptions = { zones: [], plugin: '', stateless: false, search: [] };
    // A repetition is allowed, and a plugin that was named once stays named.
    while (directive.nextOccurrence()) options = { ...options, ...readLine(directive, scope) };
    return options;
  },
};

/** `[ZONES…] RESOLV-CONF` or `[ZONES…] @PLUGIN [stateless]`. */
function readLine(directive: Directive, scope: SetupScope): Partial<AutopathOptions> {
  const args = directive.args();
  const stateless = args.length > 1 && args.at(-1) === 'stateless' && args.at(-2)?.startsWith('@') === true;
  if (stateless) args.pop();
  const source = args.pop();
  if (source === undefined) throw new ConfigError('no resolv-conf specified');
  const zones = scope.zonesOr(args);
  if (!source.startsWith('@')) return { zones, search: readSearch(source, scope) };
  const name = source.slice(1);
  if (stateless && name !== 'kubernetes')
    throw directive.error(`stateless is for @kubernetes only, not for ${JSON.stringify(source)}`);
  if (scope.has(name) && !KNOWING.has(name))
    throw new ConfigError(`${name} does not implement the AutoPather interface`);
  return { zones, plugin: name, stateless, search: ownSearch(scope) };
}

function readSearch(file: string, scope: SetupScope): string[] {
  try {
    return searchOf(readFileSync(scope.path(file), 'utf8'), scope);
  } catch (error) {
    throw new ConfigError(`failed to parse ${JSON.stringify(file)}: open ${file}: ${reasonOf(error)}`);
  }
}

/** The reference's words for what operators see most. */
function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
  };
  return reasons[code] ?? message;
}

/** Nothing when this machine has no such file. */
function ownSearch(scope: SetupScope): string[] {
  try {
    return searchOf(readFileSync(OWN_FILE, 'utf8'), scope);
  } catch {
    return [];
  }
}

/** The root means the name by itself, which is tried anyway; what is no name is left out. */
function searchOf(text: string, scope: SetupScope): string[] {
  const names = parseSearch(text);
  return names.length === 0 ? [] : scope.zonesOr(names).filter((name) => name !== '.');
}
