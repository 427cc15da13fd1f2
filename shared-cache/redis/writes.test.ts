import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './testing/settings.ts';
import { type Write, WriteQueue } from './writes.ts';

const LIMIT = 4096;
const BYTES = 4 << 20;
const IN_FLIGHT = 256;

/** A Redis that answers when it is told to. */
class Sink {
  readonly seen: Write[] = [];
  readonly #waiting: ((error?: Error) => void)[] = [];
  readonly queue = new WriteQueue((write) => {
    this.seen.push(write);
    return new Promise<void>((resolve, reject) =>
      this.#waiting.push((error) => (error === undefined ? resolve() : reject(error))),
    );
  });

  push(key: string, octets = 10): void {
    this.queue.push({ key, value: new Uint8Array(octets), ttl: 60 });
  }

  answer(count: number, error?: Error): void {
    for (const done of this.#waiting.splice(0, count)) done(error);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('writes go out together, after the turn in which they came', async () => {
  const sink = new Sink();
  for (const key of ['a', 'b', 'c']) sink.push(key);
  assert.equal(sink.seen.length, 0);
  await turn();
  assert.deepEqual(
    sink.seen.map(({ key }) => key),
    ['a', 'b', 'c'],
  );
});

test('of two answers to a question the newer one is written', async () => {
  const sink = new Sink();
  sink.push('a', 1);
  sink.push('b', 2);
  sink.push('a', 3);
  await turn();
  assert.deepEqual(
    sink.seen.map(({ key, value }) => `${key}${value.length}`),
    ['b2', 'a3'],
  );
});

test('no more are under way than the bound; the others wait', async () => {
  const sink = new Sink();
  for (let i = 0; i < IN_FLIGHT + 50; i++) sink.push(`${i}`);
  await turn();
  assert.equal(sink.seen.length, IN_FLIGHT);
  assert.equal(sink.queue.waiting, 50);
  sink.answer(20);
  await until(() => sink.seen.length === IN_FLIGHT + 20);
  assert.deepEqual(sink.queue.takeTally(), { written: 20, failed: 0, dropped: 0 });
});

test('more than there is room for: the oldest are dropped and counted', () => {
  const sink = new Sink();
  for (let i = 0; i < LIMIT + 3; i++) sink.push(`${i}`);
  assert.equal(sink.queue.waiting, LIMIT);
  assert.deepEqual(sink.queue.takeTally(), { written: 0, failed: 0, dropped: 3 });
});

test('more octets than there is room for: the same', () => {
  const sink = new Sink();
  for (let i = 0; i < 5; i++) sink.push(`${i}`, BYTES / 4);
  assert.equal(sink.queue.waiting, 4);
  sink.push('large', BYTES + 1);
  assert.equal(sink.queue.waiting, 0);
  sink.push('small');
  assert.equal(sink.queue.waiting, 1, 'octets are given back');
});

test('failures are counted, and nothing throws', async () => {
  const sink = new Sink();
  sink.push('a');
  sink.push('b');
  sink.queue.drop();
  await turn();
  sink.answer(1, new Error('READONLY'));
  sink.answer(1);
  await turn();
  assert.deepEqual(sink.queue.takeTally(), { written: 1, failed: 1, dropped: 1 });
  assert.equal(sink.queue.takeTally(), null);
});

test('what is given up is counted, too', async () => {
  const sink = new Sink();
  sink.push('a');
  sink.queue.clear();
  await turn();
  assert.equal(sink.seen.length, 0);
  assert.deepEqual(sink.queue.takeTally(), { written: 0, failed: 0, dropped: 1 });
});
