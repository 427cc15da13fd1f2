// A list that replaces what was known: what it does not have is told of, whatever happens in between.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClusterObject, describeId, idOf, type Kind } from '../objects/object.ts';
import {
  decoded,
  decodedImportSlice,
  plainImport,
  plainImportSlice,
  plainNamespace,
  plainPod,
  plainService,
  plainSlice,
} from '../testing/objects.ts';
import { Store } from './store.ts';

const ALL: Readonly<Record<Kind, readonly [ClusterObject, ClusterObject]>> = {
  Namespace: [decoded(plainNamespace('a')), decoded(plainNamespace('b'))],
  Service: [decoded(plainService('a', { ip: '10.0.0.1' })), decoded(plainService('b', { ip: '10.0.0.2' }))],
  EndpointSlice: [decoded(plainSlice('a', ['10.1.0.1'])), decoded(plainSlice('b', ['10.1.0.2']))],
  Pod: [decoded(plainPod('a', '10.1.0.1')), decoded(plainPod('b', '10.1.0.2'))],
  ServiceImport: [decoded(plainImport('a')), decoded(plainImport('b'))],
  ImportSlice: [
    decodedImportSlice(plainImportSlice('a', 'east', ['10.2.0.1'])),
    decodedImportSlice(plainImportSlice('b', 'west', ['10.2.0.2'])),
  ],
};
const KINDS = Object.keys(ALL) as Kind[];

function put(store: Store, ...objects: readonly ClusterObject[]): void {
  for (const object of objects) store.apply({ action: 'put', object });
}

function filled(): Store {
  const store = new Store();
  for (const kind of KINDS) put(store, ...ALL[kind]);
  store.tracking = true;
  return store;
}

const unmarked = (store: Store, kind: Kind): string[] => [...store.unmarked(kind)].map(describeId).sort();
const nameOf = (object: ClusterObject): string => describeId(idOf(object));

describe('Store.mark', () => {
  for (const kind of KINDS) {
    const [first, second] = ALL[kind];
    it(`${kind}: what is not put again is not in the list`, () => {
      const store = filled();
      assert.deepEqual(unmarked(store, kind), []);
      store.mark(kind);
      assert.equal(unmarked(store, kind).length, 2);
      put(store, second);
      assert.deepEqual(unmarked(store, kind), [nameOf(first)]);
      assert.ok(store.changes.empty, 'the same object again is no change');
    });

    it(`${kind}: other kinds are not touched`, () => {
      const store = filled();
      store.mark(kind);
      for (const other of KINDS) if (other !== kind) assert.deepEqual(unmarked(store, other), []);
    });

    it(`${kind}: deleting them while they are told`, () => {
      const store = filled();
      store.mark(kind);
      for (const id of store.unmarked(kind)) store.apply({ action: 'delete', id });
      assert.deepEqual(unmarked(store, kind), []);
      assert.equal(store.changes.objects.length, 2);
    });
  }
});

describe('Store.mark, pods that are being deleted', () => {
  it('one that is known is in the list, though nothing of it is taken up', () => {
    const store = filled();
    store.mark('Pod');
    for (const [name, address] of [
      ['a', '10.1.0.99'],
      ['new', '10.1.0.3'],
    ])
      put(store, decoded(plainPod(name, address, { terminating: true })));
    assert.deepEqual(unmarked(store, 'Pod'), ['Pod default/b']);
    assert.deepEqual(store.podAddresses('default').sort(), ['10.1.0.1', '10.1.0.2']);
  });
});

describe('Store.objects', () => {
  it('gives every object once', () => {
    const names = [...filled().objects()].map((object) => describeId(idOf(object))).sort();
    assert.deepEqual(names, KINDS.flatMap((kind) => ALL[kind].map(nameOf)).sort());
  });

  it('goes on while objects come and go', () => {
    const store = filled();
    const seen: string[] = [];
    for (const object of store.objects()) {
      seen.push(object.name);
      if (seen.length > 1) continue;
      for (const object of ALL.Pod) store.apply({ action: 'delete', id: idOf(object) });
      put(store, decoded(plainService('c')));
    }
    assert.ok(!seen.includes('undefined') && seen.length >= 6);
  });
});
