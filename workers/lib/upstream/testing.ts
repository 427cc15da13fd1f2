// Queries and replies in wire form for the tests of this folder. Tests only.

import assert from 'node:assert/strict';
import { encodeName } from '#wire/name.ts';
import { PROTO_TCP, PROTO_UDP, type Query } from '../../query/query.ts';
import { ACCEPTED, readQuery } from '../../query/read.ts';
import { encodeQuestion, type Question } from '../../testing/case.ts';
import type { TestThread } from '../../testing/thread.ts';

/**
 * A query as it stands in the thread's receive slot, with its answer opened. `extra` stands behind the message; `additionals` is how many
 * records of it the header counts. Give it back with `release`.
 */
export function openQuery(thread: TestThread, question: Question, extra = '', additionals = 0): Query {
  const query = thread.pool.acquire();
  assert.ok(query !== undefined);
  const message = Buffer.concat([encodeQuestion(question), Buffer.from(extra.replaceAll(' ', ''), 'hex')]);
  message[11] += additionals;
  query.bytes.set(message, thread.requestAt);
  query.proto = question.proto === 'tcp' ? PROTO_TCP : PROTO_UDP;
  query.answer.open(thread.answerAt);
  assert.equal(readQuery(query, thread.requestAt, message.length, thread.host.seed), ACCEPTED);
  return query;
}

/** Records of each section as hex: owner, type, class, TTL, length, data; `c00c` is the question's name. */
export interface ReplyHex {
  readonly flags?: number;
  readonly answers?: readonly string[];
  readonly authorities?: readonly string[];
  readonly additionals?: readonly string[];
  /** Behind everything. */
  readonly trailing?: string;
}

/** A reply to `name`, `type` in class IN, octet for octet. */
export function replyHex(name: string, type: number, parts: ReplyHex): Buffer {
  const { flags = 0x8180, answers = [], authorities = [], additionals = [], trailing = '' } = parts;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  [answers, authorities, additionals].forEach((section, i) => {
    header.writeUInt16BE(section.length, 6 + 2 * i);
  });
  const records = [...answers, ...authorities, ...additionals, trailing].join('').replaceAll(' ', '');
  return Buffer.concat([header, encodeName(name), Buffer.from([0, type, 0, 1]), Buffer.from(records, 'hex')]);
}
