// The server core of a thread: from a received message to the octets of its answer, whatever the transport (spec B2–B4). Hot.

import { FLAG, HEADER_BYTES, MAX_MESSAGE_BYTES, OPCODE, OPT_BYTES, RCODE, TYPE } from '#wire/constants.ts';
import type { Answer } from '../query/answer.ts';
import { explain } from '../query/edns.ts';
import type { Query, Resumer } from '../query/query.ts';
import {
  ACCEPTED,
  BAD_COUNTS,
  BAD_RECORDS,
  BAD_VERSION,
  IGNORED,
  NO_QUESTION,
  readQuery,
  UNKNOWN_OPCODE,
  type Verdict,
} from '../query/read.ts';
import type { Completion } from './chain.ts';
import type { Dispatch } from './dispatch.ts';
import { DROP, LATER } from './outcome.ts';

/** `handle` found that somebody else has to be asked; `query.responder` will be told. */
export const WAITING = -1;

/** What is reported outside of all chains (spec part E, zone="dropped"). */
export interface CoreReport {
  /** No block takes the query: the core has answered with that rcode. */
  dropped(query: Query, answer: Answer, rcode: number): void;
  /** A handler threw. */
  panicked(query: Query, error: unknown): void;
  /** A TCP connection was closed because of a limit. */
  rejected(): void;
  /** The kernel did not take that many answers. */
  unsent(answers: number): void;
}

/** What a listener knows of the blocks that it serves; a reload exchanges the parts. */
export interface Endpoint {
  dispatch: Dispatch;
  report: CoreReport;
}

export class ServerCore implements Completion {
  readonly #seed: number;

  /** `seed` is that of all name hashes of this replica. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Answers the message of `length` octets at `query.bytes[at…]`; the answer is written at `to`.
   * Returns its length, 0 when none is to be sent, or WAITING. The caller has set proto, family, peerAt, receivedAt and responder.
   */
  handle(query: Query, at: number, length: number, endpoint: Endpoint, to: number): number {
    const { answer } = query;
    answer.open(to);
    const verdict = readQuery(query, at, length, this.#seed);
    query.endpoint = endpoint;
    // A class that nobody here takes comes before a version that nobody knows (spec B3.2, B3.3).
    if (verdict !== ACCEPTED && (verdict !== BAD_VERSION || endpoint.dispatch.admits(query)))
      return this.#reject(query, answer, verdict);
    const chain = endpoint.dispatch.find(query);
    if (chain === null) {
      answer.outcome = RCODE.REFUSED;
      answer.start(query, RCODE.REFUSED, 0);
      endpoint.report.dropped(query, answer, RCODE.REFUSED);
      return answer.seal(query);
    }
    try {
      return chain.run(query, answer) === LATER ? WAITING : this.#seal(query, answer);
    } catch (error) {
      return this.#panic(query, answer, error);
    }
  }

  /**
   * The same for a lookup that only the handlers behind the one that `parent` has come to shall see. Its answer may have any size, for it is the
   * parent's that the client has to take.
   */
  handleBehind(query: Query, at: number, length: number, parent: Query, to: number): number {
    const { answer } = query;
    answer.open(to);
    const verdict = readQuery(query, at, length, this.#seed);
    query.endpoint = parent.endpoint;
    query.zone = parent.zone;
    query.limit = MAX_MESSAGE_BYTES;
    query.authenticUpstream = parent.authenticUpstream;
    try {
      if (verdict !== ACCEPTED) throw new Error(`a lookup that is no query (verdict ${verdict})`);
      const chain = parent.resumer as Resumer;
      return chain.runBehind(query, answer, parent) === LATER ? WAITING : this.#seal(query, answer);
    } catch (error) {
      return this.#panic(query, answer, error);
    }
  }

  /** The chain came to its end for a query that had waited. */
  complete(query: Query, answer: Answer): void {
    const length = this.#seal(query, answer);
    query.responder?.respond(query, answer, length);
  }

  /** Outcomes 0 … 23 are written here (spec B3): a bare message with that rcode. */
  #seal(query: Query, answer: Answer): number {
    const { outcome } = answer;
    if (outcome >= 0) {
      answer.start(query, outcome & 0xf, 0);
      if (answer.explanation !== 0) explain(query, answer, answer.explanation);
    } else if (outcome === DROP || answer.end === answer.at) return 0;
    return answer.seal(query);
  }

  /** A handler threw for a query that had waited. */
  panicked(query: Query, answer: Answer, error: unknown): void {
    const length = this.#panic(query, answer, error);
    query.responder?.respond(query, answer, length);
  }

  /** A bug in a handler costs one SERVFAIL, not the thread. Whatever plugins made of the name, the client gets its own question. */
  #panic(query: Query, answer: Answer, error: unknown): number {
    query.endpoint?.report.panicked(query, error);
    query.restoreName();
    answer.outcome = RCODE.SERVFAIL;
    answer.start(query, RCODE.SERVFAIL, 0);
    return answer.seal(query);
  }

  #reject(query: Query, answer: Answer, verdict: Verdict): number {
    switch (verdict) {
      case IGNORED:
        return 0;
      case UNKNOWN_OPCODE:
        return headerOnly(query, answer, query.flags & FLAG.OPCODE, RCODE.NOTIMP);
      case BAD_COUNTS:
        return headerOnly(query, answer, 0, RCODE.FORMERR);
      case NO_QUESTION:
        return this.#noQuestion(query, answer);
      case BAD_VERSION:
        return badVersion(query, answer);
      case BAD_RECORDS:
        return malformed(query, answer);
      default:
        return headerOnly(query, answer, 0, RCODE.FORMERR);
    }
  }

  /** The one rejection that counts (spec B3.1). */
  #noQuestion(query: Query, answer: Answer): number {
    query.type = 0;
    answer.plainSize = HEADER_BYTES;
    query.endpoint?.report.dropped(query, answer, RCODE.SERVFAIL);
    return headerOnly(query, answer, query.flags & FLAG.OPCODE, RCODE.SERVFAIL);
  }
}

/** Twelve octets: the query's header bits but AA and Z, with QR, opcode and rcode (spec B2). */
function headerOnly(query: Query, answer: Answer, opcodeBits: number, rcode: number): number {
  const { bytes, at } = answer;
  const flags = FLAG.QR | opcodeBits | (query.flags & (FLAG.TC | FLAG.RD | FLAG.RA | FLAG.AD | FLAG.CD)) | rcode;
  bytes[at] = query.id >>> 8;
  bytes[at + 1] = query.id;
  bytes[at + 2] = flags >>> 8;
  bytes[at + 3] = flags;
  for (let i = 4; i < HEADER_BYTES; i++) bytes[at + i] = 0;
  return HEADER_BYTES;
}

/** FORMERR with the question and nothing else, no OPT (spec B2). */
function malformed(query: Query, answer: Answer): number {
  answer.start(query, RCODE.FORMERR, 0);
  headerOnly(query, answer, 0, RCODE.FORMERR);
  answer.bytes[answer.at + 5] = 1;
  return answer.end - answer.at;
}

/** BADVERS: rcode 16 needs the OPT's upper bits; size, version and flags are 0 as the reference has them (spec B3.3). */
function badVersion(query: Query, answer: Answer): number {
  answer.start(query, RCODE.NOERROR, 0);
  const { bytes, at, end } = answer;
  const length = end - at;
  const flags = FLAG.QR | (query.flags & (FLAG.OPCODE | (query.opcode === OPCODE.QUERY ? FLAG.RD | FLAG.CD : 0)));
  bytes[at] = query.id >>> 8;
  bytes[at + 1] = query.id;
  bytes[at + 2] = flags >>> 8;
  bytes[at + 3] = flags;
  for (let i = 4; i < HEADER_BYTES; i++) bytes[at + i] = 0;
  bytes[at + 5] = 1;
  bytes[at + 11] = 1;
  for (let i = 0; i < OPT_BYTES; i++) bytes[end + i] = 0;
  bytes[end + 2] = TYPE.OPT;
  bytes[end + 5] = 1;
  return length + OPT_BYTES;
}
