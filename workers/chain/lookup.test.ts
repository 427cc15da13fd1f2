// Internal lookups: the whole server asked again on behalf of a query, at once and later (behaviour B3).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerText } from '#native/datagram.ts';
import { encodeName } from '#wire/name.ts';
import type { Answer } from '../query/answer.ts';
import type { Query } from '../query/query.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { CoreRig } from '../testing/core.ts';
import { ScriptHandler } from '../testing/script.ts';
import type { Asker, Handler, Host } from './handler.ts';
import { LATER, NEXT, type Outcome, WRITTEN } from './outcome.ts';

/** Asks for `target` instead of what the client asked for, and answers with the lookup's first address. */
class Follower implements Handler, Asker {
  readonly #host: Host;
  readonly #target: number;
  readonly #type: number;
  readonly seen: string[] = [];

  constructor(host: Host, target: string, type = 1) {
    const wire = encodeName(target);
    this.#host = host;
    this.#type = type;
    this.#target = host.arena.allocate(wire.length, 1);
    host.arena.bytes.set(wire, this.#target);
  }

  serve(query: Query): Outcome {
    const outcome = this.#host.lookup.ask(query, this, this.#target, this.#type);
    if (outcome !== NEXT) return outcome;
    query.answer.failure = 'not asked';
    return 2;
  }

  answered(parent: Query, sub: Query, subAnswer: Answer): Outcome {
    const { outcome, rcode, answers } = subAnswer;
    this.seen.push(`depth ${sub.depth} outcome ${outcome} rcode ${rcode} answers ${answers}`);
    if (outcome !== WRITTEN) return outcome;
    parent.answer.start(parent, rcode, 0);
    if (answers > 0) {
      const rdata = subAnswer.end - 4;
      parent.answer.recordFrom(12, parent.nameLength, 1, 1, 7, subAnswer.bytes, rdata, 4);
    }
    return WRITTEN;
  }
}

/** Remembers what it was asked with, and passes it on. */
class Witness implements Handler {
  readonly queries: Record<string, unknown>[] = [];
  serve(query: Query): Outcome {
    const { depth, proto, limit, klass, edns, udpSize, dnssecOk, echoLength, id, bytes, peerAt, flags } = query;
    const peer = peerText(bytes, peerAt);
    const parent = query.parent !== null;
    this.queries.push({ depth, proto, limit, klass, edns, udpSize, dnssecOk, echoLength, id, peer, flags, parent });
    return NEXT;
  }
}

class Keeper implements Handler {
  readonly kept: Query[] = [];
  serve(query: Query): Outcome {
    this.kept.push(query);
    return LATER;
  }
}

const A: Question = { name: 'alias.test.', type: 'A' };
const target = (): ScriptHandler => new ScriptHandler({ answer: ['www.example. 5 IN A 192.0.2.1'] });

/** `alias.test.` asks for `www.example.`, which the other handlers answer. */
function rigOf(...handlers: Handler[]): { rig: CoreRig; follower: Follower } {
  let follower: Follower | undefined;
  const rig = new CoreRig((host) => {
    follower = new Follower(host, 'www.example.');
    return [
      { zones: ['test.'], handlers: [follower] },
      { zones: ['example.'], handlers },
    ];
  });
  return { rig, follower: follower as unknown as Follower };
}

describe('a lookup that is answered at once', () => {
  it('goes through dispatch to another block and back', () => {
    const script = target();
    const { rig, follower } = rigOf(script);
    const got = rig.ask(A);
    assert.deepEqual(got.answer, ['alias.test. 7 IN A 192.0.2.1']);
    assert.deepEqual(script.asked, ['www.example. 1']);
    assert.deepEqual(follower.seen, ['depth 1 outcome -1 rcode 0 answers 1']);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  const rows: readonly [name: string, handler: Handler, rcode: string][] = [
    ['an rcode that the core would write', new ScriptHandler({ outcome: 3 }), 'NXDOMAIN'],
    ['an answer that says so', new ScriptHandler({ rcode: 'NXDOMAIN' }), 'NXDOMAIN'],
    ['a handler that throws', { serve: () => assert.fail('a bug') }, 'SERVFAIL'],
  ];
  for (const [name, handler, rcode] of rows)
    it(`tells of ${name}`, () => {
      const { rig } = rigOf(handler);
      assert.equal(rig.ask(A).rcode, rcode);
      assert.equal(rig.thread.pool.inFlight, 0);
    });

  it('tells of a name that no block takes, which counts as dropped', () => {
    const rig = new CoreRig((host) => [{ zones: ['test.'], handlers: [new Follower(host, 'www.example.')] }]);
    assert.equal(rig.ask(A).rcode, 'REFUSED');
    assert.equal(rig.counted('coredns_dns_responses_total').length, 1);
  });
});

describe('what the lookup has of its parent', () => {
  it('client, id, flags and EDNS; but class IN and no limit of UDP', () => {
    const witness = new Witness();
    const rig = new CoreRig(
      (host) => [
        { zones: ['test.'], handlers: [witness, new Follower(host, 'www.example.')] },
        { zones: ['example.'], handlers: [witness, target()] },
      ],
      { anyClass: true },
    );
    const cookie = '000a00080102030405060708';
    const question = encodeQuestion({ ...A, klass: 'CH', edns: { size: 1232, dnssecOk: true }, client: '2001:db8::7' });
    const message = Buffer.concat([question, Buffer.from(cookie, 'hex')]);
    message.writeUInt16BE(12, question.length - 2);
    rig.send(message, { client: '2001:db8::7' });
    const [parent, sub] = witness.queries;
    assert.deepEqual(parent, {
      depth: 0,
      proto: 0,
      limit: 1232,
      klass: 3,
      edns: 1,
      udpSize: 1232,
      dnssecOk: 1,
      echoLength: 12,
      id: 4660,
      peer: '2001:db8::7',
      flags: 0x0100,
      parent: false,
    });
    assert.deepEqual(sub, { ...parent, depth: 1, proto: 1, limit: 65_535, klass: 1, parent: true });
  });
  it('no EDNS, when the client sent none', () => {
    const witness = new Witness();
    const { rig } = rigOf(witness, target());
    rig.ask(A);
    assert.equal(witness.queries[0]['edns'], 0);
  });
});

describe('a lookup that has to wait', () => {
  it('resumes its parent, which waits as well', () => {
    const keeper = new Keeper();
    const { rig } = rigOf(keeper, target());
    assert.equal(rig.send(encodeQuestion(A)), 'waiting');
    assert.equal(rig.thread.pool.inFlight, 2);
    keeper.kept[0].resume(NEXT);
    assert.deepEqual(rig.late[0]?.answer, ['alias.test. 7 IN A 192.0.2.1']);
    assert.equal(rig.late[0]?.question, 'alias.test. IN A');
    assert.equal(rig.thread.pool.inFlight, 0);
  });
  it('a client that gets nothing, and a parent that is told so', () => {
    const keeper = new Keeper();
    const { rig, follower } = rigOf(keeper);
    rig.send(encodeQuestion(A));
    keeper.kept[0].resume(-4);
    assert.deepEqual([rig.late, follower.seen], [[undefined], ['depth 1 outcome -4 rcode 0 answers 0']]);
  });
  it('lookups within lookups come up one after the other', () => {
    const keeper = new Keeper();
    const followers: Follower[] = [];
    const rig = new CoreRig((host) => {
      followers.push(new Follower(host, 'b.two.'), new Follower(host, 'www.example.'));
      return [
        { zones: ['test.'], handlers: [followers[0]] },
        { zones: ['two.'], handlers: [followers[1]] },
        { zones: ['example.'], handlers: [keeper, target()] },
      ];
    });
    rig.send(encodeQuestion(A));
    assert.equal(keeper.kept[0].depth, 2);
    keeper.kept[0].resume(NEXT);
    assert.deepEqual(rig.late[0]?.answer, ['alias.test. 7 IN A 192.0.2.1']);
    assert.deepEqual(
      followers.map(({ seen }) => seen),
      [['depth 1 outcome -1 rcode 0 answers 1'], ['depth 2 outcome -1 rcode 0 answers 1']],
    );
    assert.equal(rig.thread.pool.inFlight, 0);
  });
});

describe('limits', () => {
  /** A name that stands for itself. */
  const selfish = (): { rig: CoreRig; follower: Follower } => {
    let follower: Follower | undefined;
    const rig = new CoreRig((host) => {
      follower = new Follower(host, 'alias.test.');
      return [{ zones: ['test.'], handlers: [follower] }];
    });
    return { rig, follower: follower as unknown as Follower };
  };
  it('a loop of lookups ends, and everything is given back', () => {
    const { rig, follower } = selfish();
    assert.equal(rig.ask(A).rcode, 'SERVFAIL');
    assert.ok(follower.seen.length > 0 && follower.seen.length <= 10);
    assert.equal(rig.thread.pool.inFlight, 0);
  });
  it('one object is left for the next query from the network', () => {
    const { rig } = rigOf(target());
    const { pool } = rig.thread;
    const taken: Query[] = [];
    while (pool.available > 2) taken.push(pool.acquire() as Query);
    assert.equal(rig.ask(A).rcode, 'SERVFAIL');
    taken.pop()?.release();
    assert.equal(rig.ask(A).rcode, 'NOERROR');
  });
  it('a lookup with 2,000 octets of EDNS options is a message like any other', () => {
    const witness = new Witness();
    const { rig } = rigOf(witness, target());
    const question = encodeQuestion({ ...A, edns: { size: 1232 } });
    const option = Buffer.alloc(2000);
    option.writeUInt16BE(65_001, 0);
    option.writeUInt16BE(1996, 2);
    const message = Buffer.concat([question, option]);
    message.writeUInt16BE(2000, question.length - 2);
    assert.ok(rig.send(message, { proto: 'tcp' }) instanceof Uint8Array);
    assert.equal(witness.queries[0]['edns'], 1);
  });
});
