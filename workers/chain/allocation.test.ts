// The promise of the hot path: a query allocates nothing, and all queries and answers have one hidden class.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { collector } from '#native/collect.ts';
import { ClusterRig, QUESTIONS } from '../testing/cluster.ts';
import { decodeAnswer } from '../testing/decoded.ts';

const QUERIES = 1_000_000;
/** Rounds before, in which code is compiled and feedback collected, all of which lies on the heap; on a busy machine that takes longer. */
const WARM_UP = 200_000;
const TRIES = 4;
/** What timers and late compilation take; one small object for each query would be 240 times that. */
const ALLOWED = 64 * 1024;

const collect = collector();

describe('one million queries', () => {
  let rig: ClusterRig;
  before(async () => {
    rig = await ClusterRig.open();
  });
  after(() => rig.close());

  const answers: readonly [kind: string, rcode: string, answer: readonly string[]][] = [
    ['A', 'NOERROR', ['svc-7.ns-7.svc.cluster.local. 30 IN A 10.96.0.7']],
    ['A with EDNS', 'NOERROR', ['svc-7.ns-7.svc.cluster.local. 30 IN A 10.96.0.7']],
    ['NXDOMAIN', 'NXDOMAIN', []],
    ['SRV', 'NOERROR', ['_http._tcp.svc-7.ns-7.svc.cluster.local. 30 IN SRV 0 100 80 svc-7.ns-7.svc.cluster.local.']],
    ['AAAA-NODATA', 'NOERROR', []],
  ];
  for (const [kind, rcode, answer] of answers)
    it(`${kind}: is answered as it should be`, () => {
      const length = rig.ask(kind, 7);
      const { answerAt, host } = rig.thread;
      const got = decodeAnswer(host.arena.bytes.slice(answerAt, answerAt + length));
      assert.deepEqual([got.rcode, got.answer], [rcode, answer]);
    });

  it('leave no more on the heap than was there, and allocate nothing on the way', () => {
    const kinds = Object.keys(QUESTIONS);
    let allocated = Number.POSITIVE_INFINITY;
    let grown = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && (Math.abs(allocated) > ALLOWED || grown > ALLOWED); tries++) {
      for (const kind of kinds) rig.askMany(kind, WARM_UP / kinds.length);
      collect();
      const before = process.memoryUsage().heapUsed;
      for (const kind of kinds) rig.askMany(kind, QUERIES / kinds.length);
      allocated = process.memoryUsage().heapUsed - before;
      collect();
      grown = process.memoryUsage().heapUsed - before;
    }
    assert.ok(Math.abs(allocated) <= ALLOWED, `${allocated} octets were allocated`);
    assert.ok(grown <= ALLOWED, `the heap grew by ${grown} octets`);
  });
});

/** Runs in a process with V8's natives: exits with an error when a query or an answer has a map of its own. */
const SHAPES = `
const { ClusterRig, QUESTIONS } = await import(${JSON.stringify(new URL('../testing/cluster.ts', import.meta.url).href)});
const rig = await ClusterRig.open();
const { pool } = rig.thread;
const fresh = pool.acquire();
const check = (when) => {
  if (!%HaveSameMap(rig.query, fresh)) throw new Error('query ' + when);
  if (!%HaveSameMap(rig.query.answer, fresh.answer)) throw new Error('answer ' + when);
  if (!%HasFastProperties(rig.query) || !%HasFastProperties(rig.query.answer)) throw new Error('slow ' + when);
};
check('at first');
for (const kind of Object.keys(QUESTIONS)) {
  rig.askMany(kind, 20000);
  check('after ' + kind);
}
rig.query.retain();
check('after waiting');
rig.query.release();
const again = pool.acquire();
again.receivedAt = 0.5;
check('after coming back');
rig.close();
console.log('one shape');
process.exit(0);
`;

it('queries and answers keep one hidden class, however they were used', () => {
  const out = execFileSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', SHAPES], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(out, 'one shape\n');
});
