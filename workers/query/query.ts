// One query on its way through a chain: a reused view over bytes in the thread's arena. Filled by `readQuery`, read by every handler. Hot.

import { PEER_BYTES } from '#native/peer.ts';
import { HEADER_BYTES, MAX_LABELS } from '#wire/constants.ts';
import { foldLabel, LOWER } from '#wire/hash.ts';
import type { Endpoint } from '../chain/core.ts';
import type { Outcome } from '../chain/outcome.ts';
import type { Answer } from './answer.ts';
import { moveOctets } from './octets.ts';
import type { QueryPool } from './pool.ts';

export const PROTO_UDP = 0;
export const PROTO_TCP = 1;

/** Where a finished query goes: the listener that received it, or whoever asked a sub-query. */
export interface Responder {
  /** Called for queries that had to wait: `length` octets stand at `answer.at`; 0 means that no answer is to be sent. */
  respond(query: Query, answer: Answer, length: number): void;
  /**
   * Sends one message of several (a zone transfer, RFC 5936 §2.2) for a query that waits; the last one goes the usual way. From then on an
   * answer without octets breaks the stream off. Only transports with streams have this.
   */
  part?(query: Query, answer: Answer, length: number, streamer: Streamer): void;
}

/** Who sends several messages for one query. */
export interface Streamer {
  /** The client has taken what was sent last: the next message may follow. Called once for every part, never from within `part`. */
  drained(): void;
  /** The client has gone: the query is to be ended with DROP. Called within a turn. */
  left(): void;
}

/** The chain that a query is in. */
export interface Resumer {
  /** Takes the chain up where a handler left it with LATER. */
  resume(query: Query, outcome: Outcome): void;
  /** Runs `sub` through the handlers behind the one that `parent` has come to, and through no other. */
  runBehind(sub: Query, answer: Answer, parent: Query): Outcome;
}

/**
 * A query object owns a *workspace* in the arena; the message itself may stand there or in a receive slot.
 *
 * ```
 * workspace   0        256        512         640          2688            68224             133760+
 *             │ lower  │ renamed  │ peer      │ options    │ request       │ answer          │
 *             │ QNAME  │ QNAME    │ record    │ of answer  │ (retained)    │ (retained)      │
 * ```
 * Only pages that are written take memory. A workspace has an odd number of cache lines (2,097), so that those of many queries do not share the
 * same few sets of the cache.
 */
export const WORKSPACE = {
  LOWER: 0,
  RENAMED: 256,
  PEER: 512,
  OPTIONS: 640,
  REQUEST: 2688,
  ANSWER: 68_224,
  BYTES: 134_208,
} as const;
/** Room for EDNS options that a plugin or an upstream adds to the answer. */
export const OPTIONS_BYTES = WORKSPACE.REQUEST - WORKSPACE.OPTIONS;

export class Query {
  /** The arena of the thread; every offset below counts from its start. */
  readonly bytes: Uint8Array;
  /** Start of this object's workspace. */
  readonly workspace: number;
  readonly answer: Answer;
  readonly #pool: QueryPool;

  /** The message as received: its first octet and its length. */
  at = 0;
  length = 0;
  id = 0;
  /** The header's flags word as received. */
  flags = 0;
  opcode = 0;

  /** QNAME in the client's spelling (or as a plugin renamed it), wire form with the root octet. */
  nameAt = 0;
  nameLength = 0;
  /** The same in lower case. */
  readonly lowerAt: number;
  type = 0;
  klass = 0;
  /** Octets from the start of the message to the end of its question. */
  questionLength = 0;

  /** Labels without the root; for label i its offset within the name and its hash. `labelAt[labels]` is that of the root octet. */
  labels = 0;
  readonly labelAt: Uint8Array = new Uint8Array(MAX_LABELS + 2);
  readonly labelHash: Int32Array = new Int32Array(MAX_LABELS + 2);
  /** `suffixHash[i]` covers labels i … labels-1; `suffixHash[labels]` is the seed. */
  readonly suffixHash: Int32Array = new Int32Array(MAX_LABELS + 2);
  /** Hash of the whole QNAME in lower case. */
  nameHash = 0;

  /** 1 when the query has an OPT record (RFC 6891). */
  edns = 0;
  udpSize = 0;
  version = 0;
  ednsFlags = 0;
  dnssecOk = 0;
  /** EDNS options as received, and how many octets of them an answer echoes (spec B4). */
  optionsAt = 0;
  optionsLength = 0;
  echoLength = 0;
  /** Largest answer that the client takes over this transport. */
  limit = 0;

  proto = PROTO_UDP;
  /** Peer record (see #native/datagram.ts); 4 or 6. */
  peerAt = 0;
  family = 4;
  responder: Responder | null = null;
  /** The listener's blocks and reports, as the core was given them. */
  endpoint: Endpoint | null = null;
  /** Whose turn it is in case of LATER, and how far the chain has come: which of its serving handlers is at work. */
  resumer: Resumer | null = null;
  position = 0;
  /** How many finishing handlers of the chain are none of the query's business: those before the place where it entered. */
  floor = 0;
  /** Index of the zone of the server block that matched, for labels of metrics. */
  zone = 0;
  /** Clock.now when the query was received; not a number until then, so that the field is one for fractions from the start. */
  receivedAt = Number.NaN;
  /** 1 once the query has been moved into its own workspace. */
  waiting = 0;
  /** The query that a plugin asks this one for, and how deep that is. */
  parent: Query | null = null;
  depth = 0;
  /** Free for the transport: which of its connections or sockets. */
  route: object | null = null;
  ticket = 0;
  /** Set by plugins for those behind them: the copy for upstreams has AD set (spec D cache). */
  authenticUpstream = 0;
  /** 1 when a plugin in front wants answers of other servers whole, however little the client takes: it cuts them itself. */
  whole = 0;
  /** Who was asked last on its behalf, as the configuration names them; '' for nobody. Constant strings only. */
  upstream = '';
  /** Free for the one plugin that keeps the query waiting. */
  token = 0;
  /** Counts up whenever the object is given back, so that a late event can tell. */
  generation = 0;

  constructor(pool: QueryPool, bytes: Uint8Array, workspace: number, answer: Answer) {
    this.#pool = pool;
    this.bytes = bytes;
    this.workspace = workspace;
    this.answer = answer;
    this.lowerAt = workspace + WORKSPACE.LOWER;
  }

  /** True when another query may wait beside this one; otherwise answer at once. */
  get mayWait(): boolean {
    return this.#pool.available > 0;
  }

  /** Offset within QNAME at which the last `zoneLabels` labels begin: also the length of what stands before them. */
  zoneOffset(zoneLabels: number): number {
    return this.labelAt[this.labels - zoneLabels];
  }

  /** Hash of QNAME without its last `zoneLabels` labels, as zone images key their names. */
  relativeHash(zoneLabels: number): number {
    let hash = this.suffixHash[this.labels];
    for (let i = this.labels - zoneLabels - 1; i >= 0; i--) hash = foldLabel(hash, this.labelHash[i]);
    return hash;
  }

  /** Reads the labels of the name at `nameAt` (already checked to be well formed): lower case, offsets, hashes (`hashLabel`, in line). */
  readLabels(seed: number): void {
    const { bytes, nameAt, lowerAt, labelAt, labelHash } = this;
    let at = 0;
    let labels = 0;
    for (let length = bytes[nameAt]; length !== 0; length = bytes[nameAt + at]) {
      labelAt[labels] = at;
      let hash = seed ^ length;
      bytes[lowerAt + at++] = length;
      for (const end = at + length; at < end; at++) {
        const octet = LOWER[bytes[nameAt + at]];
        bytes[lowerAt + at] = octet;
        hash = Math.imul(hash ^ octet, 0x01000193);
      }
      labelHash[labels++] = hash;
    }
    bytes[lowerAt + at] = 0;
    labelAt[labels] = at;
    this.labels = labels;
    this.nameLength = at + 1;
    this.#foldSuffixes(seed, labels);
  }

  #foldSuffixes(seed: number, labels: number): void {
    const { suffixHash, labelHash } = this;
    let hash = seed;
    suffixHash[labels] = hash;
    for (let i = labels - 1; i >= 0; i--) {
      hash = foldLabel(hash, labelHash[i]);
      suffixHash[i] = hash;
    }
    this.nameHash = hash;
  }

  /** Gives the query another QNAME: the wire name at `from[at…]`, root octet included. The received message stays as it is. */
  rename(from: Uint8Array, at: number, length: number): void {
    const to = this.workspace + WORKSPACE.RENAMED;
    for (let i = 0; i < length; i++) this.bytes[to + i] = from[at + i];
    this.nameAt = to;
    this.readLabels(this.suffixHash[this.labels]);
  }

  /** Takes back every `rename`. */
  restoreName(): void {
    this.nameAt = this.at + HEADER_BYTES;
    this.readLabels(this.suffixHash[this.labels]);
  }

  /** Moves message, peer and begun answer into the workspace, because the receive slot is about to be used again. */
  retain(): void {
    if (this.waiting) return;
    this.waiting = 1;
    const request = this.workspace + WORKSPACE.REQUEST;
    if (this.at !== request) {
      moveOctets(this.bytes, request, this.at, this.length);
      if (this.nameAt === this.at + HEADER_BYTES) this.nameAt = request + HEADER_BYTES;
      this.optionsAt += request - this.at;
      this.at = request;
    }
    const peer = this.workspace + WORKSPACE.PEER;
    if (this.peerAt !== peer) {
      moveOctets(this.bytes, peer, this.peerAt, PEER_BYTES);
      this.peerAt = peer;
    }
    this.answer.moveTo(this.workspace + WORKSPACE.ANSWER);
  }

  /** Takes the chain up again where a handler left it with LATER. Call it exactly once for every LATER. */
  resume(outcome: Outcome): void {
    (this.resumer as Resumer).resume(this, outcome);
  }

  /** Gives the object back; nobody may hold it any longer. */
  release(): void {
    this.#pool.release(this);
  }
}
