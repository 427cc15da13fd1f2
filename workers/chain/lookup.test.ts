// Internal lookups: the whole server asked again on behalf of a query, at once and later (behaviour B3).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerText } from '#native/datagram.ts';
import { encodeName } from '#wire/name.ts';
import type { Answer } from '../query/answer.ts';
import { PROTO_TCP, type Query, type Responder } from '../query/query.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { CoreRig } from '../testing/core.ts';
import { type Script, ScriptHandler } from '../testing/script.ts';
import type { Asker, Handler, Host, RepeatedAsker } from './handler.ts';
import { AGAIN, LATER, NEXT, type Outcome, WRITTEN } from './outcome.ts';

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

/** Asks those behind it for its own name with other suffixes, until one of them has an answer. */
class Searcher implements Handler, RepeatedAsker {
  readonly #host: Host;
  readonly #suffixes: readonly Uint8Array[];
  readonly seen: string[] = [];

  constructor(host: Host, suffixes: readonly string[]) {
    this.#host = host;
    this.#suffixes = suffixes.map(encodeName);
  }

  serve(query: Query): Outcome {
    query.token = 0;
    return this.#ask(query);
  }

  /** One label of the name stays. */
  #ask(query: Query): Outcome {
    const suffix = this.#suffixes[query.token];
    return suffix === undefined ? 3 : this.#host.lookup.askBehind(query, this, query.labelAt[1], suffix, 0);
  }

  answered(parent: Query, sub: Query, subAnswer: Answer): Outcome {
    this.seen.push(`${parent.token}: outcome ${subAnswer.outcome} rcode ${subAnswer.rcode} limit ${sub.limit}`);
    if (subAnswer.outcome !== WRITTEN) return subAnswer.outcome;
    if (subAnswer.rcode !== 0) return AGAIN;
    parent.answer.start(parent, 0, 0);
    return WRITTEN;
  }

  again(parent: Query): Outcome {
    parent.token++;
    return this.#ask(parent);
  }
}

describe('lookups through those behind a handler', () => {
  const SUFFIXES = ['one.', 'two.test.', 'three.test.'];
  /** A handler that says when it is called. */
  const watching = (log: string[], name: string): Handler => ({
    serve: (query) => {
      log.push(`${name} down ${query.depth}`);
      return NEXT;
    },
    finish: (query, answer) => void log.push(`${name} up ${query.depth} ${answer.outcome}`),
  });
  const found = (name: string): Script => (name === 'www.three.test.' ? {} : { rcode: 'NXDOMAIN' });

  function rigWith(behind: readonly Handler[], log: string[] = []): { rig: CoreRig; searcher: Searcher } {
    let searcher: Searcher | undefined;
    const rig = new CoreRig((host) => {
      searcher = new Searcher(host, SUFFIXES);
      return [{ zones: ['.'], handlers: [watching(log, 'front'), searcher, watching(log, 'behind'), ...behind] }];
    });
    return { rig, searcher: searcher as unknown as Searcher };
  }

  it('those in front see the query once, those behind every name; one object serves them all', () => {
    const log: string[] = [];
    const script = new ScriptHandler(found);
    const { rig, searcher } = rigWith([script], log);
    assert.equal(rig.ask({ name: 'www.zero.', type: 'A' }).rcode, 'NOERROR');
    assert.deepEqual(script.asked, ['www.one. 1', 'www.two.test. 1', 'www.three.test. 1']);
    const each = ['behind down 1', 'behind up 1 -1'];
    assert.deepEqual(log, ['front down 0', ...each, ...each, ...each, 'front up 0 -1']);
    assert.deepEqual(searcher.seen, [
      '0: outcome -1 rcode 3 limit 65535',
      '1: outcome -1 rcode 3 limit 65535',
      '2: outcome -1 rcode 0 limit 65535',
    ]);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  it('transport, class, client, flags and EDNS are the parent’s', () => {
    const witness = new Witness();
    const { rig } = rigWith([witness, new ScriptHandler({})]);
    rig.ask({ name: 'www.zero.', type: 'A', edns: { size: 1232, dnssecOk: true }, client: '192.0.2.9' });
    const [sub] = witness.queries;
    assert.deepEqual(
      [sub['depth'], sub['proto'], sub['klass'], sub['edns'], sub['udpSize'], sub['peer'], sub['flags']],
      [1, 0, 1, 1, 1232, '192.0.2.9', 0x0100],
    );
  });

  it('nobody behind has an answer: the error is that of the end of the chain', () => {
    const { rig } = rigWith([]);
    assert.equal(rig.ask({ name: 'www.zero.', type: 'A' }).rcode, 'SERVFAIL');
  });

  it('a handler that throws costs one SERVFAIL', () => {
    const { rig, searcher } = rigWith([{ serve: () => assert.fail('a bug') }]);
    assert.equal(rig.ask({ name: 'www.zero.', type: 'A' }).rcode, 'SERVFAIL');
    assert.deepEqual(searcher.seen, ['0: outcome 2 rcode 2 limit 65535']);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  it('waits for each of them', () => {
    const keeper = new Keeper();
    const log: string[] = [];
    const { rig } = rigWith([keeper, new ScriptHandler(found)], log);
    assert.equal(rig.send(encodeQuestion({ name: 'www.zero.', type: 'A' })), 'waiting');
    for (let i = 0; i < 3; i++) {
      assert.equal(rig.thread.pool.inFlight, 2);
      keeper.kept[i].resume(NEXT);
    }
    assert.equal(rig.late[0]?.question, 'www.zero. IN A');
    assert.equal(log.at(-1), 'front up 0 -1');
    assert.equal(log.filter((line) => line.startsWith('front')).length, 2);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  it('one object is left for the next query from the network', () => {
    const script = new ScriptHandler({});
    const { rig } = rigWith([script]);
    const { pool } = rig.thread;
    const taken: Query[] = [];
    while (pool.available > 2) taken.push(pool.acquire() as Query);
    rig.ask({ name: 'www.zero.', type: 'A' });
    taken.pop()?.release();
    rig.ask({ name: 'www.zero.', type: 'A' });
    assert.deepEqual(script.asked, ['www.zero. 1', 'www.one. 1']);
  });
});

/** Answers at once, and asks again apart from its client. */
class Refresher implements Handler, Responder {
  readonly seen: string[] = [];
  begun: boolean[] = [];
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  serve(query: Query, answer: Answer): Outcome {
    answer.start(query, 0, 0);
    query.authenticUpstream = 1;
    this.begun.push(this.#host.lookup.askApart(query, this, 7, PROTO_TCP));
    return WRITTEN;
  }

  respond(sub: Query, answer: Answer, length: number): void {
    const { ticket, klass, limit, authenticUpstream, parent, proto } = sub;
    this.seen.push(
      `${ticket} class ${klass} proto ${proto} limit ${limit} ad ${authenticUpstream} ${parent}: ${answer.outcome} ${length}`,
    );
    sub.release();
  }
}

describe('questions of nobody', () => {
  function rigWith(...behind: Handler[]): { rig: CoreRig; refresher: Refresher } {
    let refresher: Refresher | undefined;
    const rig = new CoreRig(
      (host) => {
        refresher = new Refresher(host);
        return [{ zones: ['.'], handlers: [refresher, ...behind] }];
      },
      { anyClass: true },
    );
    return { rig, refresher: refresher as unknown as Refresher };
  }

  it('those behind are asked what the client asked, and who began is told', () => {
    const script = new ScriptHandler({ answer: ['www.test. 5 IN A 192.0.2.1'] });
    const { rig, refresher } = rigWith(script);
    assert.deepEqual(rig.ask({ name: 'www.test.', type: 'A', klass: 'CH' }).answer, []);
    assert.deepEqual(script.asked, ['www.test. 1']);
    assert.deepEqual(refresher.seen, ['7 class 3 proto 1 limit 65535 ad 1 null: -1 42']);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  it('the client has its answer long before', () => {
    const keeper = new Keeper();
    const { rig, refresher } = rigWith(keeper, new ScriptHandler({}));
    assert.equal(rig.ask({ name: 'www.test.', type: 'A' }).rcode, 'NOERROR');
    assert.deepEqual([refresher.seen, rig.thread.pool.inFlight], [[], 1]);
    keeper.kept[0].resume(NEXT);
    assert.deepEqual(refresher.seen, ['7 class 1 proto 1 limit 65535 ad 1 null: -1 26']);
    assert.equal(rig.thread.pool.inFlight, 0);
  });

  it('a handler that throws has failed', () => {
    const { rig, refresher } = rigWith({ serve: () => assert.fail('a bug') });
    rig.ask({ name: 'www.test.', type: 'A' });
    assert.deepEqual(refresher.seen, ['7 class 1 proto 1 limit 65535 ad 1 null: 2 26']);
  });

  it('one object is left for the next query from the network', () => {
    const { rig, refresher } = rigWith(new ScriptHandler({}));
    const { pool } = rig.thread;
    const taken: Query[] = [];
    while (pool.available > 2) taken.push(pool.acquire() as Query);
    rig.ask({ name: 'www.test.', type: 'A' });
    taken.pop()?.release();
    rig.ask({ name: 'www.test.', type: 'A' });
    assert.deepEqual([refresher.begun, refresher.seen.length], [[false, true], 1]);
  });
});
