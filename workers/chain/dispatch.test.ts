// Which block answers: the longest zone, the topmost one for DS, and which classes get in at all (behaviour B3).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Query } from '../query/query.ts';
import { ACCEPTED, readQuery } from '../query/read.ts';
import { encodeQuestion, type Question } from '../testing/case.ts';
import { TEST_SEED, TestThread } from '../testing/thread.ts';
import { Chain } from './chain.ts';
import { Dispatch } from './dispatch.ts';

const { pool, requestAt } = new TestThread();
const chains = new Map<string, Chain>();

/** One chain for each zone, found again by the zone's name. */
function dispatchOf(zones: readonly string[], anyClass = false): Dispatch {
  const served = zones.map((zone, i) => {
    const chain = chains.get(zone) ?? new Chain([], [], { complete: () => undefined });
    chains.set(zone, chain);
    return { zone, chain, zoneIndex: 10 + i };
  });
  return new Dispatch(served, anyClass, TEST_SEED);
}

/** Zone of the chain that answers, with the zone index; null for REFUSED. */
function find(dispatch: Dispatch, question: Question): [zone: string | undefined, index: number] | null {
  const query = pool.acquire() as Query;
  const request = encodeQuestion(question);
  query.bytes.set(request, requestAt);
  assert.equal(readQuery(query, requestAt, request.length, TEST_SEED), ACCEPTED);
  const found = dispatch.find(query);
  query.release();
  if (found === null) return null;
  return [[...chains].find(([, chain]) => chain === found)?.[0], query.zone];
}

const ZONES = ['.', 'local.', 'cluster.local.', 'a.cluster.local.', 'x.a.cluster.local.', 'example.org.'];

describe('the longest zone answers', () => {
  const rows: readonly [name: string, zone: string][] = [
    ['web.default.svc.cluster.local.', 'cluster.local.'],
    ['cluster.local.', 'cluster.local.'],
    ['CLUSTER.Local.', 'cluster.local.'],
    ['xcluster.local.', 'local.'],
    ['local.', 'local.'],
    ['b.x.a.cluster.local.', 'x.a.cluster.local.'],
    ['y.a.cluster.local.', 'a.cluster.local.'],
    ['www.example.org.', 'example.org.'],
    ['org.', '.'],
    ['.', '.'],
    [`${'l.'.repeat(110)}example.org.`, 'example.org.'],
  ];
  const dispatch = dispatchOf(ZONES);
  for (const [name, zone] of rows)
    it(`${name.slice(0, 40)} → ${zone}`, () => {
      assert.deepEqual(find(dispatch, { name, type: 'A' }), [zone, 10 + ZONES.indexOf(zone)]);
    });

  it('without a root zone other names are nobody’s', () => {
    const some = dispatchOf(['local.', 'example.org.']);
    for (const name of ['.', 'org.', 'com.', 'notexample.org.']) assert.equal(find(some, { name, type: 'A' }), null);
  });
  it('a listener without zones serves nobody', () => {
    assert.equal(find(dispatchOf([]), { name: 'a.', type: 'A' }), null);
  });
});

describe('DS belongs to the parent (behaviour B3.5, RFC 4035 §3.1.4.1)', () => {
  const rows: readonly [title: string, zones: readonly string[], name: string, zone: string | null][] = [
    ['the topmost zone that matches', ZONES, 'x.a.cluster.local.', 'local.'],
    ['however deep the name', ZONES, 'q.b.x.a.cluster.local.', 'local.'],
    ['not the root, when there is another', ZONES, 'example.org.', 'example.org.'],
    ['the root, when there is none', ZONES, 'www.test.', '.'],
    ['zones with gaps between them', ['x.a.cluster.local.', 'local.'], 'x.a.cluster.local.', 'local.'],
    ['no root zone', ['a.b.c.', 'c.'], 'a.b.c.', 'c.'],
    ['nobody', ['a.b.c.'], 'b.c.', null],
  ];
  for (const [title, zones, name, zone] of rows)
    it(title, () => {
      assert.equal(find(dispatchOf(zones), { name, type: 'DS' })?.[0] ?? null, zone);
    });
});

describe('classes (behaviour B3.2)', () => {
  const rows: readonly [klass: string, anyClass: boolean, served: boolean][] = [
    ['IN', false, true],
    ['CH', false, false],
    ['HS', false, false],
    ['ANY', false, false],
    ['CH', true, true],
    ['ANY', true, true],
  ];
  for (const [klass, anyClass, served] of rows)
    it(`${klass} ${served ? 'enters' : 'is refused'} ${anyClass ? 'with' : 'without'} chaos or forward`, () => {
      assert.equal(find(dispatchOf(['.'], anyClass), { name: 'a.', type: 'TXT', klass }) !== null, served);
    });
});

it('every chain is named once, however many zones it has', () => {
  const chain = new Chain([], [], { complete: () => undefined });
  const other = new Chain([], [], { complete: () => undefined });
  const dispatch = new Dispatch(
    [
      { zone: 'a.', chain, zoneIndex: 0 },
      { zone: 'b.', chain, zoneIndex: 1 },
      { zone: 'c.', chain: other, zoneIndex: 0 },
    ],
    false,
    TEST_SEED,
  );
  assert.deepEqual([...dispatch.chains()], [chain, other]);
});
