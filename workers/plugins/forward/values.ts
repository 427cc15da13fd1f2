// Values of forward's properties as the reference reads them, with its messages. Cold: set-up only.

import { ConfigError, type Directive } from '#plugins/contract.ts';
import { DurationError, formatDuration, parseDuration } from '../../lib/access/duration.ts';

const MAX_UINT32 = 2 ** 32 - 1;

/** The property's one argument. */
export function value(directive: Directive): string {
  const text = directive.arg();
  if (text === undefined) throw directive.argumentError();
  return text;
}

/** The property takes no argument. */
export function noValue(directive: Directive): void {
  if (directive.arg() !== undefined) throw directive.argumentError();
}

/** All arguments of the property, at least one. */
export function values(directive: Directive): string[] {
  const texts = directive.args();
  if (texts.length === 0) throw directive.argumentError();
  return texts;
}

/** Milliseconds; not negative. */
export function duration(directive: Directive, property: string): number {
  const milliseconds = anyDuration(directive);
  if (milliseconds < 0) throw new ConfigError(`${property} can't be negative: ${formatDuration(milliseconds)}`);
  return milliseconds;
}

/** Milliseconds; more than 0. */
export function positiveDuration(directive: Directive, property: string): number {
  const milliseconds = anyDuration(directive);
  if (milliseconds <= 0) throw new ConfigError(`${property} must be positive: ${formatDuration(milliseconds)}`);
  return milliseconds;
}

function anyDuration(directive: Directive): number {
  const text = value(directive);
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** A whole number from 0 to 2^32 - 1. */
export function unsigned(directive: Directive): number {
  const text = value(directive);
  const number = Number(text);
  if (!/^\d+$/.test(text)) {
    throw new ConfigError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  if (number > MAX_UINT32) {
    throw new ConfigError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return number;
}

/** A whole number, not negative. */
export function count(directive: Directive, property: string): number {
  const text = value(directive);
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text)) throw new ConfigError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (!Number.isSafeInteger(number)) {
    throw new ConfigError(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  }
  if (number < 0) throw new ConfigError(`${property} can't be negative: ${number}`);
  return number;
}
