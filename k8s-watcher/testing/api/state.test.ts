import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainNamespace, plainService } from '../objects.ts';
import { resourceNamed } from './resources.ts';
import type { Change } from './state.ts';
import { State } from './state.ts';

const SERVICES = resourceNamed('services');
const NAMESPACES = resourceNamed('namespaces');

function words({ type, version, now }: Change): string {
  return `${version} ${type} ${now.key}`;
}

/** a and b at 11 and 12, a changed at 13, b gone at 14. */
function history(): State {
  const state = new State(10);
  state.put(plainService('a'));
  state.put(plainService('b'));
  state.put(plainService('a', { labels: { changed: 'yes' } }));
  state.delete(SERVICES, 'default', 'b');
  return state;
}

suite('a new object', () => {
  test('gets version, uid, time and namespace', () => {
    const { object, key } = new State(10).put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } });
    const { uid, creationTimestamp, ...rest } = object['metadata'] as Record<string, unknown>;
    assert.deepEqual(rest, { name: 'a', namespace: 'default', resourceVersion: '11' });
    assert.match(String(uid), /^[\da-f-]{36}$/);
    assert.match(String(creationTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(key, 'default/a');
  });

  test('of the cluster has no namespace; a Namespace is labelled with its name', () => {
    const { object, key } = new State(10).put(plainNamespace('one', { team: 'x' }));
    const metadata = object['metadata'] as Record<string, unknown>;
    assert.equal('namespace' in metadata, false);
    assert.deepEqual(metadata['labels'], { team: 'x', 'kubernetes.io/metadata.name': 'one' });
    assert.equal(key, 'one');
  });

  for (const [name, plain, message] of [
    ['of an unknown kind', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }, /v1 Secret is not served/],
    ['without a name', { apiVersion: 'v1', kind: 'Pod', metadata: {} }, /Pod: metadata.name is missing/],
  ] as const)
    test(`${name} is refused`, () => {
      assert.throws(() => new State(1).put(plain), { message });
    });
});

suite('a changed object', () => {
  test('keeps uid and time, and gets a version', () => {
    const state = new State(10);
    const before = state.put(plainService('a')).object['metadata'] as Record<string, unknown>;
    const after = state.put(plainService('a', { labels: { x: 'y' } })).object['metadata'] as Record<string, unknown>;
    assert.equal(after['uid'], before['uid']);
    assert.equal(after['creationTimestamp'], before['creationTimestamp']);
    assert.equal(after['resourceVersion'], '12');
  });

  test('that is what it was has no new version, and nobody is told', () => {
    const state = new State(10);
    state.put(plainService('a'));
    const told: Change[] = [];
    state.subscribe((change) => told.push(change));
    assert.equal(state.put(plainService('a')).version, 11);
    assert.deepEqual(told, []);
  });

  test('that comes back has another uid', () => {
    const state = new State(10);
    const before = state.put(plainService('a'));
    state.delete(SERVICES, 'default', 'a');
    const after = state.put(plainService('a'));
    assert.notEqual(
      (after.object['metadata'] as { uid: string }).uid,
      (before.object['metadata'] as { uid: string }).uid,
    );
  });
});

suite('history', () => {
  const ROWS: readonly [version: number, changes: readonly string[], then: readonly string[]][] = [
    [10, ['11 ADDED default/a', '12 ADDED default/b', '13 MODIFIED default/a', '14 DELETED default/b'], []],
    [12, ['13 MODIFIED default/a', '14 DELETED default/b'], ['default/a@11', 'default/b@12']],
    [13, ['14 DELETED default/b'], ['default/a@13', 'default/b@12']],
    [14, [], ['default/a@13']],
  ];
  for (const [version, changes, then] of ROWS)
    test(`since and at ${version}`, () => {
      const state = history();
      assert.deepEqual(state.since(SERVICES, version).map(words), changes);
      assert.deepEqual(
        state.listAt(SERVICES, version).map(({ key, version }) => `${key}@${version}`),
        then,
      );
      assert.deepEqual(state.since(NAMESPACES, version), []);
    });

  test('that is compacted is expired, the present is not', () => {
    const state = history();
    state.compact();
    assert.throws(() => state.since(SERVICES, 13), { code: 410, reason: 'Expired' });
    assert.throws(() => state.listAt(SERVICES, 13), { code: 410, reason: 'Expired' });
    assert.deepEqual(state.since(SERVICES, 14), []);
    assert.equal(state.listAt(SERVICES, 14).length, 1);
  });

  test('the future is not there yet', () => {
    assert.throws(() => history().listAt(SERVICES, 15), { code: 504, reason: 'Timeout' });
  });

  test('is bounded', () => {
    const state = new State(0);
    for (let version = 1; version <= 100_001; version++) state.put(plainService('a'), version);
    assert.equal(state.oldest, 50_000);
    assert.equal(state.since(SERVICES, 50_000).length, 50_001);
  });
});

suite('a gap', () => {
  test('changes what is listed and is told to nobody, then or later', () => {
    const state = history();
    const told: string[] = [];
    state.subscribe((change) => told.push(words(change)));
    state.gap(() => {
      state.put(plainService('c'));
      state.delete(SERVICES, 'default', 'a');
    });
    state.put(plainService('d'));
    assert.deepEqual(told, ['17 ADDED default/d']);
    assert.deepEqual(state.since(SERVICES, 14).map(words), ['17 ADDED default/d']);
    assert.deepEqual(
      state.list(SERVICES).map(({ key }) => key),
      ['default/c', 'default/d'],
    );
    assert.deepEqual(
      state.listAt(SERVICES, 14).map(({ key }) => key),
      ['default/a'],
    );
  });

  test('ends when the change fails', () => {
    const state = new State(1);
    assert.throws(() => state.gap(() => state.put({})));
    const told: Change[] = [];
    state.subscribe((change) => told.push(change));
    state.put(plainService('a'));
    assert.equal(told.length, 1);
  });
});

test('versions can be given, and only go on', () => {
  const state = new State(10);
  state.put(plainService('a'), 20);
  assert.throws(() => state.put(plainService('b'), 20), {
    name: 'RangeError',
    message: 'version 20 has passed: it is 20',
  });
  state.advance(30);
  assert.throws(() => state.advance(29), RangeError);
  assert.equal(state.put(plainService('b')).version, 31);
});

test('who is no longer subscribed is told nothing', () => {
  const state = new State(1);
  const told: Change[] = [];
  state.subscribe((change) => told.push(change))();
  state.put(plainService('a'));
  assert.deepEqual(told, []);
});
