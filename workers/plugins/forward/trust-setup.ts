// The properties of forward that say what of replies is believed: case_randomize, rebind_protect. Cold: set-up only.

import type { Directive, SetupScope } from '#plugins/contract.ts';
import { noValue } from './values.ts';

/** The properties while a block is being read. */
export interface TrustDraft {
  caseRandomize: boolean;
  /** Null: not given. */
  rebind: { except: string[] } | null;
}

export function emptyTrust(): TrustDraft {
  return { caseRandomize: false, rebind: null };
}

/** Reads the property; false when it is none of these. Throws ConfigError. */
export function readTrust(directive: Directive, scope: SetupScope, draft: TrustDraft, property: string): boolean {
  switch (property) {
    case 'case_randomize':
      noValue(directive);
      draft.caseRandomize = true;
      return true;
    case 'rebind_protect':
      draft.rebind ??= { except: [] };
      draft.rebind.except.push(...readExcept(directive, scope));
      return true;
    default:
      return false;
  }
}

/** `[except ZONES…]` */
function readExcept(directive: Directive, scope: SetupScope): readonly string[] {
  const [word, ...zones] = directive.args();
  if (word === undefined) return [];
  if (word !== 'except' || zones.length === 0) throw directive.argumentError();
  return scope.zonesOr(zones);
}
