// The server core of a thread without sockets: messages in, answers out, whoever has to wait included. Tests only.

import assert from 'node:assert/strict';
import { peerFamily, writePeer } from '#native/datagram.ts';
import { Chain } from '../chain/chain.ts';
import { type Endpoint, ServerCore, WAITING } from '../chain/core.ts';
import { coreSlots } from '../chain/core-metrics.ts';
import { Dispatch } from '../chain/dispatch.ts';
import type { Handler, Host, Lookup } from '../chain/handler.ts';
import { SubQueries } from '../chain/lookup.ts';
import { EndpointReport } from '../chain/report.ts';
import type { Answer } from '../query/answer.ts';
import { PROTO_TCP, PROTO_UDP, type Query, type Responder } from '../query/query.ts';
import { encodeQuestion, type Question } from './case.ts';
import { type Decoded, decodeAnswer } from './decoded.ts';
import { NamedSlots } from './slots.ts';
import { TestThread } from './thread.ts';

/** One server block on the listener. */
export interface TestBlock {
  readonly zones: readonly string[];
  readonly handlers: readonly Handler[];
  /** Of the handlers, when one of them looks for others. */
  readonly names?: readonly string[];
}

/** How a message is sent. */
export interface Sending {
  readonly proto?: 'udp' | 'tcp';
  readonly client?: string;
}

const SERVER = 'dns://:53';

export class CoreRig implements Responder {
  readonly thread: TestThread;
  readonly core: ServerCore;
  readonly endpoint: Endpoint;
  readonly slots = new NamedSlots();
  /** What was sent to clients that had to wait, oldest first; undefined: nothing was to be sent. */
  readonly late: (Decoded | undefined)[] = [];

  /** `blocks` gets the host that its handlers may use; `host.lookup` asks this core. */
  constructor(
    blocks: (host: Host) => readonly TestBlock[],
    options: { readonly anyClass?: boolean; readonly parts?: Partial<Host> } = {},
  ) {
    let subQueries: SubQueries | undefined;
    const lookup: Lookup = {
      ask: (parent, asker, nameAt, type) => {
        assert.ok(subQueries !== undefined);
        return subQueries.ask(parent, asker, nameAt, type);
      },
      askBehind: (parent, asker, keep, suffix, at) => {
        assert.ok(subQueries !== undefined);
        return subQueries.askBehind(parent, asker, keep, suffix, at);
      },
      askApart: (query, responder, ticket, proto) => {
        assert.ok(subQueries !== undefined);
        return subQueries.askApart(query, responder, ticket, proto);
      },
    };
    this.thread = new TestThread({ lookup, ...options.parts });
    const { host, pool } = this.thread;
    this.core = new ServerCore(host.seed);
    const served = blocks(host).flatMap(({ zones, handlers, names }) => {
      const chain = new Chain(handlers, names ?? handlers.map((_, i) => `handler${i}`), this.core);
      return zones.map((zone, zoneIndex) => ({ zone, chain, zoneIndex }));
    });
    this.endpoint = {
      dispatch: new Dispatch(served, options.anyClass ?? false, host.seed),
      report: new EndpointReport(coreSlots(this.slots, SERVER), SERVER, host),
    };
    subQueries = new SubQueries(this.core, pool, this.endpoint);
  }

  /** Octets of the answer, or how else it came out. */
  send(message: Uint8Array, sending: Sending = {}): Uint8Array | 'nothing' | 'waiting' {
    const { thread } = this;
    const query = thread.pool.acquire();
    assert.ok(query !== undefined, 'the pool of the rig is too small');
    const { bytes } = query;
    bytes.set(message, thread.requestAt);
    query.proto = sending.proto === 'tcp' ? PROTO_TCP : PROTO_UDP;
    query.peerAt = thread.requestAt + 32_768;
    writePeer(bytes, query.peerAt, sending.client ?? '127.0.0.1', 40_000);
    query.family = peerFamily(bytes, query.peerAt);
    query.receivedAt = thread.clock.now;
    query.responder = this;
    const length = this.core.handle(query, thread.requestAt, message.length, this.endpoint, thread.answerAt);
    if (length === WAITING) {
      // Receive and send slots are used again at once.
      bytes.fill(0xff, thread.requestAt, thread.requestAt + message.length);
      bytes.fill(0xff, thread.answerAt, thread.answerAt + 512);
      return 'waiting';
    }
    query.release();
    return length === 0 ? 'nothing' : bytes.slice(thread.answerAt, thread.answerAt + length);
  }

  /** Asks, and fails unless there is an answer at once. */
  ask(question: Question): Decoded {
    const sent = this.send(encodeQuestion(question), question);
    assert.ok(typeof sent !== 'string', `no answer but: ${String(sent)}`);
    return decodeAnswer(sent);
  }

  respond(query: Query, answer: Answer, length: number): void {
    this.late.push(length === 0 ? undefined : decodeAnswer(answer.bytes.slice(answer.at, answer.at + length)));
    query.release();
  }

  /** Series that were counted, as `NamedSlots.counted`. */
  counted(only = ''): string[] {
    return this.slots.counted((slot) => this.thread.count(slot), only);
  }
}
