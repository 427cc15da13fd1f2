// What one thread sees of a table: finding, expiry, replacement, what survives a flood, limits.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Segment } from '#memory/segment.ts';
import { AnswerSegment } from './directory.ts';
import { AnswerEntry, type AnswerKey } from './entry.ts';
import { DESCRIPTOR, MAX_BODY_BYTES, MAX_RECORDS } from './layout.ts';
import { type AnswerTable, AnswerTables, descriptorWord, EVICTED, REFUSED, STORED } from './table.ts';
import { fill, keyOf, openTable, versionOf } from './testing/answers.ts';

const RING = 65_536;
const entry = new AnswerEntry();
const into = new Uint8Array(65_536);

function put(table: AnswerTable, n: number, version: number, seconds: number, ttl = 600): number {
  const body = fill(entry, n, version, ttl);
  return table.store(keyOf(n), entry, seconds, 0, body, 0);
}

/** Version of what is found, 0 for nothing. */
function get(table: AnswerTable, n: number, seconds: number, millis = 0): number {
  if (!table.find(keyOf(n), entry, seconds, millis, into, 0, into.length)) return 0;
  const version = versionOf(n, entry, into);
  assert.notEqual(version, -1, `what was found for ${n} is not an answer to it`);
  return version;
}

/** Keys of one set, with tags of their own. */
function sameSet(count: number): AnswerKey[] {
  return Array.from({ length: count }, (_, i) => Object.assign(keyOf(i), { hash: 0x1234, tag: i + 1 }));
}

describe('AnswerTable.find', () => {
  it('brings back what was stored', () => {
    const table = openTable(100, RING);
    assert.equal(put(table, 7, 3, 10), STORED);
    assert.equal(get(table, 7, 10), 3);
    assert.equal(entry.ttl, 600);
    assert.equal(get(table, 15, 10), 0);
  });
  const fields: readonly (readonly [name: string, change: (key: AnswerKey) => void])[] = [
    ['type', (key) => key.type++],
    ['class', (key) => key.klass++],
    ['flags', (key) => key.flags++],
    ['name', (key) => key.bytes[key.nameLength - 2]++],
    ['length of the name', (key) => key.nameLength--],
    ['tag', (key) => key.tag++],
  ];
  for (const [name, change] of fields) {
    it(`compares the ${name}, even when the hash is the same`, () => {
      const table = openTable(100, RING);
      put(table, 57, 1, 10);
      const key = keyOf(57);
      change(key);
      assert.ok(!table.find(key, entry, 10, 0, into, 0, 1000));
    });
  }
  it('tells answers apart whose hash and tag are the same', () => {
    const table = openTable(100, RING);
    const [a, b] = [8, 16].map((n) => Object.assign(keyOf(n), { hash: 1, tag: 1 }));
    const body = fill(entry, 8, 1, 600);
    table.store(a, entry, 10, 0, body, 0);
    assert.ok(table.find(a, entry, 10, 0, into, 0, 1000));
    assert.ok(!table.find(b, entry, 10, 0, into, 0, 1000));
  });
  it('writes nothing behind the room that it was given', () => {
    const table = openTable(100, RING);
    const body = fill(entry, 21, 2, 600);
    const { length } = body;
    table.store(keyOf(21), entry, 10, 0, body, 0);
    for (const room of [0, 1, 2, 3, 4, 5, 6, 7, 8, length - 1, length, length + 1, length + 100]) {
      into.fill(0xee);
      assert.ok(table.find(keyOf(21), entry, 10, 0, into, 5, room));
      const copied = Math.min(room, length);
      assert.equal(entry.bodyLength, length);
      assert.deepEqual(into.subarray(5, 5 + copied), body.subarray(0, copied), `room for ${room}`);
      assert.ok(
        into.subarray(5 + copied, length + 200).every((octet) => octet === 0xee),
        `room for ${room}`,
      );
    }
  });
  it('finds answers without a body and without records', () => {
    const table = openTable(100, RING);
    fill(entry, 0, 0, 600);
    Object.assign(entry, { bodyLength: 0, answers: 0, authorities: 0, additionals: 0 });
    table.store(keyOf(0), entry, 10, 0, into, 0);
    assert.ok(table.find(keyOf(0), entry, 10, 0, into, 0, 100));
    assert.deepEqual([entry.bodyLength, entry.records], [0, 0]);
  });
  const times: readonly (readonly [name: string, seconds: number, millis: number, remaining: number])[] = [
    ['counts from the moment of storing', 100, 500, 30],
    ['counts whole seconds', 101, 499, 30],
    ['counts down', 101, 500, 29],
    ['knows the last second', 130, 499, 1],
    ['expires', 130, 500, 0],
    ['stays expired', 9999, 0, 0],
    ['takes a clock that is a batch behind for the moment of storing', 100, 400, 30],
  ];
  for (const [name, seconds, millis, remaining] of times) {
    it(name, () => {
      const table = openTable(100, RING);
      const body = fill(entry, 1, 1, 30);
      table.store(keyOf(1), entry, 100, 500, body, 0);
      const found = table.find(keyOf(1), entry, seconds, millis, into, 0, 1000);
      assert.deepEqual([found, found ? entry.remaining : 0], [remaining > 0, remaining]);
    });
  }
  it('tells when the answer was hit before', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    const hits = [11, 11, 15].map((seconds) => {
      get(table, 1, seconds);
      return entry.lastHit;
    });
    assert.deepEqual(hits, [0, 11, 11]);
  });
});

describe('AnswerTable.countHit', () => {
  it('counts hits in a row and begins anew', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    put(table, 2, 1, 10);
    const count = (n: number, inRow: boolean): number => {
      get(table, n, 11);
      return table.countHit(inRow, 100);
    };
    assert.deepEqual(
      [count(1, true), count(1, true), count(2, true), count(1, true), count(1, false)],
      [1, 2, 1, 3, 1],
    );
    put(table, 1, 2, 12);
    assert.equal(count(1, true), 1, 'an answer that is stored again begins with none');
  });
  it('stops at what is enough', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    const counts = Array.from({ length: 5 }, () => {
      get(table, 1, 11);
      return table.countHit(true, 3);
    });
    assert.deepEqual(counts, [1, 2, 3, 3, 3]);
    get(table, 1, 11);
    assert.equal(table.countHit(false, 3), 1);
  });
  it('goes on where it was when the answer has been refreshed', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    get(table, 1, 11);
    table.countHit(true, 100);
    const body = fill(entry, 1, 2, 600);
    table.store(keyOf(1), entry, 12, 0, body, 0, true);
    assert.equal(get(table, 1, 13), 2);
    assert.deepEqual([entry.lastHit, table.countHit(true, 100)], [11, 2]);
  });
});

describe('the grace of a table', () => {
  const rows: readonly (readonly [name: string, seconds: number, found: boolean, remaining: number])[] = [
    ['changes nothing about what is good', 109, true, 1],
    ['finds what has just expired', 110, true, 0],
    ['finds what expired a second less ago', 139, true, -29],
    ['ends', 140, false, -30],
  ];
  for (const [name, seconds, found, remaining] of rows)
    it(name, () => {
      const table = openTable(100, RING);
      table.grace = 30;
      put(table, 1, 1, 100, 10);
      assert.equal(table.find(keyOf(1), entry, seconds, 0, into, 0, 1000), found);
      assert.equal(entry.remaining, remaining);
      assert.equal(table.entries(seconds), seconds < 110 ? 1 : 0, 'only what is good counts as an entry');
    });
  const replacements: readonly (readonly [name: string, hits: readonly number[], at: number, lost: number])[] = [
    ['an expired answer that is asked for stays before good ones that are not', [0, 1, 2, 3, 4, 5], 140, 6],
    ['what was never hit goes first, expired or not', [0, 1, 2, 3, 4, 5, 7], 140, 6],
    ['an expired answer that nobody asks for any more goes', [0, 1, 2, 3, 4, 5, 6, 7], 600, 0],
    ['what has expired for good goes before all', [0, 1, 2, 3, 4, 5, 6, 7], 2000, 0],
  ];
  for (const [name, hits, at, lost] of replacements)
    it(name, () => {
      const table = openTable(100, RING);
      table.grace = 1000;
      const keys = sameSet(9);
      for (const [n, key] of keys.slice(0, 8).entries()) {
        // The first one expires at second 110.
        const body = fill(entry, n, 1, n === 0 ? 10 : 6000);
        table.store(key, entry, 100, 0, body, 0);
      }
      for (const n of hits) assert.ok(table.find(keys[n], entry, 120 + n, 0, into, 0, 1000));
      const body = fill(entry, 8, 1, 600);
      table.store(keys[8], entry, at, 0, body, 0);
      const missing = keys.map((key, n) => (table.find(key, entry, 121, 0, into, 0, 1000) ? -1 : n));
      assert.deepEqual(
        missing.filter((n) => n >= 0),
        [lost],
      );
    });
});

describe('AnswerTable.claim', () => {
  const open = (): AnswerTable => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    put(table, 2, 1, 10);
    get(table, 1, 11);
    return table;
  };
  it('is given once, for each answer', () => {
    const table = open();
    assert.deepEqual([table.claim(11, 6), table.claim(11, 6), table.claim(16, 6)], [true, false, false]);
    get(table, 2, 11);
    assert.ok(table.claim(11, 6));
  });
  it('ends by itself when its owner has died', () => {
    const table = open();
    assert.deepEqual([table.claim(11, 6), table.claim(17, 6), table.claim(17, 6)], [true, true, false]);
  });
  it('is free again when the answer was stored anew', () => {
    const table = open();
    table.claim(11, 6);
    put(table, 1, 2, 12);
    get(table, 1, 12);
    assert.ok(table.claim(12, 6));
  });
  it('rests after a failure for as long as it is told to', () => {
    const table = open();
    table.claim(11, 6);
    table.settle(keyOf(1), 15);
    get(table, 1, 12);
    assert.deepEqual([table.claim(14, 6), table.claim(15, 6)], [false, true]);
    table.settle(keyOf(3), 99);
    table.settle(keyOf(1), 0);
    assert.ok(table.claim(15, 6), 'given back at once');
  });
  it('belongs to the answer, not to the place', () => {
    const table = openTable(100, RING);
    const keys = sameSet(9);
    for (const key of keys) {
      const body = fill(entry, 1, 1, 600);
      table.store(key, entry, 10, 0, body, 0);
      assert.ok(
        table.find(key, entry, 10, 0, into, 0, 1000) && table.claim(10, 6),
        'the ninth takes the place of another',
      );
    }
  });
});

describe('AnswerTable.store', () => {
  it('replaces the former answer to the question', () => {
    const table = openTable(100, RING);
    put(table, 7, 1, 10);
    assert.equal(put(table, 7, 2, 11), STORED);
    assert.equal(get(table, 7, 12), 2);
    assert.equal(table.entries(12), 1);
  });
  it('refuses what is too large, and takes what is just not', () => {
    const table = openTable(1000, 1 << 20);
    fill(entry, 0, 1, 600);
    Object.assign(entry, { answers: MAX_RECORDS, authorities: 0, additionals: 0, bodyLength: MAX_BODY_BYTES });
    assert.equal(table.store(keyOf(0), entry, 10, 0, into, 0), STORED);
    assert.ok(table.find(keyOf(0), entry, 10, 0, into, 0, into.length));
    entry.bodyLength++;
    assert.equal(table.store(keyOf(0), entry, 10, 0, into, 0), REFUSED);
    entry.bodyLength--;
    entry.answers++;
    assert.equal(table.store(keyOf(0), entry, 10, 0, into, 0), REFUSED);
  });
  it('refuses what would take more than a quarter of a small ring', () => {
    const table = openTable(10, RING);
    fill(entry, 0, 1, 600);
    Object.assign(entry, { answers: 0, authorities: 0, additionals: 0, bodyLength: MAX_BODY_BYTES });
    assert.equal(table.store(keyOf(0), entry, 10, 0, into, 0), REFUSED);
    entry.bodyLength -= 100;
    assert.equal(table.store(keyOf(0), entry, 10, 0, into, 0), STORED);
  });

  /** Fills a set with eight answers stored at second 10, the last one of which is `changed`, then stores a ninth. */
  const replacements: readonly (readonly [
    name: string,
    prepare: (table: AnswerTable, keys: readonly AnswerKey[]) => void,
    lost: number,
    result: number,
  ])[] = [
    ['takes the place of the oldest when none was hit', () => {}, 0, EVICTED],
    [
      'spares what was hit',
      (table, keys) => {
        for (const n of [0, 1, 2, 4, 5, 6, 7]) table.find(keys[n], entry, 11, 0, into, 0, 1000);
      },
      3,
      EVICTED,
    ],
    [
      'takes what was hit longest ago when all were',
      (table, keys) => {
        for (const [i, n] of [4, 0, 1, 2, 3, 5, 6, 7].entries()) table.find(keys[n], entry, 20 + i, 0, into, 0, 1000);
      },
      4,
      EVICTED,
    ],
    [
      'takes what is expired before all others',
      (table, keys) => {
        for (const key of keys) table.find(key, entry, 11, 0, into, 0, 1000);
        const body = fill(entry, 5, 1, 3);
        table.store(keys[5], entry, 12, 0, body, 0);
      },
      5,
      STORED,
    ],
    ['takes what was removed', (table, keys) => table.remove(keys[6]), 6, STORED],
  ];
  for (const [name, prepare, lost, result] of replacements) {
    it(`in a full set ${name}`, () => {
      const table = openTable(100, RING);
      const keys = sameSet(9);
      for (const [n, key] of keys.slice(0, 8).entries()) {
        const body = fill(entry, n, 1, 600);
        assert.equal(table.store(key, entry, 10, 0, body, 0), STORED);
      }
      prepare(table, keys);
      const body = fill(entry, 8, 1, 600);
      assert.equal(table.store(keys[8], entry, 40, 0, body, 0), result);
      const missing = keys.map((key, n) => (table.find(key, entry, 41, 0, into, 0, 1000) ? -1 : n));
      assert.deepEqual(
        missing.filter((n) => n >= 0),
        [lost],
      );
    });
  }
});

describe('AnswerTable.remove', () => {
  it('forgets one question and no other', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    put(table, 2, 1, 10);
    table.remove(keyOf(1));
    table.remove(keyOf(3));
    assert.deepEqual([get(table, 1, 11), get(table, 2, 11)], [0, 1]);
    assert.equal(table.entries(11), 1);
  });
});

describe('a flood of names that are asked for once', () => {
  it('does not push out those that are asked for again', () => {
    const table = openTable(100, RING);
    const popular = [1, 2, 3, 4, 5];
    for (const n of popular) put(table, n, 1, 10);
    for (let n = 1000; n < 6000; n++) {
      put(table, n, 1, 10);
      // Once in about a third of a ring: 65,536 octets are some 150 answers.
      if (n % 50 === 0) for (const known of popular) assert.equal(get(table, known, 11), 1, `${known} at ${n}`);
    }
  });
  it('pushes out what nobody asks for', () => {
    const table = openTable(100, RING);
    put(table, 1, 1, 10);
    for (let n = 1000; n < 2000; n++) put(table, n, 1, 10);
    assert.equal(get(table, 1, 11), 0);
  });
  it('never holds more than there are ways', () => {
    const table = openTable(100, 1 << 20);
    for (let n = 0; n < 5000; n++) put(table, n, 1, 10);
    assert.ok(table.entries(10) <= 17 * 8 && table.entries(10) >= 100, String(table.entries(10)));
  });
});

describe('AnswerTable.entries', () => {
  it('counts what is good now', () => {
    const table = openTable(1000, 1 << 20);
    for (let n = 0; n < 50; n++) put(table, n, 1, 10, n < 20 ? 5 : 60);
    assert.deepEqual(
      [10, 14, 15, 69, 70].map((seconds) => table.entries(seconds)),
      [50, 50, 30, 30, 0],
    );
  });
});

describe('positions', () => {
  it('begin again behind 31 bits without confusing anybody', () => {
    const segment = Segment.create('answers', 1 << 20);
    const id = AnswerSegment.open(segment).allocate('a', 100, RING);
    const table = new AnswerTables(segment).table(id);
    const granules = RING / 8;
    const top = Math.floor(0x7fffffff / granules) * granules;
    segment.i32[descriptorWord(id) + DESCRIPTOR.HEAD] = top - 300;
    for (let n = 0; n < 300; n++) {
      put(table, n, 1, 10);
      for (let back = 0; back < 20 && back <= n; back++)
        assert.equal(get(table, n - back, 10), 1, `${n - back} after ${n}`);
    }
    const head = segment.i32[descriptorWord(id) + DESCRIPTOR.HEAD];
    assert.ok(head >= granules && head < 10 * granules, String(head));
  });
});
