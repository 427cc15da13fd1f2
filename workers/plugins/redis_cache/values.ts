// Values of redis_cache's properties, with errors that say what is allowed. Cold: set-up only.

import { readFileSync } from 'node:fs';
import type { Directive } from '#plugins/contract.ts';
import type { RedisAddress } from '#redis/settings.ts';
import { DurationError, parseDuration } from '../../lib/access/duration.ts';

const YES = new Set(['on', 'true', 'yes', '1']);
const NO = new Set(['off', 'false', 'no', '0']);
const MAX_PORT = 65_535;
const SECOND = 1000;
/** TTLs stay small integers. */
const MAX_TTL = 0x3fffffff;

/** The property's one argument. */
export function value(directive: Directive): string {
  const [text] = values(directive, 1, 1);
  return text;
}

/** At least `least` and at most `most` arguments of the property. */
export function values(directive: Directive, least: number, most: number): string[] {
  const texts = directive.args();
  if (texts.length < least || texts.length > most) throw directive.argumentError();
  return texts;
}

/** A whole number from 0 on. */
export function count(directive: Directive, property: string): number {
  const text = value(directive);
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw directive.error(`${property} must be a whole number, 0 or more: '${text}'`);
  return number;
}

/** Milliseconds; more than 0, or from 0 on when `zero`. */
export function duration(directive: Directive, property: string, zero = false): number {
  const milliseconds = anyDuration(directive, value(directive), property);
  if (milliseconds < 0 || (milliseconds === 0 && !zero))
    throw directive.error(`${property} must ${zero ? 'not be negative' : 'be positive'}`);
  return milliseconds;
}

function anyDuration(directive: Directive, text: string, property: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw directive.error(`${property}: ${error.message}`);
    throw error;
  }
}

/** Seconds from `30`, `30s` or `1h`: whole ones. */
export function seconds(directive: Directive, text: string, property: string): number {
  const milliseconds = /^\d+$/.test(text) ? Number(text) * SECOND : anyDuration(directive, text, property);
  const found = milliseconds / SECOND;
  if (!Number.isInteger(found) || found < 0 || found > MAX_TTL)
    throw directive.error(`${property} must be whole seconds, 0 to ${MAX_TTL}: '${text}'`);
  return found;
}

/** `on`, `off` and the other words for them. */
export function yesOrNo(directive: Directive, property: string): boolean {
  const text = value(directive).toLowerCase();
  if (!YES.has(text) && !NO.has(text)) throw directive.error(`${property} must be on or off: '${text}'`);
  return YES.has(text);
}

/** `host`, `host:port`, `[::1]:port` or `::1`. */
export function address(directive: Directive, text: string, defaultPort: number): RedisAddress {
  const found = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups;
  const host = found?.['v6'] ?? found?.['host'] ?? (/^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? text : '');
  const port = Number(found?.['port'] ?? defaultPort);
  if (host === '' || port < 1 || port > MAX_PORT) throw directive.error(`not an address (HOST[:PORT]): '${text}'`);
  return { host, port };
}

/** The whole text of a file that must be there. */
export function fileText(directive: Directive, path: string, property: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw directive.error(`${property}: ${(error as Error).message}`);
  }
}

/** What a file of one secret holds: its text without the line break that editors add. */
export function fileSecret(directive: Directive, path: string, property: string): string {
  const secret = fileText(directive, path, property).replace(/\r?\n$/, '');
  if (secret === '') throw directive.error(`${property}: ${path} is empty`);
  return secret;
}
