// The rules of rewrite as plain data: made by the set-up, compiled by the handler. Cold.

export const MATCH_KINDS = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

/** Which names a rule is for. */
export interface NameMatch {
  readonly kind: MatchKind;
  /** Lower case with the final dot; for regex RE2 syntax. */
  readonly from: string;
}

/** A regular expression on owner names (`name`) or on names in RDATA (`value`) of the response. */
export interface AnswerRule {
  readonly part: 'name' | 'value';
  readonly from: string;
  /** `{0}` … `{n}` stand for groups. */
  readonly to: string;
}

interface Base {
  /** No further rule is looked at once this one has applied. */
  readonly stop: boolean;
}

export interface NameRule extends Base {
  readonly field: 'name';
  readonly match: NameMatch;
  readonly to: string;
  /** Map names of the response back by themselves; exact rules always do. */
  readonly auto: boolean;
  readonly answers: readonly AnswerRule[];
}
/** The type or class of the question. */
export interface NumberRule extends Base {
  readonly field: 'type' | 'class';
  readonly from: number;
  readonly to: number;
}
/** TTLs of the response are brought into min … max. */
export interface TtlRule extends Base {
  readonly field: 'ttl';
  readonly match: NameMatch;
  readonly min: number;
  readonly max: number;
}
/** One rcode of the response becomes another. */
export interface RcodeRule extends Base {
  readonly field: 'rcode';
  readonly match: NameMatch;
  readonly from: number;
  readonly to: number;
}
export type RewriteRule = NameRule | NumberRule | TtlRule | RcodeRule;
