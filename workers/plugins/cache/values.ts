// Values of cache's properties as the reference reads them, with its messages. Cold: set-up only.

import { ConfigError, type Directive } from '#plugins/contract.ts';
import { DurationError, parseDuration } from '../../lib/access/duration.ts';

/** At least `least` and at most `most` arguments of the property. */
export function values(directive: Directive, least: number, most: number): string[] {
  const texts = directive.args();
  if (texts.length < least || texts.length > most) throw directive.argumentError();
  return texts;
}

/** The number that the text is, or undefined. */
export function integer(text: string): number | undefined {
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

export function wholeNumber(text: string): number {
  const number = integer(text);
  if (number !== undefined) return number;
  const why = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw new ConfigError(`strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`);
}

/** Seconds, more than 0. */
export function maxTtl(text: string): number {
  const ttl = wholeNumber(text);
  if (ttl <= 0) throw new ConfigError(`cache TTL can not be zero or negative: ${ttl}`);
  return ttl;
}

/** Seconds, not negative. */
export function minTtl(text: string): number {
  const ttl = wholeNumber(text);
  if (ttl < 0) throw new ConfigError(`cache min TTL can not be negative: ${ttl}`);
  return ttl;
}

/** Milliseconds; `negative` is the message for one below 0. */
export function duration(text: string, negative: string): number {
  const milliseconds = anyDuration(text);
  if (milliseconds < 0) throw new ConfigError(negative);
  return milliseconds;
}

/** Milliseconds of either sign. */
export function anyDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** 10 to 90 from `10%`. */
export function percentage(text: string): number {
  const last = text.at(-1) ?? '';
  if (last !== '%') throw new ConfigError(`last character of percentage should be \`%\`, but is: '${last}'`);
  const number = wholeNumber(text.slice(0, -1));
  if (number < 10 || number > 90) throw new ConfigError(`percentage should fall in range [10, 90]: ${number}`);
  return number;
}
