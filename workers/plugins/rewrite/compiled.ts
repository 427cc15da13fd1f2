// The rules of one directive ready for use. Built once per chain. Cold.

import { Matcher, Replacement } from './matcher.ts';
import type { RewriteRule } from './rules.ts';

export const FIELD = { NAME: 0, TYPE: 1, CLASS: 2, TTL: 3, RCODE: 4 } as const;

/** How names of a response find back. */
export const REVERT = {
  /** Not at all: the client gets answers for another name. */
  NONE: 0,
  /** The new name, and names below it, become the old one. */
  NAME: 1,
  /** The new suffix becomes the old one. */
  SUFFIX: 2,
} as const;

/** One shape for all rules. Unused fields are 0 or empty. */
export class CompiledRule {
  readonly field: number;
  readonly stop: boolean;
  readonly matcher: Matcher | null;
  /** Type, class or rcode; or the limits of TTLs. */
  readonly from: number;
  readonly to: number;
  readonly revert: number;
  /** Applied to owners, in order. */
  readonly names: readonly Replacement[];
  /** Applied to names in RDATA, in order. */
  readonly values: readonly Replacement[];

  constructor(rule: RewriteRule) {
    this.field = fieldOf(rule.field);
    this.stop = rule.stop;
    this.matcher = 'match' in rule ? new Matcher(rule.match, rule.field === 'name' ? rule.to : '') : null;
    [this.from, this.to] = limitsOf(rule);
    this.revert = revertOf(rule);
    this.names = replacements(rule, 'name');
    this.values = replacements(rule, 'value');
  }
}

function fieldOf(field: RewriteRule['field']): number {
  const fields = { name: FIELD.NAME, type: FIELD.TYPE, class: FIELD.CLASS, ttl: FIELD.TTL, rcode: FIELD.RCODE };
  return fields[field];
}

function limitsOf(rule: RewriteRule): [number, number] {
  if (rule.field === 'name') return [0, 0];
  return rule.field === 'ttl' ? [rule.min, rule.max] : [rule.from, rule.to];
}

function revertOf(rule: RewriteRule): number {
  if (rule.field !== 'name' || !rule.auto) return REVERT.NONE;
  return rule.match.kind === 'suffix' ? REVERT.SUFFIX : REVERT.NAME;
}

function replacements(rule: RewriteRule, part: 'name' | 'value'): Replacement[] {
  if (rule.field !== 'name') return [];
  return rule.answers.filter((answer) => answer.part === part).map((answer) => new Replacement(answer.from, answer.to));
}
