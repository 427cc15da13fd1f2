// Tables come and go with plans: what is kept, what is used again, and what happens when there is little room.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Segment } from '#memory/segment.ts';
import { AnswerSegment } from './directory.ts';
import { AnswerEntry } from './entry.ts';
import { AnswerTables } from './table.ts';
import { fill, keyOf, versionOf } from './testing/answers.ts';

const MIB = 1 << 20;
const RING = 65_536;

class World {
  now = 1000;
  readonly segment: Segment;
  readonly answers: AnswerSegment;
  readonly #entry = new AnswerEntry();
  readonly #into = new Uint8Array(2048);

  constructor(bytes: number) {
    this.segment = Segment.create('answers', bytes);
    this.answers = this.open();
  }

  open(): AnswerSegment {
    return AnswerSegment.open(this.segment, () => this.now);
  }

  put(id: number, n: number): void {
    const body = fill(this.#entry, n, 1, 600);
    new AnswerTables(this.segment).table(id).store(keyOf(n), this.#entry, 10, 0, body, 0);
  }

  has(id: number, n: number): boolean {
    const table = new AnswerTables(this.segment).table(id);
    if (!table.find(keyOf(n), this.#entry, 20, 0, this.#into, 0, this.#into.length)) return false;
    assert.equal(versionOf(n, this.#entry, this.#into), 1);
    return true;
  }
}

describe('AnswerSegment.allocate', () => {
  it('gives the same table for the same key and size, with its content', () => {
    const world = new World(4 * MIB);
    const id = world.answers.allocate('a', 100, RING);
    world.put(id, 5);
    assert.equal(world.answers.allocate('a', 100, RING), id);
    assert.equal(world.open().allocate('a', 100, RING), id, 'to a successor, too');
    assert.ok(world.has(id, 5));
  });
  const others: readonly (readonly [name: string, key: string, entries: number, ringBytes: number])[] = [
    ['another key', 'b', 100, RING],
    ['other entries', 'a', 101, RING],
    ['another ring', 'a', 100, RING + 8],
  ];
  for (const [name, key, entries, ringBytes] of others) {
    it(`gives another table for ${name}`, () => {
      const world = new World(4 * MIB);
      const id = world.answers.allocate('a', 100, RING);
      const other = world.answers.allocate(key, entries, ringBytes);
      assert.notEqual(other, id);
      world.put(id, 5);
      assert.ok(!world.has(other, 5));
      world.put(other, 6);
      assert.ok(world.has(id, 5) && !world.has(id, 6));
    });
  }
  it('has ways for a third more answers than were asked for', () => {
    const world = new World(16 * MIB);
    const size = world.answers.size(world.answers.allocate('a', 9984, 9984 * 256));
    assert.deepEqual(size, { ways: 13_312, ringBytes: 9984 * 256 });
  });
  it('makes a table smaller than asked for rather than none, and finds it again', () => {
    const world = new World(2 * MIB);
    const id = world.answers.allocate('huge', 1e12, 1e15);
    const { ringBytes, ways } = world.answers.size(id);
    assert.ok(ringBytes <= MIB && ringBytes >= RING && ways >= 128);
    assert.equal(world.answers.allocate('huge', 1e12, 1e15), id);
    world.put(id, 1);
    assert.ok(world.has(id, 1));
    assert.ok(world.answers.size(world.answers.allocate('second', 1000, 256_000)).ringBytes > RING);
  });
  it('says so when there is no room at all', () => {
    const world = new World(MIB);
    assert.throws(
      () => {
        for (let i = 0; i < 100; i++) world.answers.allocate(`table ${i}`, 1000, RING);
      },
      { code: 'ERR_ANSWER_SPACE', message: /raise memory\.answers/ },
    );
  });
  it('has an end to the number of tables', () => {
    const world = new World(64 * MIB);
    for (let i = 0; i < 512; i++) world.answers.allocate(`table ${i}`, 1, 1);
    assert.throws(() => world.answers.allocate('one more', 1, 1), { code: 'ERR_ANSWER_SPACE', message: /512 tables/ });
  });
});

describe('AnswerSegment.release', () => {
  it('keeps what is used', () => {
    const world = new World(4 * MIB);
    const [a, b] = ['a', 'b'].map((key) => world.answers.allocate(key, 100, RING));
    world.put(a, 1);
    world.answers.release([a]);
    world.now += 3600;
    const c = world.answers.allocate('c', 100, RING);
    assert.equal(c, b, 'the place of the other one');
    assert.ok(world.has(a, 1));
  });
  it('leaves what was given back untouched for a minute, for threads of the former plan', () => {
    const world = new World(4 * MIB);
    const a = world.answers.allocate('a', 100, RING);
    world.put(a, 1);
    world.answers.release([]);
    world.now += 59;
    assert.notEqual(world.answers.allocate('b', 100, RING), a);
    assert.ok(world.has(a, 1));
    assert.equal(world.answers.allocate('a', 100, RING), a, 'and brings it back when it is asked for again');
    world.now += 3600;
    world.answers.release([a]);
    assert.ok(world.has(a, 1));
  });
  it('makes the memory of the old table good for nothing to those who still have it', () => {
    const world = new World(MIB);
    const id = world.answers.allocate('a', 1000, 400_000);
    const table = new AnswerTables(world.segment).table(id);
    world.put(id, 1);
    world.answers.release([]);
    world.now += 60;
    const next = world.answers.allocate('b', 1000, 400_000);
    assert.equal(next, id);
    const entry = new AnswerEntry();
    const into = new Uint8Array(1024);
    assert.ok(!table.find(keyOf(1), entry, 20, 0, into, 0, 1024));
    // A thread that comes too late writes into a table that is not its own: nobody takes it for an answer.
    const body = fill(entry, 2, 1, 600);
    table.store(keyOf(2), entry, 20, 0, body, 0);
    assert.ok(!world.has(next, 2));
    world.put(next, 3);
    assert.ok(world.has(next, 3));
  });
  it('joins neighbours', () => {
    const world = new World(2 * MIB);
    const small = [0, 1, 2, 3].map((i) => world.answers.allocate(`small ${i}`, 1000, 300_000));
    assert.equal(new Set(small).size, 4);
    world.answers.release([]);
    world.now += 60;
    assert.equal(world.answers.size(world.answers.allocate('large', 1000, 900_000)).ringBytes, 900_000);
  });
});

describe('AnswerSegment.open', () => {
  it('keeps the secret of a segment in use', () => {
    const world = new World(MIB);
    const id = world.answers.allocate('a', 10, RING);
    world.put(id, 1);
    world.open();
    assert.ok(world.has(id, 1));
  });
  it('refuses memory that is too small', () => {
    assert.throws(() => AnswerSegment.open(Segment.create('answers', 65_536)), { code: 'ERR_ANSWER_SPACE' });
  });
  it('refuses a segment of another version', () => {
    const world = new World(MIB);
    world.segment.u32[17]++;
    assert.throws(() => world.open(), { code: 'ERR_ANSWER_TABLE' });
    assert.throws(() => new AnswerTables(world.segment).table(0), { code: 'ERR_ANSWER_TABLE' });
  });
});

describe('AnswerTables.table', () => {
  for (const id of [-1, 1, 512, 0.5, Number.NaN]) {
    it(`says that there is no table ${id}`, () => {
      const world = new World(MIB);
      world.answers.allocate('a', 10, RING);
      assert.throws(() => new AnswerTables(world.segment).table(id), { code: 'ERR_ANSWER_TABLE' });
    });
  }
  it('knows none in a segment that nobody has made ready', () => {
    assert.throws(() => new AnswerTables(Segment.create('answers', MIB)).table(0), { code: 'ERR_ANSWER_TABLE' });
  });
});
