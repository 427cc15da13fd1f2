// The servers that Shoal is compared with, by name. Cold.

import { COREDNS } from './coredns.ts';
import { DNSDIST } from './dnsdist.ts';
import { KNOT } from './knot.ts';
import { NSD } from './nsd.ts';
import type { Peer } from './peer.ts';

export const RIVAL_NAMES = ['nsd', 'knot', 'dnsdist', 'coredns'] as const;
export type RivalName = (typeof RIVAL_NAMES)[number];

export const RIVALS: Readonly<Record<RivalName, Peer>> = { nsd: NSD, knot: KNOT, dnsdist: DNSDIST, coredns: COREDNS };
