// The command line → flags, or a text to print and a status to leave with (spec A7). Called once by main. Cold.

import { pluginList } from './plugin-list.ts';
import { FLAGS, type FlagKind, type FlagName, usage } from './usage.ts';
import { versionLines } from './version.ts';

/** The flags of a server that is to run. Absent and empty texts are undefined. */
export interface Flags {
  /** As given: a path, or the word `stdin`. */
  readonly conf: string | undefined;
  /** Port of dns:// keys without one: 0 to 65535. */
  readonly port: number;
  readonly pidfile: string | undefined;
  readonly quiet: boolean;
  /** The tuning file. */
  readonly config: string | undefined;
  /** A file or folder of manifests that takes the place of the API server. */
  readonly manifests: string | undefined;
}

/** What is to be done: run the server, or print `text` and leave. */
export type ParsedFlags =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'print'; readonly text: string; readonly stream: 'stdout' | 'stderr'; readonly exitCode: number };

const DEFAULT_PORT = 53;

/** The words that stand for a switch's value; those of the reference. */
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

type Values = Map<FlagName, string>;

/** A flag and what was written behind its `=`. */
interface Word {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Reads the arguments behind the program's name. `now` only goes into the time stamp of the stray-words message.
 * Does nothing else: printing and leaving are the caller's.
 */
export function parseFlags(argv: readonly string[], now: Date = new Date()): ParsedFlags {
  const values: Values = new Map();
  let at = 0;
  while (at < argv.length && isFlag(argv[at])) {
    const text = argv[at++];
    if (text === '--') break;
    const word = split(text);
    if (word === undefined) return refuse(`bad flag syntax: ${text}`);
    if (word.name === 'h' || word.name === 'help') return print(usage(), 'stderr', 0);
    if (!isKnown(word.name)) return refuse(`flag provided but not defined: -${word.name}`);
    const kind = FLAGS[word.name].kind;
    const value = word.value ?? (kind === 'switch' ? 'true' : argv[at++]);
    if (value === undefined) return refuse(`flag needs an argument: -${word.name}`);
    const problem = check(word.name, kind, value);
    if (problem !== undefined) return refuse(problem);
    values.set(word.name === 'p' ? 'dns.port' : word.name, value);
  }
  if (at < argv.length)
    return print(`${timestamp(now)} extra command line arguments: [${argv.slice(at).join(' ')}]\n`, 'stderr', 1);
  return decide(values);
}

function decide(values: Values): ParsedFlags {
  if (isOn(values, 'version')) return print(`${versionLines().join('\n')}\n`, 'stdout', 0);
  if (isOn(values, 'plugins')) return print(pluginList(), 'stdout', 0);
  const flags: Flags = {
    conf: values.get('conf') || undefined,
    port: Number(values.get('dns.port') ?? DEFAULT_PORT),
    pidfile: values.get('pidfile') || undefined,
    quiet: isOn(values, 'quiet'),
    config: values.get('config') || undefined,
    manifests: values.get('manifests') || undefined,
  };
  return { kind: 'run', flags };
}

/** A single `-` and anything without a dash end the flags; what follows are stray words. */
function isFlag(text: string): boolean {
  return text.length >= 2 && text.startsWith('-');
}

/** `-x`, `--x`, `-x=v`; undefined when no name stands behind the dashes. */
function split(text: string): Word | undefined {
  const body = text.slice(text.startsWith('--') ? 2 : 1);
  if (body === '' || body.startsWith('-') || body.startsWith('=')) return undefined;
  const equals = body.indexOf('=');
  return equals < 0 ? { name: body, value: undefined } : { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

function isKnown(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

function isOn(values: Values, name: FlagName): boolean {
  return SWITCH_VALUES.get(values.get(name) ?? 'false') === true;
}

function check(name: string, kind: FlagKind, value: string): string | undefined {
  if (kind === 'switch' && !SWITCH_VALUES.has(value))
    return `invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`;
  if (kind === 'port' && !(/^\d{1,5}$/.test(value) && Number(value) <= 65535)) {
    return `invalid value ${JSON.stringify(value)} for flag -${name}: a port is a whole number from 0 to 65535`;
  }
  return undefined;
}

function refuse(problem: string): ParsedFlags {
  return print(`${problem}\n${usage()}`, 'stderr', 2);
}

function print(text: string, stream: 'stdout' | 'stderr', exitCode: number): ParsedFlags {
  return { kind: 'print', text, stream, exitCode };
}

/** `YYYY/MM/DD HH:MM:SS` in local time. */
function timestamp(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('/');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
