// The command line of a loadtest command → its options, by a table of flags. Cold.

import { FlagError } from '#loadtest/errors.ts';
import type { Flag } from './kinds.ts';

/** The flags of a command by their names, without the dashes. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What the flags of `F` read. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/**
 * Reads `--flag VALUE` and `--flag=VALUE`; a flag given twice counts the last time. 'help' when `--help` or `-h` is among them.
 * @throws FlagError that names the flag and what is allowed
 */
export function parseFlags<F extends Flags>(flags: F, argv: readonly string[]): Values<F> | 'help' {
  if (argv.includes('--help') || argv.includes('-h')) return 'help';
  const values = new Map<string, unknown>();
  for (let at = 0; at < argv.length; at++) {
    const { name, attached } = split(argv[at]);
    if (!Object.hasOwn(flags, name)) throw new FlagError(`unknown flag --${name}; --help lists them`);
    const flag = flags[name];
    if (flag.placeholder === '' && attached !== undefined) throw new FlagError(`--${name} takes no value`);
    const given = flag.placeholder === '' ? '' : (attached ?? argv[++at]);
    if (given === undefined) throw new FlagError(`--${name} needs a value: ${flag.placeholder}`);
    values.set(name, read(name, flag, given));
  }
  for (const [name, flag] of Object.entries(flags)) {
    if (values.has(name)) continue;
    if (flag.initial === undefined) throw new FlagError(`--${name} ${flag.placeholder} must be given`);
    values.set(name, flag.initial.value);
  }
  return Object.fromEntries(values) as Values<F>;
}

function split(word: string): { name: string; attached: string | undefined } {
  const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
  if (match === null) throw new FlagError(`"${word}" is not a flag; --help lists them`);
  return { name: match[1], attached: match[2] };
}

function read(name: string, flag: Flag<unknown>, given: string): unknown {
  try {
    return flag.read(given);
  } catch (error) {
    throw new FlagError(`--${name}: ${(error as Error).message}, not "${given}"`, { cause: error });
  }
}

/** The help text: `intro`, then a line or two for each flag with its default. */
export function usage(intro: string, flags: Flags): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const head = `  --${name} ${flag.placeholder}`.trimEnd();
    return `${head.padEnd(30)} ${head.length > 30 ? `\n${' '.repeat(31)}` : ''}${flag.help}${remark(flag)}`;
  });
  return `${intro}\n\nFlags:\n${lines.join('\n')}\n`;
}

function remark({ initial, placeholder }: Flag<unknown>): string {
  if (initial === undefined) return ' (must be given)';
  const { value } = initial;
  const shown = placeholder !== '' && (typeof value === 'string' || typeof value === 'number');
  return shown ? ` (default ${value})` : '';
}
