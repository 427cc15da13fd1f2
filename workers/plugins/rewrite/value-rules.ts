// Reads the rules for type, class, TTL and rcode. Called by the set-up. Cold.

import { classNumber, rcodeNumber, typeNumber } from '#workers/lib/access/mnemonics.ts';
import { ConfigError } from '../contract.ts';
import { readMatch } from './name-rule.ts';
import type { NumberRule, RcodeRule, TtlRule } from './rules.ts';

/** RFC 2181 §8. */
const MAX_TTL = 0x7fffffff;
const MAX_RCODE = 23;

/** `FROM TO`. */
export function readNumberRule(field: 'type' | 'class', stop: boolean, words: readonly string[]): NumberRule {
  if (words.length !== 2) throw new ConfigError(`${field} rules must have exactly two arguments`);
  const find = field === 'type' ? typeNumber : classNumber;
  const [from, to] = words.map((word) => {
    const number = find(word.toUpperCase());
    if (number === undefined) throw new ConfigError(`invalid ${field} ${JSON.stringify(word.toUpperCase())}`);
    return number;
  });
  return { field, stop, from, to };
}

/** `[KIND] NAME TTL`, where TTL is one number or a range. */
export function readTtlRule(stop: boolean, words: readonly string[]): TtlRule {
  if (words.length < 2) throw new ConfigError(`too few (${words.length}) arguments for a ttl rule`);
  if (words.length > 3) throw new ConfigError('many few arguments for a ttl rule');
  const text = words[words.length - 1];
  const range = readTtlRange(text);
  if (range === undefined) throw new ConfigError(`invalid TTL '${text}' for a ttl rule`);
  return { field: 'ttl', stop, match: readMatch(words.slice(0, -1), 'ttl'), ...range };
}

/** `N`, `MIN-MAX`, `-MAX` or `MIN-`. */
function readTtlRange(text: string): { min: number; max: number } | undefined {
  const match = /^(\d{1,10})?(-)?(\d{1,10})?$/.exec(text);
  if (match === null || (match[1] === undefined && match[3] === undefined)) return undefined;
  const min = Number(match[1] ?? 0);
  const max = match[2] === undefined ? min : Number(match[3] ?? MAX_TTL);
  return min > max || max > MAX_TTL ? undefined : { min, max };
}

/** `[KIND] NAME FROM TO`. */
export function readRcodeRule(stop: boolean, words: readonly string[]): RcodeRule {
  if (words.length < 3) throw new ConfigError(`too few (${words.length}) arguments for a rcode rule`);
  if (words.length > 4) throw new ConfigError('many few arguments for a rcode rule');
  const [fromText, toText] = words.slice(-2);
  const from = readRcode(fromText);
  if (from === undefined) throw new ConfigError(`invalid matching RCODE '${fromText}' for a rcode rule`);
  const to = readRcode(toText);
  if (to === undefined) throw new ConfigError(`invalid replacement RCODE '${toText}' for a rcode rule`);
  return { field: 'rcode', stop, match: readMatch(words.slice(0, -2), 'rcode'), from, to };
}

function readRcode(text: string): number | undefined {
  if (/^\d+$/.test(text) && Number(text) <= MAX_RCODE) return Number(text);
  return rcodeNumber(text.toUpperCase());
}
