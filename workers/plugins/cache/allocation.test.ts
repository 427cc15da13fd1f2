// A hit that sets off a refresh, and the refresh itself, allocate nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collector } from '#native/collect.ts';
import { writePeer } from '#native/datagram.ts';
import type { Handler } from '../../chain/handler.ts';
import { WRITTEN } from '../../chain/outcome.ts';
import type { Query } from '../../query/query.ts';
import { encodeQuestion } from '../../testing/case.ts';
import { Stage } from './scene.ts';

const QUERIES = 100_000;
const WARM_UP = 50_000;
const TRIES = 4;
/** What late compilation takes; one small object for each query would be 24 times that. */
const ALLOWED = 64 * 1024;

const collect = collector();

/** One address with a TTL of 5: with `prefetch 1 1m 90%` every hit is due. */
const rdata = Uint8Array.of(192, 0, 2, 1);
const address: Handler = {
  serve: (query, answer) => {
    answer.start(query, 0, 0);
    answer.packed(12, query.nameLength, 1, 5, rdata, 0, 1, 0);
    return WRITTEN;
  },
};

test('one hundred thousand hits, each with a refresh', () => {
  const stage = new Stage('cache {\n prefetch 1 1m 90%\n}', [address]);
  const { thread, core, endpoint } = stage.rig;
  const { host, pool, requestAt, answerAt } = thread;
  const request = encodeQuestion({ name: 'a.test.', type: 'A' });
  host.arena.bytes.set(request, requestAt);
  writePeer(host.arena.bytes, requestAt + 32_768, '127.0.0.1', 40_000);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const query = pool.acquire() as Query;
      query.peerAt = requestAt + 32_768;
      core.handle(query, requestAt, request.length, endpoint, answerAt);
      query.release();
    }
  };
  let allocated = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && Math.abs(allocated) > ALLOWED; tries++) {
    run(WARM_UP);
    collect();
    const before = process.memoryUsage().heapUsed;
    run(QUERIES);
    allocated = process.memoryUsage().heapUsed - before;
  }
  assert.ok(Math.abs(allocated) <= ALLOWED, `${allocated} octets were allocated`);
  const { counts } = stage;
  assert.equal(counts['prefetch'], counts['hits success']);
  assert.equal(counts['misses'], 1);
});
