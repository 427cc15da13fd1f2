// What has expired: given at once or after a check, refreshed behind the client's back, and when not (behaviour D cache, RFC 8767, RFC 8914).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROTO_TCP, PROTO_UDP } from '../../query/query.ts';
import type { Script } from '../../testing/script.ts';
import { Stage, sharedAnswers } from './scene.ts';

const SOA = 'test. 20 IN SOA ns.test. host.test. 1 7200 1800 86400 9';
const OLD: Script = { answer: ['a.test. 20 IN A 192.0.2.1'] };
const NEW: Script = { answer: ['a.test. 20 IN A 192.0.2.2'] };
const GONE: Script = { rcode: 'NXDOMAIN', authority: [SOA] };
const FAILURE: Script = { rcode: 'SERVFAIL' };
const STALE = 'a.test. 0 IN A 192.0.2.1';
const FRESH = 'a.test. 20 IN A 192.0.2.2';

const stanza = (...lines: string[]): string => `cache {\n${lines.map((line) => ` ${line}\n`).join('')}}`;

/** A stage on which OLD expired a second ago. */
function expired(...lines: string[]): Stage {
  const stage = new Stage(stanza(...lines));
  stage.fill(OLD);
  stage.wait(21);
  return stage;
}

describe('serve_stale immediate', () => {
  it('gives at once what has expired and asks meanwhile', () => {
    const stage = expired('serve_stale 1h');
    assert.equal(stage.text(), STALE);
    assert.equal(stage.upstreams.held.length, 1);
    stage.upstreams.answer(NEW);
    assert.equal(stage.text(), FRESH);
    assert.deepEqual(stage.counts, { requests: 3, misses: 1, 'hits success': 2, served_stale: 1 });
    assert.ok(stage.idle);
  });
  it('a refresh is like the query of a client: AD for the upstream, room for a whole answer', () => {
    const stage = expired('serve_stale 1h');
    stage.ask();
    assert.equal(stage.upstreams.seen[1], 'ad 1 whole 0 depth 1');
    assert.equal(stage.upstreams.held[0].limit, 65_535);
  });
  it('what is too large for a datagram of the client is refreshed by TCP', () => {
    const stage = new Stage(stanza('serve_stale 1h'));
    const answer = Array.from({ length: 40 }, (_, i) => `a.test. 20 IN A 192.0.2.${i}`);
    stage.upstreams.script = { answer };
    stage.ask('a.test.', { proto: 'tcp' });
    stage.upstreams.script = null;
    stage.wait(21);
    assert.equal(stage.ask()?.flags, 'qr,aa,tc,rd');
    assert.equal(stage.upstreams.held[0].proto, PROTO_TCP);
    stage.upstreams.answer({ answer });
    assert.equal(stage.ask('a.test.', { proto: 'tcp' })?.answer.length, 40);
    stage.wait(21);
    stage.ask('a.test.', { edns: { size: 1232 } });
    assert.equal(stage.upstreams.held[0].proto, PROTO_UDP);
  });
  const ages: readonly (readonly [age: number, text: string])[] = [
    [19.999, 'a.test. 1 IN A 192.0.2.1'],
    [20, STALE],
    [79.9, STALE],
    [80, 'waiting'],
  ];
  for (const [age, text] of ages)
    it(`of 1 minute, ${age} seconds after an answer with a TTL of 20`, () => {
      const stage = new Stage(stanza('serve_stale 1m'));
      stage.fill(OLD);
      stage.wait(age);
      assert.equal(stage.text(), text);
    });
  it('with a TTL for what has expired', () => {
    assert.equal(expired('serve_stale 1h immediate 30s').text(), 'a.test. 30 IN A 192.0.2.1');
    assert.equal(expired('keepttl', 'serve_stale').text(), STALE);
  });
  const refreshed: readonly (readonly [name: string, script: Script, then: string])[] = [
    ['another answer', NEW, FRESH],
    ['a denial', GONE, SOA],
    ['a failure', FAILURE, STALE],
    ['a failure that is not written', { outcome: 2 }, STALE],
    ['REFUSED', { rcode: 'REFUSED' }, STALE],
    ['silence', { outcome: -4 }, STALE],
    ['an alias that leads nowhere', { answer: ['a.test. 20 IN CNAME b.test.'] }, STALE],
  ];
  for (const [name, script, then] of refreshed)
    it(`a refresh that brings ${name}`, () => {
      const stage = expired('serve_stale 1h');
      stage.ask();
      stage.upstreams.answer(script);
      assert.equal(stage.text(), then);
      assert.ok(stage.idle);
    });
  it('one refresh at a time, for all threads', () => {
    const segment = sharedAnswers();
    const stages = [0, 1].map(() => new Stage(stanza('serve_stale 1h'), [], segment));
    stages[0].fill(OLD);
    for (const stage of stages) {
      stage.wait(21);
      for (let i = 0; i < 3; i++) assert.equal(stage.text(), STALE);
    }
    assert.deepEqual(
      stages.map(({ upstreams }) => upstreams.held.length),
      [1, 0],
    );
    stages[0].upstreams.answer(NEW);
    assert.equal(stages[1].text(), FRESH);
  });
  it('a refresh whose thread has died is taken over', () => {
    const stage = expired('serve_stale 1h');
    stage.ask();
    stage.wait(5);
    stage.ask();
    assert.equal(stage.upstreams.held.length, 1);
    stage.wait(1);
    stage.ask();
    assert.equal(stage.upstreams.held.length, 2);
  });
  const rechecks: readonly (readonly [lines: string, seconds: number, asked: number])[] = [
    ['serve_stale 1h', 0.9, 2],
    ['serve_stale 1h', 1, 3],
    ['serve_stale 1h immediate 0s 30s', 29.9, 2],
    ['serve_stale 1h immediate 0s 30s', 30, 3],
  ];
  for (const [lines, seconds, asked] of rechecks)
    it(`${lines}: after a failure the next refresh, ${seconds} seconds later, ${asked > 2 ? 'takes place' : 'does not'}`, () => {
      const stage = expired(lines);
      stage.ask();
      stage.upstreams.answer(FAILURE);
      stage.wait(seconds);
      assert.equal(stage.text(), STALE);
      assert.equal(stage.upstreams.asked, asked);
      assert.equal(stage.counts['refresh_failures'], 1);
    });
  it('what was denied is denied on, what had failed is asked for again', () => {
    const denied = new Stage(stanza('serve_stale 1h'));
    denied.fill(GONE);
    denied.wait(21);
    assert.equal(denied.text(), SOA.replace(' 20 ', ' 0 '));
    const failed = new Stage(stanza('serve_stale 1h'));
    failed.fill(FAILURE);
    failed.wait(6);
    assert.equal(failed.text(), 'waiting');
  });
  it('without it nothing that has expired is given', () => {
    const stage = new Stage('cache');
    stage.fill(OLD);
    stage.wait(20);
    assert.equal(stage.text(), 'waiting');
  });
  it('refreshes are bounded: no client waits for the others', () => {
    const stage = new Stage(stanza('serve_stale 1h'));
    for (let i = 0; i < 20; i++) stage.fill({ answer: [`n${i}.test. 20 IN A 192.0.2.1`] }, `n${i}.test.`);
    stage.wait(21);
    for (let i = 0; i < 20; i++) assert.equal(stage.text(`n${i}.test.`), `n${i}.test. 0 IN A 192.0.2.1`);
    const { refresh_rejects: rejects } = stage.counts;
    assert.equal(stage.upstreams.held.length + rejects, 20);
    assert.ok(rejects > 0, 'the pool of a test is small');
    while (stage.upstreams.held.length > 0) stage.upstreams.answer(NEW);
    assert.ok(stage.idle);
    assert.equal(stage.text('n19.test.'), 'n19.test. 0 IN A 192.0.2.1');
    assert.equal(stage.upstreams.held.length, 1, 'and what was not refreshed can be');
  });
});

describe('serve_stale verify', () => {
  const outcomes: readonly (readonly [name: string, script: Script, text: string])[] = [
    ['something newer', NEW, FRESH],
    ['a denial', GONE, SOA],
    ['a failure', FAILURE, STALE],
    ['a failure that is not written', { outcome: 2 }, STALE],
    ['REFUSED', { rcode: 'REFUSED' }, STALE],
    ['silence', { outcome: -4 }, STALE],
  ];
  for (const [name, script, text] of outcomes)
    it(`waits, and there is ${name}`, () => {
      const stage = expired('serve_stale 1h verify');
      assert.equal(stage.text(), 'waiting');
      stage.upstreams.answer(script);
      assert.deepEqual(stage.late(), [text]);
      assert.ok(stage.idle);
    });
  for (const [name, script, text] of outcomes)
    it(`those behind know at once: ${name}`, () => {
      const stage = expired('serve_stale 1h verify 1s');
      stage.upstreams.script = script;
      assert.equal(stage.text(), text);
      assert.ok(stage.idle);
    });
  it('an answer that has come is that of a miss, cut for the client', () => {
    const stage = expired('serve_stale 1h verify');
    stage.ask();
    stage.upstreams.answer({
      flags: 0x0080,
      answer: Array.from({ length: 40 }, (_, i) => `a.test. 20 IN A 192.0.2.${i}`),
    });
    const [late] = stage.rig.late;
    assert.equal(late?.flags, 'qr,tc,rd,ra');
    assert.equal(late.answer.length, 30);
    assert.equal(stage.ask('a.test.', { proto: 'tcp' })?.answer.length, 40, 'all of it was kept');
  });
  it('not longer than it is told to; what comes later is kept', () => {
    const stage = expired('serve_stale 1h verify 100ms');
    assert.equal(stage.text(), 'waiting');
    assert.deepEqual(stage.deadlines.running, [100]);
    stage.deadlines.pass();
    assert.deepEqual(stage.late(), [STALE]);
    stage.upstreams.answer(NEW);
    assert.deepEqual(stage.late(), []);
    assert.equal(stage.text(), FRESH);
    assert.deepEqual(stage.counts, { requests: 3, misses: 1, 'hits success': 2, served_stale: 1 });
    assert.ok(stage.idle);
  });
  it('an answer in time stops the clock', () => {
    const stage = expired('serve_stale 1h verify 100ms');
    stage.ask();
    stage.upstreams.answer(NEW);
    assert.deepEqual([stage.late(), stage.deadlines.running], [[FRESH], []]);
  });
  it('every client has a check of its own', () => {
    const stage = expired('serve_stale 1h verify');
    stage.ask();
    stage.ask();
    assert.equal(stage.upstreams.held.length, 2);
    stage.upstreams.answer(NEW);
    stage.upstreams.answer(FAILURE);
    assert.deepEqual(stage.late(), [FRESH, 'a.test. 20 IN A 192.0.2.2']);
  });
  it('with a time to rest: one checks, the others get what there is, also for a while after it has failed', () => {
    const stage = expired('serve_stale 1h verify 0s 5s 30s');
    const stale = 'a.test. 5 IN A 192.0.2.1';
    assert.deepEqual([stage.text(), stage.text()], ['waiting', stale]);
    stage.upstreams.answer(FAILURE);
    assert.deepEqual(stage.late(), [stale]);
    stage.wait(29.9);
    assert.equal(stage.text(), stale);
    stage.wait(0.1);
    assert.equal(stage.text(), 'waiting');
  });
  it('when too much is under way there is no check', () => {
    const stage = expired('serve_stale 1h verify 1s 0s 30s');
    const { pool } = stage.rig.thread;
    const taken = [];
    while (pool.available > 2) taken.push(pool.acquire());
    assert.equal(stage.text(), STALE);
    assert.equal(stage.counts['refresh_rejects'], 1);
    for (const query of taken) query?.release();
    assert.equal(stage.text(), 'waiting', 'and it is nobody else’s');
  });
  it('what has expired for good while the client waited is a failure', () => {
    const stage = expired('serve_stale 1m verify 5s');
    stage.ask();
    stage.wait(60);
    stage.deadlines.pass();
    assert.deepEqual(stage.late(), ['SERVFAIL']);
  });
});

describe('serve_stale_policy prefer_positive', () => {
  const policy = ['serve_stale 1h verify', 'serve_stale_policy prefer_positive'];
  const kept: readonly (readonly [name: string, script: Script])[] = [
    ['a denial', GONE],
    ['no data', { authority: [SOA] }],
    ['no data without a SOA', {}],
    ['a delegation', { authority: ['test. 20 IN NS ns.test.'] }],
    ['a failure', FAILURE],
    ['an alias that ends with a denial', { answer: ['a.test. 20 IN CNAME b.test.'], authority: [SOA] }],
  ];
  for (const [name, script] of kept)
    it(`an answer that has expired is better than ${name}`, () => {
      const stage = expired(...policy);
      stage.ask();
      stage.upstreams.answer(script);
      assert.deepEqual(stage.late(), [STALE]);
      stage.ask();
      stage.upstreams.answer(NEW);
      assert.deepEqual(stage.late(), [FRESH]);
      assert.equal(stage.text(), FRESH);
    });
  for (const [name, script] of kept)
    it(`immediately, too: ${name}`, () => {
      const stage = expired('serve_stale 1h', 'serve_stale_policy prefer_positive');
      stage.ask();
      stage.upstreams.answer(script);
      assert.equal(stage.text(), STALE);
    });
  it('but not than nothing, and not for ever', () => {
    const stage = new Stage(stanza(...policy));
    stage.fill(GONE);
    assert.equal(stage.text(), SOA);
    stage.wait(21);
    stage.ask();
    stage.upstreams.answer(GONE);
    assert.deepEqual(stage.late(), [SOA]);
    const old = expired(...policy);
    old.wait(3600);
    assert.equal(old.text(), 'waiting');
  });
});

describe('Extended DNS Errors (RFC 8914)', () => {
  const EDNS = { edns: { size: 1232 } };
  const codes: readonly (readonly [name: string, script: Script, seconds: number, code: number | undefined])[] = [
    ['what is good has none', OLD, 1, undefined],
    ['Stale Answer', OLD, 21, 3],
    ['Stale Answer for a name without data', { authority: [SOA] }, 21, 3],
    ['Stale NXDOMAIN Answer', GONE, 21, 19],
    ['Cached Error', FAILURE, 1, 13],
  ];
  for (const [name, script, seconds, code] of codes)
    it(name, () => {
      const stage = new Stage(stanza('serve_stale 1h'));
      stage.fill(script);
      stage.wait(seconds);
      stage.ask('a.test.', EDNS);
      assert.equal(stage.infoCode, code);
      assert.equal(stage.ask()?.opt, undefined, 'clients without EDNS are told nothing');
    });
  it('takes its room from the records', () => {
    const stage = new Stage(stanza('serve_stale 1h'));
    // 24 octets of header and question, 16 a record, 11 for the OPT: 13 of 512 are left, 6 are needed.
    const answer = Array.from({ length: 29 }, (_, i) => `a.test. 20 IN A 192.0.2.${i}`);
    stage.fill({ answer }, 'a.test.');
    assert.equal(stage.ask('a.test.', { edns: { size: 512 } })?.answer.length, 29);
    stage.wait(21);
    const decoded = stage.ask('a.test.', { edns: { size: 512 } });
    assert.deepEqual([decoded?.answer.length, decoded?.flags, stage.infoCode], [29, 'qr,aa,rd', 3]);
    const narrow = new Stage(stanza('serve_stale 1h'));
    narrow.fill({ answer: [...answer.slice(0, 28), 'a.test. 20 IN TXT "0123456789abc"'] });
    narrow.wait(21);
    const cut = narrow.ask('a.test.', { edns: { size: 512 } });
    assert.deepEqual([cut?.answer.length, cut?.flags, narrow.infoCode], [28, 'qr,aa,tc,rd', 3]);
  });
});
