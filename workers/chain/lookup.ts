// Internal lookups: a plugin asks again, with another name, on behalf of a query: the whole server (spec B3), or those behind itself. Hot when used.

import { CLASS, HEADER_BYTES, MAX_MESSAGE_BYTES, OPT_BYTES, TYPE } from '#wire/constants.ts';
import type { QueryPool } from '../query/pool.ts';
import { PROTO_TCP, type Query, type Responder, WORKSPACE } from '../query/query.ts';
import { type Endpoint, type ServerCore, WAITING } from './core.ts';
import type { Asker, Lookup, RepeatedAsker } from './handler.ts';
import { AGAIN, LATER, NEXT, type Outcome } from './outcome.ts';

/** How deep lookups nest: a CNAME chain through several plugins. The reference stops after 10 records. */
const MAX_DEPTH = 10;

/**
 * A sub-query is a real message in a workspace of its own, so that it is read, dispatched and answered like any other.
 * It goes through `endpoint`, the listener of the plugin that asks, and may be as large as TCP allows.
 */
export class SubQueries implements Lookup, Responder {
  readonly #core: ServerCore;
  readonly #pool: QueryPool;
  readonly #endpoint: Endpoint;
  readonly #behind = new Repeated();

  constructor(core: ServerCore, pool: QueryPool, endpoint: Endpoint) {
    this.#core = core;
    this.#pool = pool;
    this.#endpoint = endpoint;
  }

  ask(parent: Query, asker: Asker, nameAt: number, type: number): Outcome {
    // One object stays for the next query from the network.
    if (parent.depth >= MAX_DEPTH || this.#pool.available < 2) return NEXT;
    const sub = this.#pool.acquire();
    if (sub === undefined) return NEXT;
    const length = writeQuestion(sub, parent, 0, parent.bytes, nameAt, type, CLASS.IN);
    inherit(sub, parent);
    sub.proto = PROTO_TCP;
    sub.route = asker;
    sub.responder = this;
    const answered = this.#core.handle(sub, sub.at, length, this.#endpoint, sub.workspace + WORKSPACE.ANSWER);
    return answered === WAITING ? LATER : this.#finish(parent, sub, asker);
  }

  askBehind(parent: Query, asker: RepeatedAsker, keep: number, suffix: Uint8Array, at: number): Outcome {
    if (parent.depth >= MAX_DEPTH || this.#pool.available < 2) return NEXT;
    const sub = this.#pool.acquire();
    if (sub === undefined) return NEXT;
    const length = writeQuestion(sub, parent, keep, suffix, at, parent.type, CLASS.IN);
    inherit(sub, parent);
    // It may go to an upstream, which is asked the way the client asks us.
    sub.proto = parent.proto;
    sub.route = asker;
    sub.responder = this.#behind;
    const answered = this.#core.handleBehind(sub, sub.at, length, parent, sub.workspace + WORKSPACE.ANSWER);
    return answered === WAITING ? LATER : this.#behind.finish(parent, sub, asker);
  }

  askApart(query: Query, responder: Responder, ticket: number, proto: number): boolean {
    if (query.depth >= MAX_DEPTH || this.#pool.available < 2) return false;
    const sub = this.#pool.acquire();
    if (sub === undefined) return false;
    const length = writeQuestion(sub, query, 0, query.bytes, query.nameAt, query.type, query.klass);
    inherit(sub, query);
    sub.parent = null;
    sub.proto = proto;
    sub.ticket = ticket;
    sub.responder = responder;
    const answered = this.#core.handleBehind(sub, sub.at, length, query, sub.workspace + WORKSPACE.ANSWER);
    if (answered !== WAITING) responder.respond(sub, sub.answer, answered);
    return true;
  }

  respond(sub: Query): void {
    const parent = sub.parent as Query;
    const outcome = this.#finish(parent, sub, sub.route as Asker);
    if (outcome !== LATER) parent.resume(outcome);
  }

  #finish(parent: Query, sub: Query, asker: Asker): Outcome {
    const outcome = asker.answered(parent, sub, sub.answer);
    sub.release();
    return outcome === AGAIN && asker.again !== undefined ? asker.again(parent) : outcome;
  }
}

/** The end of lookups that may be followed by another one. */
class Repeated implements Responder {
  respond(sub: Query): void {
    const parent = sub.parent as Query;
    const outcome = this.finish(parent, sub, sub.route as RepeatedAsker);
    if (outcome !== LATER) parent.resume(outcome);
  }

  /** The lookup is given back before the next one begins: however many there are, they need one object. */
  finish(parent: Query, sub: Query, asker: RepeatedAsker): Outcome {
    const outcome = asker.answered(parent, sub, sub.answer);
    if (sub.upstream !== '') parent.upstream = sub.upstream;
    sub.release();
    return outcome === AGAIN ? asker.again(parent) : outcome;
  }
}

/** What a sub-query has of its parent beside the EDNS: limits are its own, for nothing is sent. */
function inherit(sub: Query, parent: Query): void {
  sub.parent = parent;
  sub.depth = parent.depth + 1;
  sub.family = parent.family;
  sub.receivedAt = parent.receivedAt;
  const peer = sub.workspace + WORKSPACE.PEER;
  sub.bytes.copyWithin(peer, parent.peerAt, parent.peerAt + (WORKSPACE.OPTIONS - WORKSPACE.PEER));
  sub.peerAt = peer;
}

/**
 * Header with the parent's flags, the question, and the parent's OPT. Its name: `keep` octets of the parent's, then the wire name at
 * `from[nameAt…]`. Returns the length.
 */
function writeQuestion(
  sub: Query,
  parent: Query,
  keep: number,
  from: Uint8Array,
  nameAt: number,
  type: number,
  klass: number,
): number {
  const { bytes } = sub;
  const at = sub.workspace + WORKSPACE.REQUEST;
  sub.at = at;
  bytes[at] = parent.id >>> 8;
  bytes[at + 1] = parent.id;
  bytes[at + 2] = parent.flags >>> 8;
  bytes[at + 3] = parent.flags;
  for (let i = 4; i < HEADER_BYTES; i++) bytes[at + i] = 0;
  bytes[at + 5] = 1;
  let to = at + HEADER_BYTES;
  for (let i = 0; i < keep; i++) bytes[to++] = bytes[parent.nameAt + i];
  for (let label = nameAt; ; ) {
    const length = from[label];
    for (let i = 0; i <= length; i++) bytes[to++] = from[label++];
    if (length === 0) break;
  }
  bytes[to] = type >>> 8;
  bytes[to + 1] = type;
  bytes[to + 2] = klass >>> 8;
  bytes[to + 3] = klass;
  to += 4;
  if (parent.edns === 1) to = writeParentOpt(sub, parent, to);
  return to - at;
}

function writeParentOpt(sub: Query, parent: Query, at: number): number {
  const { bytes } = sub;
  const { optionsAt, optionsLength } = parent;
  if (at + OPT_BYTES + optionsLength > sub.at + MAX_MESSAGE_BYTES) return at;
  bytes[sub.at + 11] = 1;
  bytes[at] = 0;
  bytes[at + 1] = 0;
  bytes[at + 2] = TYPE.OPT;
  bytes[at + 3] = parent.udpSize >>> 8;
  bytes[at + 4] = parent.udpSize;
  bytes[at + 5] = 0;
  bytes[at + 6] = 0;
  bytes[at + 7] = parent.ednsFlags >>> 8;
  bytes[at + 8] = parent.ednsFlags;
  bytes[at + 9] = optionsLength >>> 8;
  bytes[at + 10] = optionsLength;
  bytes.copyWithin(at + OPT_BYTES, optionsAt, optionsAt + optionsLength);
  return at + OPT_BYTES + optionsLength;
}
