// What the core does before, around and behind the chains (behaviour B2 to B4).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeName } from '#wire/name.ts';
import type { Query } from '../query/query.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { CoreRig } from '../testing/core.ts';
import { ScriptHandler } from '../testing/script.ts';
import type { Handler } from './handler.ts';
import { DROP, LATER, NEXT, type Outcome, WRITTEN } from './outcome.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const answering = (): ScriptHandler => new ScriptHandler({ answer: ['a.test. 5 IN A 192.0.2.1'], flags: 0x0400 });
const rigOf = (...handlers: Handler[]): CoreRig => new CoreRig(() => [{ zones: ['test.'], handlers }]);
const A: Question = { name: 'a.test.', type: 'A' };

/** The question with some octets changed. */
function patched(question: Question, patches: Readonly<Record<number, number>>, cut?: number): Uint8Array {
  const message = encodeQuestion(question).slice(0, cut);
  for (const [at, octet] of Object.entries(patches)) message[Number(at)] = octet;
  return message;
}

describe('messages that no chain sees (behaviour B2)', () => {
  const question = hex(encodeQuestion(A)).slice(24);
  const rows: readonly [name: string, message: Uint8Array, sent: string][] = [
    ['11 octets', patched(A, {}, 11), 'nothing'],
    ['an answer (QR=1)', patched(A, { 2: 0x81 }), 'nothing'],
    ['STATUS: header with NOTIMP, opcode and RD', patched(A, { 2: 0x11 }), '123491040000000000000000'],
    ['UPDATE: AA and Z are gone, TC, RA, AD, CD stay', patched(A, { 2: 0x2e, 3: 0xf0 }), '1234aab40000000000000000'],
    ['an unknown opcode is found before bad counts', patched(A, { 2: 0x11, 5: 2 }), '123491040000000000000000'],
    ['no questions: FORMERR, opcode 0', patched(A, { 5: 0 }), '123481010000000000000000'],
    ['two questions, NOTIFY', patched(A, { 2: 0x21, 5: 2 }), '123481010000000000000000'],
    ['two answers', patched(A, { 7: 2 }), '123481010000000000000000'],
    ['two authorities', patched(A, { 9: 2 }), '123481010000000000000000'],
    ['three additionals', patched(A, { 11: 3 }), '123481010000000000000000'],
    ['nothing behind the header: SERVFAIL', patched(A, {}, 12), '123481020000000000000000'],
    ['a question that is cut off: FORMERR', patched(A, {}, 16), '123481010000000000000000'],
    ['a compressed QNAME: FORMERR', patched(A, { 12: 0xc0 }), '123481010000000000000000'],
    [
      'a record that is not there: FORMERR with the question',
      patched(A, { 11: 1 }),
      `1234810100010000${'0'.repeat(8)}${question}`,
    ],
    [
      'BADVERS: an empty OPT with the upper bits (RFC 6891 §6.1.3)',
      patched({ ...A, edns: { size: 1232, dnssecOk: true } }, { 30: 1 }),
      `123481000001000000000001${question}0000290000010000000000`,
    ],
  ];
  for (const [name, message, sent] of rows)
    it(name, () => {
      const script = answering();
      const rig = rigOf(script);
      const got = rig.send(message);
      assert.equal(typeof got === 'string' ? got : hex(got), sent);
      assert.deepEqual(script.asked, []);
      assert.equal(rig.thread.pool.inFlight, 0);
    });

  const uncounted = rows.filter(([name]) => !name.includes('SERVFAIL'));
  it('are not counted', () => {
    const rig = rigOf(answering());
    for (const [, message] of uncounted) rig.send(message);
    assert.deepEqual(rig.counted(), []);
  });
  it('but the one without a question is (behaviour B3.1)', () => {
    const rig = rigOf(answering());
    rig.send(encodeQuestion({ name: 'a.test.', type: 'AAAA' }));
    rig.send(patched(A, {}, 12));
    assert.deepEqual(rig.counted('coredns_dns_requests_total'), [
      'coredns_dns_requests_total{family="1",proto="udp",server="dns://:53",type="other",view="",zone="dropped"} 1',
    ]);
    assert.deepEqual(rig.counted('coredns_dns_responses_total'), [
      'coredns_dns_responses_total{plugin="",rcode="SERVFAIL",server="dns://:53",view="",zone="dropped"} 1',
    ]);
  });
});

describe('queries that no block takes (behaviour B3.2, B3.6)', () => {
  const rows: readonly [name: string, question: Question, opt: boolean][] = [
    ['another zone', { name: 'a.example.', type: 'A' }, false],
    ['the root', { name: '.', type: 'NS' }, false],
    ['class CH', { ...A, klass: 'CH' }, false],
    ['class ANY', { ...A, klass: 'ANY' }, false],
    ['with EDNS', { name: 'a.example.', type: 'A', edns: { size: 1232 } }, true],
  ];
  for (const [name, question, opt] of rows)
    it(`${name}: REFUSED, counted as dropped`, () => {
      const rig = rigOf(answering());
      const got = rig.ask(question);
      assert.deepEqual([got.rcode, got.flags, got.answer, got.authority], ['REFUSED', 'qr,rd', [], []]);
      assert.equal(got.question.split(' ')[0], question.name);
      assert.equal(got.opt !== undefined, opt);
      assert.match(rig.counted('coredns_dns_responses_total')[0], /rcode="REFUSED".*zone="dropped"\} 1$/);
    });

  const version = (klass: string): Uint8Array => patched({ ...A, klass, edns: { size: 512 } }, { 30: 1 });
  it('a class that nobody takes comes before an unknown EDNS version', () => {
    const sent = rigOf(answering()).send(version('CH'));
    assert.ok(typeof sent !== 'string');
    assert.equal(sent[3] & 15, 5);
  });
  it('where classes other than IN may enter, the version counts', () => {
    const rig = new CoreRig(() => [{ zones: ['test.'], handlers: [answering()] }], { anyClass: true });
    const sent = rig.send(version('CH'));
    assert.ok(typeof sent !== 'string');
    assert.deepEqual([sent[3] & 15, sent.at(-6)], [0, 1]);
    assert.equal(rig.ask({ ...A, klass: 'CH' }).answer.length, 1);
  });
});

describe('what a chain said', () => {
  const rows: readonly [name: string, outcome: Outcome, rcode: string][] = [
    ['an rcode is written here', 5, 'REFUSED'],
    ['NXDOMAIN, too', 3, 'NXDOMAIN'],
    ['of an extended one the lower bits', 23, 'YXRRSET'],
  ];
  for (const [name, outcome, rcode] of rows)
    it(name, () => {
      const got = rigOf(new ScriptHandler({ outcome })).ask({ ...A, edns: { size: 1232 } });
      assert.deepEqual([got.rcode, got.flags, got.question, got.answer], [rcode, 'qr,rd', 'a.test. IN A', []]);
      assert.equal(got.opt?.size, 1232);
    });

  it('an answer goes out as it was written', () => {
    const got = rigOf(answering()).ask({ name: 'A.Test.', type: 'A' });
    assert.deepEqual([got.rcode, got.flags, got.question], ['NOERROR', 'qr,aa,rd', 'A.Test. IN A']);
    assert.deepEqual(got.answer, ['A.Test. 5 IN A 192.0.2.1']);
  });
  it('an rcode replaces what had been written', () => {
    const late: Handler = {
      serve: () => NEXT,
      finish: (_query, answer) => {
        answer.outcome = 2;
      },
    };
    assert.deepEqual(rigOf(late, answering()).ask(A).answer, []);
  });
  it('DROP: nothing is sent', () => {
    assert.equal(rigOf(new ScriptHandler({ outcome: DROP })).send(encodeQuestion(A)), 'nothing');
  });
  it('DROP: also when something had been written', () => {
    const drop: Handler = {
      serve: () => NEXT,
      finish: (_query, answer) => {
        answer.outcome = DROP;
      },
    };
    assert.equal(rigOf(drop, answering()).send(encodeQuestion(A)), 'nothing');
  });
  it('WRITTEN without anything written: nothing is sent', () => {
    assert.equal(rigOf({ serve: () => WRITTEN }).send(encodeQuestion(A)), 'nothing');
  });
  it('an empty chain refuses, uncounted (behaviour B3.4)', () => {
    const rig = rigOf();
    assert.equal(rig.ask(A).rcode, 'REFUSED');
    assert.deepEqual(rig.counted(), []);
  });
  it('nobody decides: SERVFAIL', () => {
    assert.equal(rigOf({ serve: () => NEXT }).ask(A).rcode, 'SERVFAIL');
  });
  it('NOTIFY goes through the chain; RD is not copied', () => {
    const message = patched(A, { 2: 0x21 });
    const sent = rigOf(answering()).send(message);
    assert.ok(typeof sent !== 'string');
    assert.equal(hex(sent.slice(2, 4)), 'a400');
  });
});

/** Keeps every query. */
class Keeper implements Handler {
  readonly kept: Query[] = [];
  serve(query: Query): Outcome {
    this.kept.push(query);
    return LATER;
  }
}

describe('queries that wait', () => {
  it('get the answer that was decided on later', () => {
    const keeper = new Keeper();
    const rig = rigOf(keeper, answering());
    assert.equal(rig.send(encodeQuestion({ ...A, edns: { size: 4096 } })), 'waiting');
    assert.equal(rig.thread.pool.inFlight, 1);
    keeper.kept[0].resume(NEXT);
    const [got] = rig.late;
    assert.deepEqual([got?.id, got?.question, got?.answer], [4660, 'a.test. IN A', ['a.test. 5 IN A 192.0.2.1']]);
    assert.equal(got?.opt?.size, 4096);
    assert.equal(rig.thread.pool.inFlight, 0);
  });
  it('may be dropped', () => {
    const keeper = new Keeper();
    const rig = rigOf(keeper);
    rig.send(encodeQuestion(A));
    keeper.kept[0].resume(DROP);
    assert.deepEqual(rig.late, [undefined]);
  });
  it('may overtake each other', () => {
    const keeper = new Keeper();
    const rig = rigOf(keeper);
    for (const id of [1, 2, 3]) rig.send(encodeQuestion({ ...A, id }));
    for (const i of [2, 0, 1]) keeper.kept[i].resume(3);
    assert.deepEqual(
      rig.late.map((got) => [got?.id, got?.rcode]),
      [3, 1, 2].map((id) => [id, 'NXDOMAIN']),
    );
  });
});

describe('a handler that throws', () => {
  const broken: Handler = {
    serve: () => {
      throw new TypeError('a bug');
    },
  };
  const other = encodeName('other.name.');
  const renaming: Handler = {
    serve: (query) => {
      query.rename(other, 0, other.length);
      return NEXT;
    },
  };

  it('costs one SERVFAIL, a count and a line (behaviour B3)', () => {
    const rig = rigOf(broken);
    assert.deepEqual([rig.ask(A).rcode, rig.ask(A).rcode], ['SERVFAIL', 'SERVFAIL']);
    assert.deepEqual(rig.counted('coredns_panics'), ['coredns_panics_total 2']);
    assert.match(
      rig.thread.takeLines()[0],
      /^\[ERROR\] Recovered from panic in server: "dns:\/\/:53" TypeError: a bug/,
    );
    assert.equal(rig.thread.pool.inFlight, 0);
  });
  it('what had been written is gone', () => {
    const rig = rigOf({ serve: () => NEXT, finish: () => assert.fail('on the way up') }, answering());
    const got = rig.ask(A);
    assert.deepEqual([got.rcode, got.answer], ['SERVFAIL', []]);
  });
  it('the client gets the question that it asked', () => {
    assert.equal(rigOf(renaming, broken).ask(A).question, 'a.test. IN A');
  });
  it('after waiting: the client gets SERVFAIL, whoever resumed goes on', () => {
    const keeper = new Keeper();
    const rig = rigOf(renaming, keeper, broken);
    rig.send(encodeQuestion({ ...A, edns: { size: 600 } }));
    keeper.kept[0].resume(NEXT);
    const [got] = rig.late;
    assert.deepEqual([got?.rcode, got?.question, got?.opt?.size], ['SERVFAIL', 'a.test. IN A', 600]);
    assert.deepEqual(rig.counted('coredns_panics'), ['coredns_panics_total 1']);
    assert.equal(rig.thread.pool.inFlight, 0);
  });
});

describe('an rcode with an explanation (RFC 8914)', () => {
  const failing: Handler = {
    serve: (_, answer) => {
      answer.explanation = 22;
      return 2;
    },
  };
  it('is told to clients with EDNS', () => {
    const got = rigOf(failing).send(encodeQuestion({ ...A, edns: { size: 1232 } }));
    assert.ok(typeof got !== 'string' && hex(got).endsWith('00002904d0000000000006000f00020016'));
  });
  it('and to nobody else', () => {
    const got = rigOf(failing).send(encodeQuestion(A));
    assert.ok(typeof got !== 'string' && hex(got).startsWith('123481020001000000000000'));
  });
  it('does not stay for the next query', () => {
    let first = true;
    const once: Handler = {
      serve: (_, answer) => {
        if (first) answer.explanation = 22;
        first = false;
        return 2;
      },
    };
    const rig = rigOf(once);
    const [one, two] = [0, 0].map(() => rig.send(encodeQuestion({ ...A, edns: { size: 1232 } })));
    assert.equal(one.length - two.length, 6);
  });
});
