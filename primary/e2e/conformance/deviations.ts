// Where the recorded answer breaks an RFC and ours is better without hurting a client. Kept short; every row says why. Cold.

import type { Case, Expectation } from './case.ts';

export interface Deviation {
  /** For messages. */
  readonly title: string;
  /** The section that the recorded answer breaks. */
  readonly rfc: string;
  readonly applies: (asked: Case) => boolean;
  /** What we answer instead, made from what was recorded. */
  readonly instead: (recorded: Expectation) => Expectation;
}

export const DEVIATIONS: readonly Deviation[] = [];
