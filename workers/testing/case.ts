// Table tests of handlers: a row is a question and the answer that a client must get from a chain of handlers. Tests only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'dns-packet';
import { peerFamily, writePeer } from '#native/datagram.ts';
import { FLAG } from '#wire/constants.ts';
import { encodeName } from '#wire/name.ts';
import { Chain } from '../chain/chain.ts';
import type { Handler } from '../chain/handler.ts';
import { LATER, type Outcome } from '../chain/outcome.ts';
import { classNumber, typeNumber } from '../lib/access/mnemonics.ts';
import type { Answer } from '../query/answer.ts';
import { PROTO_TCP, PROTO_UDP, type Query } from '../query/query.ts';
import { ACCEPTED, readQuery } from '../query/read.ts';
import { type Decoded, decodeAnswer } from './decoded.ts';
import { TestThread } from './thread.ts';

/** A question as a client may put it. */
export interface Question {
  readonly name: string;
  readonly type: string;
  readonly klass?: string;
  readonly proto?: 'udp' | 'tcp';
  /** Address of the client; 127.0.0.1 when left out. */
  readonly client?: string;
  readonly port?: number;
  /** Header flags beside the opcode; RD when left out. */
  readonly flags?: number;
  readonly opcode?: number;
  readonly id?: number;
  /** EDNS: UDP size and DO. */
  readonly edns?: { readonly size: number; readonly dnssecOk?: boolean };
}

/** One row: sections that are left out are not compared, except that a missing `answer` means an empty one. */
export interface DnsCase extends Question {
  /** Of the test; `NAME TYPE` when left out. */
  readonly title?: string;
  /** Mnemonic; 'DROP' when nothing may be sent. */
  readonly rcode?: string;
  readonly qr?: string;
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
  /** The question in the answer: the client's when left out. */
  readonly question?: string;
  /** True: the records of `answer` may stand in any order. */
  readonly anyOrder?: boolean;
  /** `answer.outcome` as the core gets it. */
  readonly outcome?: Outcome;
}

/** What came of a question. */
export interface Asked {
  readonly outcome: Outcome;
  /** Undefined when nothing was sent. */
  readonly decoded: Decoded | undefined;
  /** Octets of the answer, a copy. */
  readonly message: Uint8Array;
  readonly plainSize: number;
  readonly failure: string;
  readonly local: boolean;
}

/** Runs questions through a chain the way the server core does. */
export class ChainRunner {
  readonly thread: TestThread;
  readonly #chain: Chain;

  constructor(handlers: readonly Handler[], thread: TestThread = new TestThread()) {
    this.thread = thread;
    this.#chain = new Chain(
      handlers,
      handlers.map((_, index) => `handler${index}`),
      { complete: () => assert.fail('a query that had waited came to its end') },
    );
  }

  /** Asks; handlers must answer at once. */
  ask(question: Question): Asked {
    const { pool } = this.thread;
    const query = pool.acquire();
    assert.ok(query !== undefined);
    try {
      return this.#run(query, question);
    } finally {
      query.release();
    }
  }

  #run(query: Query, question: Question): Asked {
    const { answer } = query;
    const { bytes } = query;
    const request = encodeQuestion(question);
    bytes.set(request, this.thread.requestAt);
    query.proto = question.proto === 'tcp' ? PROTO_TCP : PROTO_UDP;
    query.peerAt = query.workspace + 512;
    writePeer(bytes, query.peerAt, question.client ?? '127.0.0.1', question.port ?? 40000);
    query.family = peerFamily(bytes, query.peerAt);
    query.receivedAt = this.thread.clock.now;
    answer.open(this.thread.answerAt);
    assert.equal(readQuery(query, this.thread.requestAt, request.length, this.thread.host.seed), ACCEPTED);
    const outcome = this.#chain.run(query, answer);
    assert.notEqual(outcome, LATER, 'a handler waits for somebody');
    assert.equal(outcome, answer.outcome);
    return asked(query, answer);
  }
}

function asked(query: Query, answer: Answer): Asked {
  const { outcome, failure } = answer;
  if (outcome >= 0) answer.start(query, outcome & 15, 0);
  const { plainSize, local } = answer;
  const length = answer.end === answer.at ? 0 : answer.seal(query);
  const message = answer.bytes.slice(answer.at, answer.at + length);
  return { outcome, message, failure, plainSize, local, decoded: length === 0 ? undefined : decodeAnswer(message) };
}

/** The question as a message: header and OPT by dns-packet, the name as written. */
export function encodeQuestion(question: Question): Uint8Array {
  const name = encodeName(question.name);
  const additionals =
    question.edns === undefined
      ? []
      : [
          {
            type: 'OPT' as const,
            name: '.' as const,
            udpPayloadSize: question.edns.size,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: question.edns.dnssecOk ? 0x8000 : 0,
            flag_do: question.edns.dnssecOk ?? false,
            options: [],
          },
        ];
  const shell = encode({ type: 'query', id: question.id ?? 4660, questions: [], additionals });
  const message = Buffer.concat([shell.subarray(0, 12), name, Buffer.alloc(4), shell.subarray(12)]);
  message.writeUInt16BE(((question.opcode ?? 0) << 11) | (question.flags ?? FLAG.RD), 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(numberOf(question.type, typeNumber, 'TYPE'), 12 + name.length);
  message.writeUInt16BE(numberOf(question.klass ?? 'IN', classNumber, 'CLASS'), 14 + name.length);
  return message;
}

function numberOf(name: string, find: (name: string) => number | undefined, prefix: string): number {
  const number = find(name) ?? Number(name.replace(prefix, ''));
  assert.ok(Number.isInteger(number), `${name} is no ${prefix}`);
  return number;
}

/** Registers one test a row. `before` runs ahead of each. */
export function testCases(runner: () => ChainRunner, cases: readonly DnsCase[]): void {
  for (const row of cases) {
    test(row.title ?? `${row.name} ${row.type}`, () => {
      checkCase(runner().ask(row), row);
    });
  }
}

/** Compares what came with what the row wants. */
export function checkCase(got: Asked, row: DnsCase): void {
  if (row.outcome !== undefined) assert.equal(got.outcome, row.outcome);
  const want = row.rcode ?? 'NOERROR';
  if (want === 'DROP') {
    assert.equal(got.decoded, undefined);
    return;
  }
  const decoded = got.decoded;
  assert.ok(decoded !== undefined, 'nothing was sent');
  assert.equal(decoded.rcode, want);
  if (row.qr !== undefined) assert.equal(decoded.flags, row.qr);
  assert.equal(decoded.question, row.question ?? `${dotted(row.name)} ${row.klass ?? 'IN'} ${row.type}`);
  const order = (list: readonly string[]) => (row.anyOrder === true ? list.toSorted() : list);
  assert.deepEqual(order(decoded.answer), order(row.answer ?? []));
  if (row.authority !== undefined) assert.deepEqual(decoded.authority, row.authority);
  if (row.additional !== undefined) assert.deepEqual(order(decoded.additional), order(row.additional));
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}
