// Longest match of names among zones, against a plain model.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { encode } from 'dns-packet';
import { openArena } from '#native/arena.ts';
import { QueryPool } from '../query/pool.ts';
import { type Query, WORKSPACE } from '../query/query.ts';
import { readQuery } from '../query/read.ts';
import { ZoneSet } from './zones.ts';

const SEED = 77;
const arena = openArena(2 * WORKSPACE.BYTES + 1024);
const query = new QueryPool(arena, 1).acquire() as Query;
const AT = arena.allocate(600, 8);

function read(name: string): Query {
  const message = encode({ type: 'query', questions: [{ name, type: 'A' }] });
  arena.bytes.set(message, AT);
  readQuery(query, AT, message.length, SEED);
  return query;
}

const match = (zones: string[], name: string): string => zones[new ZoneSet(zones, SEED).match(read(name))] ?? 'none';

describe('ZoneSet.match', () => {
  const zones = ['cluster.local.', 'local.', 'in-addr.arpa.', '10.in-addr.arpa.', 'deep.er.example.org.'];
  const rows: [string, string[], string, string][] = [
    ['below a zone', zones, 'web.default.svc.cluster.local', 'cluster.local.'],
    ['the zone itself', zones, 'cluster.local', 'cluster.local.'],
    ['the longest counts', zones, '1.2.3.10.in-addr.arpa', '10.in-addr.arpa.'],
    ['its parent', zones, '1.2.3.11.in-addr.arpa', 'in-addr.arpa.'],
    ['letter case does not count (RFC 4343)', zones, 'WEB.Cluster.LOCAL', 'cluster.local.'],
    ['a suffix within a label is none', zones, 'web.mycluster.local', 'local.'],
    ['none', zones, 'example.org', 'none'],
    ['the root takes all', ['.', 'a.'], 'b', '.'],
    ['the root takes itself', ['.'], '.', '.'],
    ['an empty set takes nothing', [], 'a', 'none'],
  ];
  for (const [name, set, qname, expected] of rows) it(name, () => assert.equal(match(set, qname), expected));

  it('of equal zones the first counts', () => assert.equal(new ZoneSet(['a.', 'a.'], SEED).match(read('x.a')), 0));

  it('agrees with a model over random zones', () => {
    const label = (): string => 'abc'[randomInt(3)];
    const name = (length: number): string => Array.from({ length }, label).join('.');
    for (let round = 0; round < 300; round++) {
      const set = [...new Set(Array.from({ length: randomInt(1, 20) }, () => `${name(randomInt(1, 5))}.`))];
      const qname = name(randomInt(1, 7));
      const model =
        set.filter((zone) => `.${qname}.`.endsWith(`.${zone}`)).sort((a, b) => b.length - a.length)[0] ?? 'none';
      assert.equal(match(set, qname), model, `${qname} in ${set.join(' ')}`);
    }
  });
});

describe('ZoneSet.matchUpTo', () => {
  it('finds the parents one after the other', () => {
    const zones = new ZoneSet(['a.b.c.', 'b.c.', 'c.'], SEED);
    read('x.a.b.c');
    assert.deepEqual(
      [zones.matchUpTo(query, 3), zones.matchUpTo(query, 2), zones.matchUpTo(query, 1), zones.matchUpTo(query, 0)],
      [0, 1, 2, -1],
    );
  });
});
