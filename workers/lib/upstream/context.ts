// What all upstreams of a thread share, and what they count. Made by upstreams.ts. Cold.

import type { Host } from '../../chain/handler.ts';
import type { RandomPool } from '../random.ts';
import type { Exchanges } from './exchanges.ts';

/** What the upstreams of a thread share. */
export interface UpstreamContext {
  readonly host: Host;
  readonly exchanges: Exchanges;
  readonly random: RandomPool;
}

/** Slots of the counters of one upstream and one protocol. */
export interface ConnectionSlots {
  /** Requests over a socket or connection that was there, and over a new one (`coredns_proxy_conn_cache_*`). */
  readonly hits: number;
  readonly misses: number;
  /** Messages that are no reply to anything asked. */
  readonly ignored: number;
}
