import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Query } from '../../query/query.ts';
import type { Question } from '../../testing/case.ts';
import { decodeAnswer } from '../../testing/decoded.ts';
import { TestThread } from '../../testing/thread.ts';
import { Shuffle } from '../random.ts';
import { copyAnswer, Flights, isSameRequest } from './flights.ts';
import { ReplyReader } from './reply.ts';
import { openQuery, replyHex } from './testing.ts';

const thread = new TestThread();
const Q: Question = { name: 'ex.test', type: 'A' };
const SUBNET_1 = '0008 0007 0001 18 00 c00002';
const SUBNET_2 = '0008 0007 0001 18 00 c00003';

/** As it is when it waits: in its own memory. `options`: EDNS options. */
function waiting(question: Question, options = ''): Query {
  const octets = options.replaceAll(' ', '');
  const opt = `00 0029 04d0 00000000 ${(octets.length / 2).toString(16).padStart(4, '0')} ${octets}`;
  const query = openQuery(thread, question, options === '' ? '' : opt, options === '' ? 0 : 1);
  query.retain();
  return query;
}

/** Runs with queries that are given back afterwards. */
function withQueries(list: readonly Query[], body: () => void): void {
  try {
    body();
  } finally {
    for (const query of list) query.release();
  }
}

describe('what makes requests the same', () => {
  const rows: readonly (readonly [name: string, a: () => Query, b: () => Query, same: boolean])[] = [
    ['all of it', () => waiting(Q), () => waiting(Q), true],
    ['the id does not count', () => waiting({ ...Q, id: 1 }), () => waiting({ ...Q, id: 2 }), true],
    ['nor does the case of the name', () => waiting(Q), () => waiting({ ...Q, name: 'EX.teST' }), true],
    ['the name', () => waiting(Q), () => waiting({ ...Q, name: 'ey.test' }), false],
    ['the type', () => waiting(Q), () => waiting({ ...Q, type: 'AAAA' }), false],
    ['the class', () => waiting(Q), () => waiting({ ...Q, klass: 'CH' }), false],
    ['RD', () => waiting(Q), () => waiting({ ...Q, flags: 0 }), false],
    ['CD', () => waiting(Q), () => waiting({ ...Q, flags: 0x0110 }), false],
    ['AD', () => waiting(Q), () => waiting({ ...Q, flags: 0x0120 }), false],
    ['the transport', () => waiting(Q), () => waiting({ ...Q, proto: 'tcp' }), false],
    ['EDNS', () => waiting(Q), () => waiting({ ...Q, edns: { size: 512 } }), false],
    ['its size', () => waiting({ ...Q, edns: { size: 1232 } }), () => waiting({ ...Q, edns: { size: 1400 } }), false],
    [
      'DO',
      () => waiting({ ...Q, edns: { size: 1232 } }),
      () => waiting({ ...Q, edns: { size: 1232, dnssecOk: true } }),
      false,
    ],
    ['the same subnet', () => waiting(Q, SUBNET_1), () => waiting(Q, SUBNET_1), true],
    ['another subnet', () => waiting(Q, SUBNET_1), () => waiting(Q, SUBNET_2), false],
    ['a cookie', () => waiting(Q, SUBNET_1), () => waiting(Q, `${SUBNET_1} 000a 0008 0102030405060708`), false],
  ];
  for (const [name, first, second, same] of rows)
    test(name, () => {
      const [a, b] = [first(), second()];
      withQueries([a, b], () => assert.equal(isSameRequest(a, b), same));
    });
});

describe('Flights', () => {
  const clock = { now: 0, seconds: 0, tick: () => {} };
  let flights: Flights;
  beforeEach(() => {
    flights = new Flights(clock);
  });

  /** The flights, at this time. */
  function at(now: number): Flights {
    clock.now = now;
    return flights;
  }

  function landed(query: Query): Query[] {
    const list: Query[] = [];
    for (let entry = flights.land(query); entry >= 0; ) {
      list.push(flights.query(entry));
      entry = flights.take(entry);
    }
    return list;
  }

  test('equal questions come back with the first one, in their order', () => {
    const [a, b, c, other] = [waiting(Q), waiting(Q), waiting(Q), waiting({ ...Q, type: 'AAAA' })];
    withQueries([a, b, c, other], () => {
      assert.equal(at(0).join(a), false, 'nothing is in flight');
      at(0).lead(a);
      assert.deepEqual(
        [b, other, c].map((query) => at(5).join(query)),
        [true, false, true],
      );
      assert.deepEqual(landed(a), [b, c]);
      assert.equal(flights.active, 0);
      assert.equal(at(6).join(b), false, 'it has landed');
    });
  });

  test('nobody waits for one that takes too long; the next one takes others along', () => {
    const [a, b, c] = [waiting(Q), waiting(Q), waiting(Q)];
    withQueries([a, b, c], () => {
      at(0).lead(a);
      assert.equal(at(1001).join(b), false);
      at(1001).lead(b);
      assert.equal(at(1002).join(c), true);
      assert.deepEqual(landed(a), []);
      assert.deepEqual(landed(b), [c]);
    });
  });

  const alone: readonly Question[] = [
    { ...Q, type: 'HINFO' },
    { ...Q, type: 'AXFR', proto: 'tcp' },
    { ...Q, opcode: 4 },
  ];
  for (const question of alone)
    test(`${question.type} with opcode ${question.opcode ?? 0} is asked for every time`, () => {
      const [a, b] = [waiting(question), waiting(question)];
      withQueries([a, b], () => {
        at(0).lead(a);
        assert.equal(at(0).join(b), false);
        assert.deepEqual(landed(a), []);
      });
    });

  test('does what a map of lists does', () => {
    const random = new Shuffle(11);
    const model = new Map<string, Query[]>();
    const held: Query[] = [];
    const leaders: Query[] = [];
    for (let round = 0; round < 3000; round++) {
      const name = `n${random.below(3)}.test`;
      if (random.below(3) > 0 && held.length < 7) {
        const query = waiting({ ...Q, name });
        held.push(query);
        const followers = model.get(name);
        assert.equal(at(0).join(query), followers !== undefined);
        if (followers !== undefined) followers.push(query);
        else {
          at(0).lead(query);
          leaders.push(query);
          model.set(name, []);
        }
      } else if (leaders.length > 0) {
        const [leader] = leaders.splice(random.below(leaders.length), 1);
        const key = [...model.keys()].find((other) => `${other}.` === nameOf(leader)) ?? '';
        const followers = model.get(key);
        assert.deepEqual(landed(leader), followers);
        model.delete(key);
        for (const query of [leader, ...(followers ?? [])]) {
          held.splice(held.indexOf(query), 1);
          query.release();
        }
      }
      assert.equal(flights.active, held.length);
    }
    for (const query of held) query.release();
  });

  test('grows', () => {
    const query = waiting(Q);
    const followers = 700;
    withQueries([query], () => {
      at(0).lead(query);
      for (let i = 0; i < followers; i++) assert.ok(at(0).join(query));
      assert.equal(landed(query).length, followers);
      assert.equal(flights.active, 0);
    });
  });
});

function nameOf(query: Query): string {
  let text = '';
  for (let at = query.lowerAt; query.bytes[at] !== 0; at += query.bytes[at] + 1)
    text += `${Buffer.from(query.bytes.slice(at + 1, at + 1 + query.bytes[at])).toString()}.`;
  return text;
}

describe('copyAnswer', () => {
  const reader = new ReplyReader();
  const REPLY = replyHex('ex.test', 1, {
    flags: 0x8483,
    answers: ['c00c 0005 0001 0000003c 0004 0177 c00c', 'c025 0001 0001 0000003c 0004 c0000203'],
    additionals: ['00 0029 04d0 00008000 0006 000f 0002 0003'],
  });

  test('the same answer in the other one’s spelling, with its id', () => {
    const edns = { size: 1232 };
    const [a, b] = [waiting({ ...Q, id: 1, edns }), waiting({ ...Q, id: 2, edns, name: 'EX.test' })];
    withQueries([a, b], () => {
      assert.ok(reader.read(a, a.answer, REPLY, 0, REPLY.length));
      a.upstream = '192.0.2.1:53';
      copyAnswer(a, b);
      const [first, second] = [a, b].map((query) => {
        const { answer } = query;
        return Buffer.from(answer.bytes.slice(answer.at, answer.at + answer.seal(query)));
      });
      assert.equal(second.readUInt16BE(0), 2);
      assert.deepEqual(decodeAnswer(second).answer, [
        'EX.test. 60 IN CNAME w.EX.test.',
        'w.EX.test. 60 IN A 192.0.2.3',
      ]);
      assert.equal(second.subarray(2, 12).toString('hex'), first.subarray(2, 12).toString('hex'));
      assert.equal(second.subarray(21).toString('hex'), first.subarray(21).toString('hex'));
      assert.equal(b.answer.plainSize, a.answer.plainSize);
      assert.equal(b.upstream, '192.0.2.1:53');
    });
  });

  test('a failure without a message', () => {
    const [a, b] = [waiting(Q), waiting(Q)];
    withQueries([a, b], () => {
      a.answer.failure = 'i/o timeout';
      a.answer.explanation = 22;
      copyAnswer(a, b);
      assert.deepEqual([b.answer.failure, b.answer.explanation, b.answer.end], ['i/o timeout', 22, b.answer.at]);
    });
  });
});
