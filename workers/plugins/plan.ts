// What the primary hands to a resolver thread: plain data that survives structuredClone. Written by primary/config, read by workers. Cold.

import type { ThreadTuning } from '../chain/handler.ts';
import type { ZoneSeries } from './prometheus/metrics.ts';

export type Transport = 'dns' | 'tls' | 'quic' | 'grpc' | 'https' | 'https3';

/** One plugin of one chain: its options from setup.ts and its metric slots from metrics.ts. */
export interface PluginPlan<Options = unknown, Slots = unknown> {
  readonly name: string;
  readonly options: Options;
  /** Indexes into the counters, as the plugin's `metrics.ts` laid them out; null for plugins without metrics. */
  readonly slots: Slots;
}

/** The chain of one server block on one listener. */
export interface BlockPlan {
  /** Zones of the block that this listener serves: lower case, final dot. */
  readonly zones: readonly string[];
  /** All zones of the block, whatever the listener. */
  readonly blockZones: readonly string[];
  /** In execution order; only plugins that have a handler. Empty: REFUSED. */
  readonly chain: readonly PluginPlan[];
  /** Position in the file, for messages and loop reports. */
  readonly block: number;
}

/** Slots of what the server core itself counts on a listener. */
export interface CoreSlots {
  readonly panics: number;
  /** Queries that no block takes, as the prometheus plugin lays its series out (zone="dropped"). */
  readonly dropped: ZoneSeries;
  /** TCP connections closed because of a limit. */
  readonly tcpRejected: number;
  /** Answers that the kernel did not take. */
  readonly udpUnsent: number;
}

/** One address and port that every thread opens sockets for. */
export interface ListenerPlan {
  readonly transport: Transport;
  /** '' for the wildcard (both families), else an IPv4 or IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
  /** The `server` label: `dns://:53`, `dns://127.0.0.1:53`. */
  readonly server: string;
  readonly blocks: readonly BlockPlan[];
  /** True when a block here has chaos or forward, so that classes other than IN enter the chain (spec B3.2). */
  readonly anyClass: boolean;
  /** Milliseconds. */
  readonly tcp: {
    readonly firstTimeout: number;
    readonly idleTimeout: number;
    readonly maxConnections: number;
    readonly maxPipelined: number;
    readonly maxQueries: number;
  };
  readonly udp: { readonly io: 'auto' | 'batched' | 'dgram'; readonly receiveBuffer: number; readonly batch: number };
  /** Slots of the counters that the server core itself keeps (dropped queries, panics). */
  readonly slots: CoreSlots;
}

/** Where a segment is found by a process that inherited it. */
export type SegmentHandle =
  | { readonly kind: 'fd'; readonly fd: number; readonly bytes: number }
  | { readonly kind: 'buffer'; readonly buffer: SharedArrayBuffer };

/** The shared memory of a replica; see ARCHITECTURE.md. */
export interface SegmentPlan {
  /** Compiled zones of the Kubernetes source: written by the watcher thread. */
  readonly cluster: SegmentHandle;
  /** Compiled zones of hosts and other files: written by the primary. */
  readonly files: SegmentHandle;
  /** Generation announcements of the readers: one cell a thread. */
  readonly readers: SegmentHandle;
  readonly answers: SegmentHandle;
  readonly counters: SegmentHandle;
}

export interface Plan {
  /** Counts up with every plan that a primary makes. */
  readonly version: number;
  readonly seed: number;
  readonly listeners: readonly ListenerPlan[];
  readonly maxInFlight: number;
  readonly tuning: ThreadTuning;
  readonly logBufferBytes: number;
  readonly debug: boolean;
}
