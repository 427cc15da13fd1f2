// The hot half of the plugin contract: what the chain calls for every query, and what a handler may use of its thread.
// Implemented by every workers/plugins/<name>/handler.ts. Hot.

import type { AnswerTables } from '#answers/table.ts';
import type { Counters } from '#memory/counters.ts';
import type { Arena } from '#native/arena.ts';
import type { DatagramIo, DatagramSocket } from '#native/datagram.ts';
import type { LineBuffer } from '#ops/log/line-buffer.ts';
import type { LevelTold } from '#redis/messages.ts';
import type { StoreSettings } from '#redis/settings.ts';
import type { ZoneImages } from '#zone/reader.ts';
import type { TransferTold } from '#zone/transfer.ts';
import type { SecondLevel } from '../plugins/cache/second-level.ts';
import type { PluginPlan } from '../plugins/plan.ts';
import type { Answer } from '../query/answer.ts';
import type { Query, Responder } from '../query/query.ts';
import type { Outcome } from './outcome.ts';

/**
 * One plugin in one chain of one thread. The chain calls `serve` downwards until something other than NEXT comes back,
 * then `finish` upwards for every handler that said NEXT before; both also when the query had to wait in between.
 * Neither may allocate, throw or return a promise. `finish` sees what was decided in `answer.outcome`, and may change the answer.
 */
export interface Handler {
  /** Left out by handlers that only look at what the others did. */
  serve?(query: Query, answer: Answer): Outcome;
  finish?(query: Query, answer: Answer): void;
  /** Gives back sockets, timers and memory; called once, when no query can reach the handler any more. */
  close?(): void;
  /** Called once, before any query: everybody in the chain by the name of the plugin, for a handler that asks others what they know. Cold. */
  meet?(chain: ReadonlyMap<string, Handler>): void;
  /** What the plugin knows of clients' search paths, for autopath. */
  readonly searchPaths?: SearchPaths;
  /** A store that the cache in front of the plugin asks for what it does not have itself. */
  readonly secondLevel?: SecondLevel;
  /** What the plugin says about a query, for `{/plugin/label}` of log. */
  readonly metadata?: Metadata;
  /** True for queries whose metadata may be told. */
  covers?(query: Query): boolean;
}

/** Where the search path of a client begins: in its own question. */
export interface SearchPaths {
  /**
   * Number of labels at the end of QNAME that are the first element of its client's search path (`NS.svc.ZONE`); 0 when they are not, or when
   * nobody knows. The second and the third element are the first without one and two labels in front. `stateless`: any namespace that exists
   * will do, whoever asks. Hot.
   */
  firstElement(query: Query, stateless: boolean): number;
}

/** One label of a plugin's metadata, ready for use. */
export interface MetadataValue {
  /** Adds the value to the line and returns true; false, with nothing added, when the query has none. Called when a line is written. Hot. */
  append(log: LineBuffer, query: Query, answer: Answer): boolean;
}

export interface Metadata {
  /** The value of `label` (`kubernetes/namespace`), or undefined when the plugin has no such label. Cold. */
  valueOf(label: string): MetadataValue | undefined;
}

/** The one clock of a thread: read once a batch. */
export interface Clock {
  /** Milliseconds, monotonic (performance.now); the time at which the current batch was received. */
  now: number;
  /** Whole seconds since an arbitrary point that all processes of the machine share (CLOCK_MONOTONIC); for TTLs in shared memory. */
  seconds: number;
  /** Reads the real clock and updates both fields. */
  tick(): void;
}

/** Deadlines of a thread: a coarse wheel, nothing allocated per query. */
export interface Deadlines {
  /** Calls `owner.expire(token)` once, `milliseconds` (at most 60,000) from now, not earlier and up to 16 ms later. Returns a handle for `cancel`. */
  start(owner: Expiring, token: number, milliseconds: number): number;
  cancel(handle: number): void;
}
export interface Expiring {
  expire(token: number): void;
}

/** Asks the whole server again on behalf of a query (spec B3, internal lookups). */
export interface Lookup {
  /**
   * Asks for `type` of the wire name at `bytes[nameAt…]` (arena of the thread), in class IN, with the EDNS and the client address of
   * `parent`, through dispatch and the complete chain. Comes back with what `asker.answered` returned; or with LATER when somebody has to
   * be waited for (return it: the parent is resumed with the outcome of `answered`); or with NEXT when it could not be asked
   * (nested deeper than 10, or too much in flight): `answered` is not called then.
   */
  ask(parent: Query, asker: Asker, nameAt: number, type: number): Outcome;
  /**
   * Asks those behind the handler that calls, and nobody else, for QNAME with everything behind its first `keep` octets replaced by the wire name at
   * `suffix[at…]`; type, client and EDNS are the parent's. The answer may be of any size. Comes back as `ask` does. The whole name must not
   * be longer than 255 octets.
   */
  askBehind(parent: Query, asker: RepeatedAsker, keep: number, suffix: Uint8Array, at: number): Outcome;
  /**
   * Asks those behind the handler that calls for what `query` asks, on nobody's behalf: `query` may be answered and given back meanwhile.
   * `responder` is told when it is done, possibly from within this call, with a query whose `ticket` is `ticket` and whose answer may be of
   * any size and has its OPT; it has to release that query. `proto`: how the client would have asked, and so upstreams will be.
   * False: too much is in flight, and nobody will be told.
   */
  askApart(query: Query, responder: Responder, ticket: number, proto: number): boolean;
}

export interface Asker {
  /**
   * The lookup is done: `sub.answer.outcome` and its records say how. Take from it what is needed (it is gone afterwards) and return the
   * outcome for the parent; that may be the outcome of another `ask`.
   */
  answered(parent: Query, sub: Query, subAnswer: Answer): Outcome;
  /** Called after AGAIN, when the former lookup has been given back. Returns the outcome for the parent, usually that of the next lookup. */
  again?(parent: Query): Outcome;
}

/** One that may need several lookups: `answered` returns AGAIN for the next one. However many there are, they need one object. */
export interface RepeatedAsker extends Asker {
  again(parent: Query): Outcome;
}

/**
 * Brackets every wake-up that touches queries, whoever woke the thread: reads the clock, announces the reader of shared memory, and at the
 * end sends what lies in outboxes and logs. Turns do not nest.
 */
export interface Turn {
  begin(): void;
  /** Sends what `socket` has in its outbox when the turn ends. */
  flushLater(socket: DatagramSocket): void;
  end(): void;
}

/** Whole zones, from whoever keeps them; cold. */
export interface Transfers {
  /**
   * Asks for the zone at `zone` (wire form, lower case) made of an image. The receiver is told the first envelope, or that there is none.
   * Returns the number of the transfer.
   */
  open(image: string, zone: Uint8Array, since: number, receiver: TransferReceiver): number;
  /** Asks for the next envelope. Not after the last one. */
  next(transfer: number): void;
  /** Gives a transfer up that has not come to its end. */
  close(transfer: number): void;
}
export interface TransferReceiver {
  /** Called within a turn. */
  told(told: TransferTold): void;
}

/** Upstreams that the primary may have probed for loops. */
export interface Probes {
  /** `path`: which upstream for which zone. Of several for the same path any one will do. Cold. */
  add(path: string, probed: Probed): void;
  remove(path: string, probed: Probed): void;
}
export interface Probed {
  /** Asks for the wire name's HINFO, whatever is known of the upstream; `done` hears once whether any answer came. Called within a turn. */
  probe(name: Uint8Array, done: (answered: boolean) => void): void;
}

/** Stores of answers that several replicas share, through the one connection of the resolver. */
export interface Levels {
  /** Cold. The user is told the state of the store soon, and whenever it changes. Returns a number for the calls below. */
  open(settings: StoreSettings, user: LevelUser): number;
  /** Questions and answers as shared-cache/redis/batch.ts has them; the octets are given away. */
  send(level: number, batch: Uint8Array): void;
  close(level: number): void;
}
export interface LevelUser {
  /** Called within a turn. */
  told(told: LevelTold): void;
  /** Sets gauges again: another user of this thread, who may have set the same ones, has closed. */
  show(): void;
}

/** What the operator's tuning file says to handlers (primary/config). */
export interface ThreadTuning {
  /** UDP sockets of a thread for each upstream. */
  readonly forwardSockets: number;
  /** Queries after which such a socket gives way to one with a new port. */
  readonly forwardSocketQueries: number;
  readonly udpIo: 'auto' | 'batched' | 'dgram';
}

/** Where in the plan a handler stands. */
export interface BlockScope {
  /** The `server` label: `dns://:53`. */
  readonly server: string;
  /** Zones of the block that this listener serves. */
  readonly zones: readonly string[];
  readonly blockZones: readonly string[];
}

/** What a thread lends to its handlers. */
export interface Host {
  readonly arena: Arena;
  readonly io: DatagramIo;
  /** Images of the Kubernetes source. */
  readonly zones: ZoneImages;
  /** Images of hosts and other files. */
  readonly files: ZoneImages;
  readonly answers: AnswerTables;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly lookup: Lookup;
  readonly transfers: Transfers;
  readonly levels: Levels;
  readonly probes: Probes;
  readonly turn: Turn;
  readonly tuning: ThreadTuning;
  readonly log: LineBuffer;
  /** A 32-bit secret of this start; the same in all threads. Seeds every hash over names. */
  readonly seed: number;
  /** A message for the primary; cold (loop sightings, upstream states). */
  report(event: import('../messages.ts').ThreadEvent): void;
}

/** The hot half of a plugin: what handler.ts exports as `build`. */
export interface HandlerModule {
  build(plan: PluginPlan, host: Host, scope: BlockScope): Handler;
}
