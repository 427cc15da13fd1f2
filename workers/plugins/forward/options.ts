// The options of forward: plain data from setup.ts to handler.ts and metrics.ts. Cold.

import type { UpstreamAddress, UpstreamTarget } from '../../lib/upstream/address.ts';
import type { HealthSettings } from '../../lib/upstream/health.ts';
import type { TcpSettings } from '../../lib/upstream/tcp.ts';

export type PolicyName = 'random' | 'round_robin' | 'sequential' | 'latency';

/** When a second upstream is asked before the first has failed; both in percent. */
export interface HedgeSettings {
  /** Of recent replies that must have come sooner than the wait before it. */
  readonly percentile: number;
  /** Second requests for every hundred queries, at most. */
  readonly budget: number;
}

/** An upstream as a thread gets it. */
export interface PlannedUpstream extends UpstreamAddress {
  /** What metrics call it, when that is not its address: names whose addresses keep changing share one. */
  readonly label?: string;
}

/** What is asked of replies beyond what is checked of all of them. */
export interface TrustSettings {
  /** Requests are spelt in letters drawn at random, and replies must be, too. */
  readonly caseRandomize: boolean;
  /** Zones whose names may have private addresses; null: all names may. */
  readonly rebind: { readonly except: readonly string[] } | null;
}

/** One forward directive. Times in milliseconds. */
export interface ForwardRule {
  /** Zone: lower case, with the final dot. */
  readonly from: string;
  /** Zones below `from` that are not forwarded; the same form. */
  readonly except: readonly string[];
  /** 1 … 15 as written, no two the same. */
  readonly targets: readonly UpstreamTarget[];
  /** Where they are, in the same order; set-ups know those without host names only, the primary adds the others (primary/names). */
  readonly upstreams: readonly PlannedUpstream[];
  /** Who is asked for the addresses of host names; nobody: the system. */
  readonly resolvers: readonly UpstreamAddress[];
  readonly policy: PolicyName;
  readonly forceTcp: boolean;
  readonly preferUdp: boolean;
  readonly readTimeout: number;
  /** Failed probes after which an upstream is down; 0: it never is, and is not probed. */
  readonly maxFails: number;
  /** Attempts per query; 0: as many as the time allows, null: twice the number of upstreams. */
  readonly maxConnectAttempts: number | null;
  /** Queries in flight; 0: no limit. */
  readonly maxConcurrent: number;
  readonly failFast: boolean;
  /** Reply codes for which the next upstream is asked, each at most once. */
  readonly failover: readonly number[];
  /** Reply codes for which the next directive of the block is asked, if there is one. */
  readonly next: readonly number[];
  /** The same for NOERROR without an answer. */
  readonly nextOnNodata: boolean;
  readonly hedge: HedgeSettings | null;
  readonly trust: TrustSettings;
  readonly health: HealthSettings;
  /** The zone that probes of loop are named under; left out where the block has no loop. */
  readonly probeZone?: string;
  readonly tcp: TcpSettings;
}

export interface ForwardOptions {
  /** In the order of the Corefile: the first whose zones match takes the query. */
  readonly rules: readonly ForwardRule[];
}
