// Which programs serve a cluster. Cold.

import { join } from 'node:path';
import { PeerError } from '#loadtest/errors.ts';
import { COREDNS } from '#loadtest/peers/coredns.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'primary', 'main.ts');

export interface Program {
  readonly name: string;
  readonly path: string;
  /** What stands before `-conf FILE`. */
  readonly args: readonly string[];
}

/** Shoal as it is delivered: tuned by nothing but the environment. */
export const SHOAL: Program = { name: 'shoal', path: process.execPath, args: [MAIN] };

/** Shoal, then who is measured beside it. @throws PeerError when that is not there */
export function programsFor(against: 'nobody' | 'coredns'): Program[] {
  if (against === 'nobody') return [SHOAL];
  const missing = COREDNS.missing();
  if (missing !== undefined) throw new PeerError(`coredns: ${missing}`);
  return [SHOAL, { name: 'coredns', path: process.env['SHOAL_PEER_COREDNS'] ?? '', args: [] }];
}
