// The options of forward: plain data from setup.ts to handler.ts and metrics.ts. Cold.

import type { UpstreamAddress } from '../../lib/upstream/address.ts';
import type { HealthSettings } from '../../lib/upstream/health.ts';
import type { TcpSettings } from '../../lib/upstream/tcp.ts';

export type PolicyName = 'random' | 'round_robin' | 'sequential';

/** One forward directive. Times in milliseconds. */
export interface ForwardRule {
  /** Zone: lower case, with the final dot. */
  readonly from: string;
  /** Zones below `from` that are not forwarded; the same form. */
  readonly except: readonly string[];
  /** 1 … 15, no two the same. */
  readonly upstreams: readonly UpstreamAddress[];
  readonly policy: PolicyName;
  readonly forceTcp: boolean;
  readonly preferUdp: boolean;
  readonly readTimeout: number;
  /** Failed probes after which an upstream is down; 0: it never is, and is not probed. */
  readonly maxFails: number;
  /** Attempts per query; 0: as many as the time allows. */
  readonly maxConnectAttempts: number;
  /** Queries in flight; 0: no limit. */
  readonly maxConcurrent: number;
  readonly failFast: boolean;
  readonly health: HealthSettings;
  readonly tcp: TcpSettings;
}

export interface ForwardOptions {
  /** In the order of the Corefile: the first whose zones match takes the query. */
  readonly rules: readonly ForwardRule[];
}
