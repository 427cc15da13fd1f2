// From events to the keeper of objects: batches, places, what could not be read.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kind } from '../objects/object.ts';
import { decoded, plainService } from '../testing/objects.ts';
import type { WatchEvent } from './events.ts';
import { Feed } from './feed.ts';
import { RESOURCES } from './resources.ts';
import { type KindStats, newStats } from './stats.ts';
import { MemorySink } from './testing/sink.ts';

interface Bench {
  readonly feed: Feed;
  readonly sink: MemorySink;
  readonly stats: KindStats;
}

const SERVICE = RESOURCES.find(({ kind }) => kind === 'Service')!;
const KIND: Kind = 'Service';

/** Everything up to version 10 is known. */
function bench(): Bench {
  const sink = new MemorySink();
  const stats = newStats(KIND);
  const feed = new Feed(SERVICE, sink, stats);
  feed.resume('10');
  return { feed, sink, stats };
}

function event(type: WatchEvent['type'], name: string, version: string, problem?: string): WatchEvent {
  const id = { kind: KIND, namespace: 'default', name };
  const object =
    problem === undefined && type !== 'DELETED' ? decoded(plainService(name, { ip: '10.0.0.1' })) : undefined;
  return { type, id, object, problem, resourceVersion: version, initialEventsEnd: false };
}

function bookmark(version: string): WatchEvent {
  return { type: 'BOOKMARK', resourceVersion: version, initialEventsEnd: false };
}

describe('Feed: a watch', () => {
  it('what is taken is published as one when it is settled', () => {
    const { feed, sink, stats } = bench();
    for (const [index, name] of ['a', 'b', 'c'].entries()) feed.take(event('ADDED', name, String(11 + index)));
    feed.take(event('DELETED', 'b', '14'));
    assert.deepEqual([sink.batches, feed.version, sink.versions.get(KIND)], [[], '10', undefined]);
    feed.settle();
    assert.deepEqual([sink.batches, feed.version, sink.versions.get(KIND)], [[4], '14', '14']);
    assert.deepEqual(sink.names(KIND), ['default/a', 'default/c']);
    assert.equal(stats.events, 4);
  });

  it('bookmarks move the place without a batch', () => {
    const { feed, sink, stats } = bench();
    feed.take(bookmark('500'));
    feed.settle();
    assert.deepEqual([sink.batches, feed.version, sink.versions.get(KIND)], [[], '500', '500']);
    assert.ok(stats.lastBookmark > 0);
    assert.equal(stats.lastEvent, 0);
  });

  it('nothing taken: nothing told', () => {
    const { feed, sink } = bench();
    feed.settle();
    assert.deepEqual([sink.batches, sink.calls, sink.versions.size], [[], [], 0]);
  });

  it('an object that cannot be read is gone until it can be read', () => {
    const { feed, sink, stats } = bench();
    feed.take(event('ADDED', 'a', '11'));
    feed.take(event('MODIFIED', 'a', '12', 'Service default/a: is strange'));
    feed.settle();
    assert.deepEqual([sink.names(KIND), feed.unread, sink.problems], [[], 1, ['Service default/a: is strange']]);
    feed.take(event('MODIFIED', 'a', '13'));
    feed.settle();
    assert.deepEqual([sink.names(KIND), feed.unread, stats.decodeErrors], [['default/a'], 0, 1]);
    feed.take(event('ADDED', 'b', '14', 'strange'));
    feed.take(event('DELETED', 'b', '15'));
    assert.equal(feed.unread, 0);
  });

  it('so many of them that nobody counts', () => {
    const { feed } = bench();
    for (let index = 0; index < 10_001; index++) feed.take(event('ADDED', `x${index}`, '11', 'strange'));
    assert.equal(feed.unread, Number.POSITIVE_INFINITY);
  });
});

describe('Feed: a list', () => {
  it('replaces what was known, in batches', () => {
    const { feed, sink, stats } = bench();
    feed.take(event('ADDED', 'old', '11'));
    feed.settle();
    feed.beginList();
    assert.deepEqual([feed.version, feed.listing], ['', true]);
    for (let index = 0; index < 1001; index++) {
      feed.take(event('ADDED', `s${index}`, '5'));
      feed.settle();
    }
    const whole = Array.from({ length: 15 }, () => 64);
    assert.deepEqual(sink.batches, [1, ...whole]);
    feed.completeList('20');
    assert.deepEqual(sink.batches, [1, ...whole, 41]);
    assert.deepEqual(sink.calls, ['mark Service', 'sweep Service 1', 'synced Service 20']);
    assert.deepEqual([feed.version, feed.listing, stats.synced, sink.count(KIND)], ['20', false, true, 1001]);
  });

  it('that is given up takes nothing away and leaves no place', () => {
    const { feed, sink } = bench();
    feed.take(event('ADDED', 'old', '11'));
    feed.settle();
    feed.beginList();
    feed.take(event('ADDED', 'new', '12'));
    feed.forget();
    feed.settle();
    assert.deepEqual([feed.version, feed.listing], ['', false]);
    assert.deepEqual(sink.names(KIND), ['default/old']);
    assert.deepEqual(sink.calls, ['mark Service']);
  });

  it('a page is published when it is complete', () => {
    const { feed, sink } = bench();
    feed.beginList();
    feed.take(event('ADDED', 'a', '5'));
    feed.settlePage();
    assert.deepEqual(sink.batches, [1]);
  });

  it('what it brings counts as told', () => {
    const { feed } = bench();
    feed.take(event('ADDED', 'a', '11'));
    feed.settle();
    assert.equal(feed.told.missing([11, 12]), 1);
    feed.beginList();
    feed.take(event('ADDED', 'b', '12'));
    feed.completeList('12');
    assert.equal(feed.told.missing([11, 12, 13]), 1);
  });
});

describe('Feed: those who compare', () => {
  it('see every event by itself', () => {
    const { feed, sink } = bench();
    const seen: string[] = [];
    feed.trace = (version) => seen.push(`${version}: ${sink.count(KIND)}`);
    feed.take(event('ADDED', 'a', '11'));
    feed.take(event('ADDED', 'b', '12'));
    feed.take(event('DELETED', 'a', '13'));
    assert.deepEqual(seen, ['11: 1', '12: 2', '13: 1']);
  });

  const waits: { name: string; version: string; events: string[]; woken: boolean }[] = [
    { name: 'are woken when it is reached', version: '12', events: ['11', '12'], woken: true },
    { name: 'are woken when it is passed', version: '12', events: ['130'], woken: true },
    { name: 'are not woken before', version: '100', events: ['11', '99'], woken: false },
    { name: 'are woken at once when it was reached', version: '9', events: [], woken: true },
  ];
  for (const { name, version, events, woken } of waits)
    it(name, () => {
      const { feed } = bench();
      let count = 0;
      feed.whenReached(version, () => count++);
      for (const reached of events) feed.take(bookmark(reached));
      feed.settle();
      assert.equal(count, woken ? 1 : 0);
    });

  it('are woken by a list, and know it', () => {
    const { feed } = bench();
    const { epoch } = feed;
    let count = 0;
    feed.whenReached('100', () => count++);
    feed.beginList();
    assert.deepEqual([count, feed.epoch === epoch], [1, false]);
  });

  it('are not woken when they have given up', () => {
    const { feed } = bench();
    let count = 0;
    feed.whenReached('11', () => count++)();
    feed.take(bookmark('12'));
    feed.settle();
    assert.equal(count, 0);
  });
});
