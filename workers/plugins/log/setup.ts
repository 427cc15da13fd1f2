// The log directive: rules of names, format and classes. Called by the primary. Cold.

import { ConfigError, type Directive, type PluginSetup } from '../contract.ts';

const CLASSES = ['all', 'success', 'denial', 'error'] as const;
export type LogClass = (typeof CLASSES)[number];

export interface LogRule {
  /** Lower case, final dot: names in or below it. */
  readonly name: string;
  readonly format: string;
  readonly classes: readonly LogClass[];
}

export interface LogOptions {
  /** The first whose name fits counts, whatever its classes say. */
  readonly rules: readonly LogRule[];
}

export const COMMON_FORMAT =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
export const COMBINED_FORMAT = `${COMMON_FORMAT} "{>opcode}"`;

export const plugin: PluginSetup<LogOptions> = {
  name: 'log',
  setup(directive: Directive): LogOptions {
    const rules: LogRule[] = [];
    while (directive.nextOccurrence()) {
      const { names, format } = readNames(directive.args());
      const classes = readClasses(directive);
      for (const name of names) rules.push({ name, format, classes });
    }
    return { rules };
  },
};

/** A single argument is a name; of several the last is the format if it has a brace. */
function readNames(args: readonly string[]): { names: string[]; format: string } {
  const last = args.at(-1) ?? '';
  const hasFormat = args.length > 1 && last.includes('{');
  const names = (hasFormat ? args.slice(0, -1) : args).map((name) => `${name.toLowerCase().replace(/\.$/, '')}.`);
  const format = last.replaceAll('{common}', COMMON_FORMAT).replaceAll('{combined}', COMBINED_FORMAT);
  return { names: names.length === 0 ? ['.'] : names, format: hasFormat ? format : COMMON_FORMAT };
}

function readClasses(directive: Directive): LogClass[] {
  const classes: LogClass[] = [];
  for (const property of directive.properties()) {
    if (property !== 'class') throw directive.argumentError();
    const names = directive.args();
    if (names.length === 0) throw directive.argumentError();
    for (const name of names) {
      const found = CLASSES.find((known) => known === name);
      if (found === undefined) throw new ConfigError(`invalid Class: ${name}`);
      if (!classes.includes(found)) classes.push(found);
    }
  }
  return classes.length === 0 ? ['all'] : classes;
}
