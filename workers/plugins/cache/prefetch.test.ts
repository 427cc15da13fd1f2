// What is popular is asked for again before it expires (behaviour D cache prefetch).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Script } from '../../testing/script.ts';
import { Stage, sharedAnswers } from './scene.ts';

const answer = (n: number, ttl = 20): Script => ({ answer: [`a.test. ${ttl} IN A 192.0.2.${n}`] });
const text = (n: number, ttl: number): string => `a.test. ${ttl} IN A 192.0.2.${n}`;

/** A stage with an answer whose TTL is 20. */
function opened(prefetch: string): Stage {
  const stage = new Stage(`cache {\n prefetch ${prefetch}\n}`);
  stage.fill(answer(1));
  return stage;
}

/** Hits at these seconds. Returns how many refreshes have begun. */
function hitAt(stage: Stage, seconds: readonly number[]): number {
  let now = 0;
  for (const second of seconds) {
    stage.wait(second - now);
    now = second;
    stage.ask();
  }
  return stage.upstreams.held.length;
}

describe('prefetch', () => {
  const rows: readonly (readonly [prefetch: string, hits: readonly number[], begun: number, why: string])[] = [
    ['2 1m 10%', [18, 18], 1, 'popular and about to expire'],
    ['2 1m 10%', [1, 18], 1, 'hits count from the beginning'],
    ['2 1m 10%', [1, 17], 0, 'too early'],
    ['2 1m 50%', [1, 10], 1, 'half of the TTL'],
    ['2 1m 50%', [1, 9], 0, 'before half of the TTL'],
    ['2 1m 11%', [1, 17], 1, 'a part of a second is a whole one'],
    ['3 1m 10%', [17, 18], 0, 'too few hits'],
    ['1 1m 10%', [19], 1, 'a single hit'],
    ['2 5s 10%', [1, 7, 12, 18], 0, 'gaps that are too long'],
    ['2 5s 10%', [1, 15, 18], 1, 'a row that begins anew'],
    ['2 1m 10%', [18, 18, 18, 19, 19], 1, 'one at a time'],
    ['0', [18, 18, 19, 19], 0, 'switched off'],
  ];
  for (const [prefetch, hits, begun, why] of rows)
    it(`${prefetch}: ${why}`, () => {
      const stage = opened(prefetch);
      assert.equal(hitAt(stage, hits), begun);
      assert.equal(stage.counts['prefetch'] ?? 0, begun);
    });
  it('nobody waits, and the next client gets what has come', () => {
    const stage = opened('1');
    stage.wait(18);
    assert.equal(stage.text(), text(1, 2));
    stage.upstreams.answer(answer(2));
    assert.equal(stage.text(), text(2, 20));
    assert.deepEqual(stage.counts, { requests: 3, misses: 1, 'hits success': 2, prefetch: 1 });
    assert.ok(stage.idle);
  });
  it('popularity outlives the refresh, but not the end', () => {
    const stage = opened('3');
    hitAt(stage, [16, 17, 18]);
    stage.upstreams.answer(answer(2));
    stage.wait(18);
    stage.ask();
    assert.equal(stage.upstreams.held.length, 1, 'the fourth hit in a row');
    stage.upstreams.answer(answer(3));
    stage.wait(21);
    stage.fill(answer(4));
    stage.wait(18);
    stage.ask();
    assert.equal(stage.upstreams.held.length, 0, 'the first hit of a new answer');
  });
  const failures: readonly (readonly [name: string, script: Script])[] = [
    ['a failure', { rcode: 'SERVFAIL' }],
    ['a failure that is not written', { outcome: 2 }],
    ['REFUSED', { rcode: 'REFUSED' }],
  ];
  for (const [name, script] of failures)
    it(`${name} changes nothing, and there is another try a second later`, () => {
      const stage = opened('1');
      stage.wait(18);
      stage.ask();
      stage.upstreams.answer(script);
      assert.equal(stage.text(), text(1, 2));
      assert.equal(stage.upstreams.held.length, 0);
      stage.wait(1);
      assert.equal(stage.text(), text(1, 1));
      assert.equal(stage.upstreams.held.length, 1);
      assert.equal(stage.counts['refresh_failures'], 1);
    });
  it('denials, too', () => {
    const soa = 'test. 20 IN SOA ns.test. host.test. 1 7200 1800 86400 9';
    const stage = new Stage('cache {\n prefetch 1\n}');
    stage.fill({ rcode: 'NXDOMAIN', authority: [soa] });
    stage.wait(18);
    stage.ask();
    stage.upstreams.answer(answer(2));
    assert.equal(stage.text(), text(2, 20));
  });
  it('one refresh for all threads', () => {
    const segment = sharedAnswers();
    const stages = [0, 1, 2].map(() => new Stage('cache {\n prefetch 2\n}', [], segment));
    stages[0].fill(answer(1));
    for (const stage of stages) {
      stage.wait(18);
      for (let i = 0; i < 5; i++) stage.ask();
    }
    assert.deepEqual(
      stages.map(({ upstreams }) => upstreams.held.length),
      [1, 0, 0],
    );
  });
});
