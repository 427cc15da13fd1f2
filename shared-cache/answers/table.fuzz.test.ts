// Random work on a table against a plain Map, with rings that are overrun all the time, and with memory that somebody else writes to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Segment } from '#memory/segment.ts';
import { AnswerSegment } from './directory.ts';
import { AnswerEntry } from './entry.ts';
import { TABLES_AT } from './layout.ts';
import { type AnswerTable, AnswerTables } from './table.ts';
import { fill, keyOf, LONGEST, random, versionOf } from './testing/answers.ts';

interface Known {
  readonly version: number;
  readonly until: number;
}

class Model {
  readonly segment = Segment.create('answers', 1 << 20);
  readonly table: AnswerTable;
  readonly known = new Map<number, Known>();
  readonly below: (n: number) => number;
  now = 1;
  found = 0;
  missed = 0;
  #version = 0;
  readonly #entry = new AnswerEntry();
  readonly #into = new Uint8Array(LONGEST + 8);

  constructor(seed: number, entries: number, ringBytes: number) {
    this.below = random(seed);
    const id = AnswerSegment.open(this.segment).allocate('fuzz', entries, ringBytes);
    this.table = new AnswerTables(this.segment).table(id);
  }

  store(n: number): void {
    const ttl = 1 + this.below(40);
    const body = fill(this.#entry, n, ++this.#version, ttl);
    this.table.store(keyOf(n), this.#entry, this.now, this.below(1000), body, 0);
    this.known.set(n, { version: this.#version, until: this.now + ttl });
  }

  remove(n: number): void {
    this.table.remove(keyOf(n));
    this.known.delete(n);
  }

  /** What is found must be what was stored last, and not beyond its time; `whole`: only that it is an answer to the question. */
  find(n: number, whole = false): boolean {
    const at = this.below(8);
    const entry = this.#entry;
    if (!this.table.find(keyOf(n), entry, this.now, 999, this.#into, at, LONGEST)) {
      this.missed++;
      return false;
    }
    this.found++;
    const version = versionOf(n, entry, this.#into.subarray(at));
    const known = this.known.get(n);
    if (whole) assert.ok(version > 0 && version <= this.#version, `question ${n}: version ${version}`);
    else {
      assert.equal(version, known?.version, `question ${n}`);
      assert.equal(entry.remaining, (known?.until ?? 0) - this.now, `question ${n}`);
    }
    return true;
  }

  step(questions: number): void {
    const n = this.below(this.below(2) === 0 ? 10 : questions);
    const what = this.below(100);
    if (what < 55) {
      if (!this.find(n)) this.store(n);
    } else if (what < 95) this.store(n);
    else if (what < 98) this.remove(n);
    else this.now++;
  }
}

const WORLDS: readonly (readonly [name: string, entries: number, ringBytes: number, questions: number])[] = [
  ['a ring that is overrun', 1000, 65_536, 2000],
  ['sets that are full', 1, 400_000, 2000],
  ['both', 1, 65_536, 3000],
];
for (const [name, entries, ringBytes, questions] of WORLDS) {
  test(`${name}: what is found is what was stored last`, () => {
    const model = new Model(questions + entries, entries, ringBytes);
    for (let i = 0; i < 30_000; i++) model.step(questions);
    assert.ok(model.found > 3000 && model.missed > 3000, `found ${model.found}, missed ${model.missed}`);
  });
}

test('a table with room for all: everything that is good is found', () => {
  const model = new Model(3, 2000, 400_000);
  for (let i = 0; i < 20_000; i++) {
    model.step(150);
    const n = model.below(150);
    const known = model.known.get(n);
    assert.equal(model.find(n), known !== undefined && known.until > model.now, `question ${n} in step ${i}`);
  }
});

test('memory that somebody else writes to: what is found is still an answer to the question', () => {
  const model = new Model(4, 100, 65_536);
  const words = model.segment.i32.subarray(TABLES_AT >>> 2, (TABLES_AT + 20 * 192 + 65_536) >>> 2);
  for (let i = 0; i < 40_000; i++) {
    const n = model.below(120);
    // Words of other entries, positions and lengths among them, do more harm than random ones.
    const from = words[model.below(words.length)];
    words[model.below(words.length)] = model.below(2) === 0 ? from : model.below(2 ** 32);
    if (!model.find(n, true)) model.store(n);
  }
  assert.ok(model.found > 3000 && model.missed > 1000, `found ${model.found}, missed ${model.missed}`);
});
