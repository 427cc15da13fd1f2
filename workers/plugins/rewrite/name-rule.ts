// Reads name rules with their answer rules, and what other rules say about names. Called by the set-up. Cold.

import { compilePattern, countGroups, PatternError } from '#workers/lib/access/pattern.ts';
import { ConfigError } from '../contract.ts';
import { type AnswerRule, MATCH_KINDS, type MatchKind, type NameMatch, type NameRule } from './rules.ts';

/** `[KIND] FROM TO [answer …]`. */
export function readNameRule(stop: boolean, words: readonly string[]): NameRule {
  if (words.length < 2) throw new ConfigError('too few arguments for a name rule');
  const [kindWord, from, to, ...rest] = words.length === 2 ? ['exact', ...words] : words;
  const kind = kindOf(kindWord);
  if (kind === undefined)
    throw new ConfigError(
      `name rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${kindWord.toLowerCase()}`,
    );
  const target = normalize(to);
  if (kind === 'regex') checkPattern(from, target);
  const { auto, answers } = readAnswers(rest);
  return {
    field: 'name',
    stop,
    match: { kind, from: kind === 'regex' ? from : normalize(from) },
    to: target,
    auto: auto || kind === 'exact',
    answers,
  };
}

function kindOf(word: string): MatchKind | undefined {
  return MATCH_KINDS.find((kind) => kind === word.toLowerCase());
}

/** Lower case and a final dot, whatever it is: `prefix p` means names that begin with the label p, as in the reference. */
export function normalize(name: string): string {
  return `${name.toLowerCase().replace(/\.$/, '')}.`;
}

/** A compiled pattern that has the groups which `to` asks for. */
function checkPattern(from: string, to: string): void {
  let groups: number;
  try {
    groups = countGroups(compilePattern(from));
  } catch (error) {
    if (error instanceof PatternError) throw new ConfigError(`invalid regex matching pattern: ${from}`);
    throw error;
  }
  const used = new Set(to.match(/\{\d{1,3}\}/g) ?? []).size;
  if (used > groups)
    throw new ConfigError(
      `the rewrite regex pattern (${to}) uses more subexpressions than its corresponding matching regex pattern (${from})`,
    );
}

/** `answer auto`, `answer name FROM TO` and `answer value FROM TO`, one behind the other. */
function readAnswers(words: readonly string[]): { auto: boolean; answers: AnswerRule[] } {
  const answers: AnswerRule[] = [];
  let auto = false;
  for (let at = 0; at < words.length; ) {
    if (words[at].toLowerCase() !== 'answer') throw new ConfigError('exceeded the number of arguments for a name rule');
    const part = words[at + 1]?.toLowerCase();
    if (part === undefined) throw new ConfigError('type missing for answer rule');
    if (part === 'auto') {
      auto = true;
      at += 2;
    } else {
      answers.push(readAnswer(part, words.slice(at + 2, at + 4)));
      at += 4;
    }
  }
  if (auto && answers.some(({ part }) => part === 'name'))
    throw new ConfigError('auto name answer rule cannot be combined with explicit name answer rules');
  return { auto, answers };
}

function readAnswer(part: string, [from, to]: readonly string[]): AnswerRule {
  if (part !== 'name' && part !== 'value')
    throw new ConfigError(`invalid type ${JSON.stringify(part)} for answer rule`);
  if (to === undefined) throw new ConfigError(`too few arguments for answer ${part} rule`);
  const target = normalize(to);
  checkPattern(from, target);
  return { part, from, to: target };
}

/** What a ttl or rcode rule is for: NAME alone, or KIND and NAME. */
export function readMatch(words: readonly string[], rule: string): NameMatch {
  const [kindWord, from] = words.length === 1 ? ['exact', words[0]] : words;
  const kind = kindOf(kindWord);
  if (kind === undefined)
    throw new ConfigError(`${rule} rule supports only exact, prefix, suffix, substring, and regex name matching`);
  if (kind !== 'regex') return { kind, from: normalize(from) };
  try {
    compilePattern(from);
    return { kind, from };
  } catch (error) {
    if (error instanceof PatternError) throw new ConfigError(`invalid regex pattern in a ${rule} rule: ${from}`);
    throw error;
  }
}
