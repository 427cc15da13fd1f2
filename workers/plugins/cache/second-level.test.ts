// The store behind the tables: asked after a miss, raced with the upstreams when it is late, told what is new.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerEntry, type AnswerKey } from '#answers/entry.ts';
import type { Handler } from '../../chain/handler.ts';
import type { Query } from '../../query/query.ts';
import type { Script } from '../../testing/script.ts';
import { Stage } from './scene.ts';
import { type SecondLevel, type SecondLevelTaker, SHARE, type Share } from './second-level.ts';

const OURS: Script = { answer: ['a.test. 20 IN A 192.0.2.1'] };
const OURS_TEXT = 'a.test. 20 IN A 192.0.2.1';
const SOA = 'test. 20 IN SOA ns.test. host.test. 1 7200 1800 86400 9';

/** One that is told what to say. */
class Store implements SecondLevel, Handler {
  readonly secondLevel = this;
  open = true;
  readonly tickets: number[] = [];
  readonly puts: string[] = [];
  taker: SecondLevelTaker | undefined;

  ask(_query: Query, key: AnswerKey, ticket: number, taker: SecondLevelTaker): boolean {
    assert.equal(key.bytes[key.nameAt], 1);
    if (!this.open) return false;
    this.tickets.push(ticket);
    this.taker = taker;
    return true;
  }

  put(_query: Query, share: Share, key: AnswerKey, entry: AnswerEntry, bytes: Uint8Array, at: number): void {
    const body = Buffer.from(bytes.slice(at, at + entry.bodyLength)).toString('hex');
    this.puts.push(`${share} ${key.type} ${entry.answers}/${entry.authorities} ${entry.ttl} ${body.slice(0, 4)}`);
  }

  /** An A record, or what is said instead. */
  give(share: Share = SHARE.SUCCESS, change: Partial<AnswerEntry> = {}): void {
    const body = Buffer.from('c00c000100010000000700 04c0000209'.replace(' ', ''), 'hex');
    const entry = Object.assign(new AnswerEntry(), {
      bodyLength: body.length,
      answers: 1,
      ttl: 15,
      plainSize: 46,
      flags: 0x80,
      ...change,
    });
    this.taker?.found(this.#ticket(), share, entry, body, 0);
  }

  miss(): void {
    this.taker?.missed(this.#ticket());
  }

  late(): void {
    this.taker?.late(this.tickets[0]);
  }

  #ticket(): number {
    const ticket = this.tickets.shift();
    assert.ok(ticket !== undefined, 'nothing was asked');
    return ticket;
  }
}

function open(corefile = 'cache'): { stage: Stage; store: Store } {
  const store = new Store();
  return { store, stage: new Stage(corefile, [store]) };
}

const THEIRS = 'a.test. 15 IN A 192.0.2.9';

describe('a name of this server’s own', () => {
  it('is asked for once: then nobody else needs to be asked, until it is not its own any more', () => {
    const { stage, store } = open();
    stage.upstreams.script = OURS;
    stage.upstreams.local = true;
    stage.ask();
    store.miss();
    assert.deepEqual([stage.text(), stage.text(), store.tickets], [OURS_TEXT, OURS_TEXT, []]);
    stage.upstreams.local = false;
    assert.equal(stage.text(), OURS_TEXT);
    stage.wait(60);
    stage.ask();
    assert.equal(store.tickets.length, 1);
    store.miss();
  });
});

describe('after a miss', () => {
  it('what the store has is given as a hit, and kept', () => {
    const { stage, store } = open();
    assert.equal(stage.text(), 'waiting');
    store.give();
    assert.equal(stage.rig.late[0]?.flags, 'qr,aa,rd,ra');
    assert.deepEqual(stage.late(), [THEIRS]);
    assert.equal(stage.text(), THEIRS);
    assert.deepEqual([stage.upstreams.asked, store.puts], [0, []]);
    assert.deepEqual(stage.counts, { requests: 2, misses: 1, 'hits success': 1 });
    assert.ok(stage.idle);
  });
  it('a denial belongs to denials', () => {
    const { stage, store } = open();
    stage.ask();
    store.give(SHARE.DENIAL, { answers: 0, bodyLength: 0, flags: 3 });
    assert.deepEqual([stage.late(), stage.text()], [['NXDOMAIN'], 'NXDOMAIN']);
    assert.equal(stage.counts['hits denial'], 1);
  });
  it('what it does not have is asked for', () => {
    const { stage, store } = open();
    stage.ask();
    store.miss();
    assert.deepEqual(stage.upstreams.seen, ['ad 1 whole 1 depth 0']);
    stage.upstreams.answer(OURS);
    assert.deepEqual([stage.late(), store.puts], [[OURS_TEXT], ['1 1 1/0 20 c00c']]);
    assert.deepEqual(stage.counts, { requests: 1, misses: 1 });
    assert.ok(stage.idle);
  });
  it('those behind are asked at once when it does not want to be', () => {
    const { stage, store } = open();
    store.open = false;
    stage.ask();
    assert.equal(stage.upstreams.held.length, 1);
  });
  const bad: readonly (readonly [name: string, change: Partial<AnswerEntry>])[] = [
    ['more records than there are', { answers: 2 }],
    ['no time left', { ttl: 0 }],
    ['half a record', { bodyLength: 9 }],
  ];
  for (const [name, change] of bad)
    it(`an answer with ${name} is none`, () => {
      const { stage, store } = open();
      stage.ask();
      store.give(SHARE.SUCCESS, change);
      assert.equal(stage.upstreams.held.length, 1);
      stage.upstreams.answer(OURS);
      assert.deepEqual(stage.late(), [OURS_TEXT]);
    });
});

describe('when it is late', () => {
  it('the upstream answers first', () => {
    const { stage, store } = open();
    stage.ask();
    store.late();
    stage.upstreams.answer(OURS);
    assert.deepEqual(stage.late(), [OURS_TEXT]);
    store.give();
    assert.deepEqual([stage.late(), stage.text()], [[], OURS_TEXT]);
    assert.deepEqual([store.puts.length, stage.counts['misses'], stage.idle], [1, 1, true]);
  });
  it('the store answers first; what comes later is newer', () => {
    const { stage, store } = open();
    stage.ask();
    store.late();
    store.give();
    assert.deepEqual([stage.late(), stage.text()], [[THEIRS], THEIRS]);
    stage.upstreams.answer(OURS);
    assert.deepEqual([stage.late(), stage.text()], [[], OURS_TEXT]);
    assert.deepEqual([stage.counts['misses'], stage.idle], [1, true]);
  });
  it('a miss leaves the rest to the upstream', () => {
    const { stage, store } = open();
    stage.ask();
    store.late();
    store.late();
    store.miss();
    assert.equal(stage.upstreams.held.length, 1);
    stage.upstreams.answer(OURS);
    assert.deepEqual([stage.late(), stage.idle], [[OURS_TEXT], true]);
  });
  it('upstreams that fail leave the rest to the store', () => {
    for (const found of [true, false]) {
      const { stage, store } = open();
      stage.ask();
      store.late();
      stage.upstreams.answer({ outcome: 2 });
      assert.deepEqual(stage.late(), []);
      if (found) store.give();
      else store.miss();
      assert.deepEqual([stage.late(), stage.idle], [[found ? THEIRS : 'SERVFAIL'], true]);
    }
  });
  it('those behind answer at once', () => {
    const { stage, store } = open();
    stage.ask();
    stage.upstreams.script = OURS;
    store.late();
    assert.deepEqual(stage.late(), [OURS_TEXT]);
    store.miss();
    assert.ok(stage.idle);
  });
  it('nothing is left behind when there is no room to ask', () => {
    const { stage, store } = open();
    stage.ask();
    const { pool } = stage.rig.thread;
    const taken = [];
    while (pool.available > 1) taken.push(pool.acquire());
    store.late();
    assert.equal(stage.upstreams.seen[0], 'ad 1 whole 1 depth 0', 'the query goes its own way');
    for (const query of taken) query?.release();
    stage.upstreams.answer(OURS);
    store.give();
    assert.deepEqual([stage.late(), stage.idle], [[OURS_TEXT], true]);
  });
});

describe('what the store is told', () => {
  const rows: readonly (readonly [name: string, script: Script, puts: string[]])[] = [
    ['an answer', OURS, ['1 1 1/0 20 c00c']],
    ['a denial', { rcode: 'NXDOMAIN', authority: [SOA] }, ['2 1 0/1 20 0474']],
    ['not of a failure', { rcode: 'SERVFAIL' }, []],
    ['not of what is not kept', { rcode: 'REFUSED' }, []],
  ];
  for (const [name, script, puts] of rows)
    it(name, () => {
      const { stage, store } = open();
      store.open = false;
      stage.fill(script);
      assert.deepEqual(store.puts, puts);
    });
  it('not of answers that a plugin makes from its own data', () => {
    const store = new Store();
    store.open = false;
    const local: Handler = {
      finish: (_, answer) => {
        answer.local = true;
      },
    };
    const stage = new Stage('cache', [store, local]);
    stage.fill(OURS);
    assert.deepEqual(store.puts, []);
  });
  it('refreshes ask upstreams, and it hears of the result', () => {
    const { stage, store } = open('cache {\n serve_stale\n}');
    store.open = false;
    stage.fill(OURS);
    stage.wait(21);
    store.open = true;
    stage.ask();
    assert.deepEqual(store.tickets, []);
    stage.upstreams.answer(OURS);
    assert.equal(store.puts.length, 2);
  });
});
