// The kinds of settings, taught to convict: how a value is read, checked and documented. Cold.

import convict from 'convict';
import { printBytes, printMilliseconds, readBytes, readCount, readMilliseconds } from './units.ts';

interface NumberFormat {
  /** Environment variables, and texts in the file, come as strings. */
  readonly read: (text: string) => number | string;
  readonly print: (value: number) => string;
  /** Completes `must be …`. */
  readonly noun: string;
}

const NUMBER_FORMATS = {
  count: { read: readCount, print: String, noun: 'a whole number' },
  bytes: { read: readBytes, print: printBytes, noun: 'a size in bytes, or with KiB, MiB or GiB,' },
  milliseconds: {
    read: readMilliseconds,
    print: printMilliseconds,
    noun: 'a time in milliseconds, or with ms, s, m or h,',
  },
} as const satisfies Readonly<Record<string, NumberFormat>>;

export interface Bounds {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** One setting, as convict wants it. `env` names the environment variable that overrides the file. */
export interface NumberSetting extends Bounds {
  readonly format: keyof typeof NUMBER_FORMATS;
  readonly env: string;
  readonly doc: string;
}
export interface ChoiceSetting<Choice extends string> {
  readonly default: Choice;
  readonly format: Choice[];
  readonly env: string;
  readonly doc: string;
}
/** A text that means something to the system, as the path of a folder; '' for none. */
export interface TextSetting {
  readonly default: '';
  readonly format: 'String';
  readonly env: string;
  readonly doc: string;
  /** What may be written, for the documentation. */
  readonly allowed: string;
}
export type Setting = NumberSetting | ChoiceSetting<string> | TextSetting;

export function count(env: string, bounds: Bounds, doc: string): NumberSetting {
  return { format: 'count', env, ...bounds, doc };
}
export function bytes(env: string, bounds: Bounds, doc: string): NumberSetting {
  return { format: 'bytes', env, ...bounds, doc };
}
export function milliseconds(env: string, bounds: Bounds, doc: string): NumberSetting {
  return { format: 'milliseconds', env, ...bounds, doc };
}
export function path(env: string, doc: string): TextSetting {
  return { default: '', format: 'String', env, doc, allowed: 'a path' };
}
/** A text that `allowed` describes; '' for none. */
export function text(env: string, allowed: string, doc: string): TextSetting {
  return { default: '', format: 'String', env, doc, allowed };
}
/** The first choice is the default. */
export function choice<Choice extends string>(
  env: string,
  choices: [Choice, ...Choice[]],
  doc: string,
): ChoiceSetting<Choice> {
  return { default: choices[0], format: choices, env, doc };
}

/** What may be written, for the documentation: `0 to 64`, `` `auto`, `batched` ``. */
export function printAllowed(setting: Setting): string {
  if ('allowed' in setting) return setting.allowed;
  if (Array.isArray(setting.format)) return setting.format.map((word) => `\`${word}\``).join(', ');
  const { min, max } = setting as NumberSetting;
  return `${printNumber(setting as NumberSetting, min)} to ${printNumber(setting as NumberSetting, max)}`;
}

/** The default, for the documentation. */
export function printDefault(setting: Setting): string {
  return typeof setting.default === 'number'
    ? printNumber(setting as NumberSetting, setting.default)
    : setting.default === ''
      ? 'none'
      : `\`${setting.default}\``;
}

function printNumber(setting: NumberSetting, value: number): string {
  return NUMBER_FORMATS[setting.format].print(value);
}

function check(value: unknown, setting: NumberSetting): void {
  if (Number.isInteger(value) && (value as number) >= setting.min && (value as number) <= setting.max) return;
  const shown = value ? '' : `: value was ${JSON.stringify(value)}`; // convict itself shows all but falsy values
  throw new Error(`must be ${NUMBER_FORMATS[setting.format].noun} from ${printAllowed(setting)}${shown}`);
}

for (const [name, { read }] of Object.entries(NUMBER_FORMATS)) {
  convict.addFormat({
    name,
    coerce: read,
    validate: (value: unknown, setting) => check(value, setting as unknown as NumberSetting),
  });
}
