import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerEntry, AnswerKey } from '#answers/entry.ts';
import { GET, joinReplies, PUT, ReplyReader, RequestWriter, readRequests, STATUS, writeReply } from './batch.ts';
import { readPayload } from './payload.ts';

const NAME = Uint8Array.of(1, 97, 2, 98, 99, 0);
const NONE = new Uint8Array(0);

function key(type = 1): AnswerKey {
  const made = new AnswerKey();
  made.bytes = Uint8Array.of(9, 9, ...NAME);
  made.nameAt = 2;
  made.nameLength = NAME.length;
  made.type = type;
  made.klass = 1;
  made.flags = 2;
  return made;
}

function entry(length: number): AnswerEntry {
  const made = new AnswerEntry();
  made.bodyLength = length;
  made.answers = 1;
  made.ttlOffsets[0] = 0;
  return made;
}

test('requests come out in their order', () => {
  const writer = new RequestWriter();
  assert.ok(writer.empty);
  writer.get(0x80000001, key());
  writer.put(3600, key(28), 2, entry(4), Uint8Array.of(0, 5, 6, 7, 8), 1);
  writer.get(2, key(257));
  assert.ok(!writer.empty);
  const [first, second, third, ...more] = [...readRequests(writer.take())];
  assert.ok(writer.empty);
  assert.equal(more.length, 0);
  assert.deepEqual(first, {
    operation: GET,
    number: 0x80000001,
    question: Uint8Array.of(0, 1, 0, 1, 2, ...NAME),
    payload: NONE,
  });
  assert.deepEqual([second.operation, second.number], [PUT, 3600]);
  assert.equal(second.question[1], 28);
  const read = new AnswerEntry();
  assert.deepEqual(
    second.payload.subarray(readPayload(read, second.payload, 0, second.payload.length)),
    Uint8Array.of(5, 6, 7, 8),
  );
  assert.deepEqual([...third.question.subarray(0, 2)], [1, 1]);
});

test('a batch that was taken does not change', () => {
  const writer = new RequestWriter();
  writer.get(1, key());
  const batch = writer.take();
  const copy = batch.slice();
  writer.get(2, key(28));
  assert.deepEqual(batch, copy);
});

test('a batch grows up to its bound, and refuses the rest', () => {
  const writer = new RequestWriter();
  const body = new Uint8Array(16_384).fill(1);
  let taken = 0;
  while (writer.put(1, key(), 1, entry(body.length), body, 0)) taken++;
  assert.ok(taken > 100 && taken < 200, `${taken}`);
  const requests = [...readRequests(writer.take())];
  assert.equal(requests.length, taken);
  assert.ok(writer.put(1, key(), 1, entry(body.length), body, 0), 'and there is room again');
});

test('replies come out in their order', () => {
  const reader = new ReplyReader();
  reader.open(
    joinReplies([
      writeReply(7, STATUS.ABSENT, 0, NONE),
      writeReply(0xfffffffe, STATUS.FOUND, 3600, Uint8Array.of(1, 2, 3)),
      writeReply(8, STATUS.FAILED, 0, NONE),
    ]),
  );
  const seen: unknown[] = [];
  while (reader.next()) {
    const { id, status, remaining, bytes, payloadAt, payloadEnd } = reader;
    seen.push([id, status, remaining, [...bytes.subarray(payloadAt, payloadEnd)]]);
  }
  assert.deepEqual(seen, [
    [7, STATUS.ABSENT, 0, []],
    [0xfffffffe, STATUS.FOUND, 3600, [1, 2, 3]],
    [8, STATUS.FAILED, 0, []],
  ]);
});

test('no replies at all', () => {
  const reader = new ReplyReader();
  assert.equal(reader.next(), false);
  reader.open(joinReplies([]));
  assert.equal(reader.next(), false);
});
