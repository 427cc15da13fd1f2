// Services of other clusters: events in, changes out, and nothing left of what is gone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClusterObject, describeId, idOf } from '../objects/object.ts';
import {
  decoded,
  decodedImportSlice,
  plainImport,
  plainImportSlice,
  plainService,
  plainSlice,
} from '../testing/objects.ts';
import { Store } from './store.ts';

const web = decoded(plainImport('web', { ip: ['10.50.0.1', 'fd50::1'], ports: ['http 80', 'dns 53/UDP'] }));
const db = decoded(plainImport('db', { ip: 'Headless', labels: { app: 'db' } }));
const east = decodedImportSlice(
  plainImportSlice('db', 'east', [{ ip: '10.60.0.1', hostname: 'db-0', zone: 'a' }], { ports: ['pg 5432'] }),
);
const west = decodedImportSlice(plainImportSlice('db', 'west', ['10.61.0.1']));

function put(store: Store, ...objects: readonly ClusterObject[]): void {
  for (const object of objects) store.apply({ action: 'put', object });
}

function remove(store: Store, ...objects: readonly ClusterObject[]): void {
  for (const object of objects) store.apply({ action: 'delete', id: idOf(object) });
}

function storeOf(...objects: readonly ClusterObject[]): Store {
  const store = new Store();
  put(store, ...objects);
  store.tracking = true;
  return store;
}

describe('imports of a store', () => {
  it('come back as they were put', () => {
    const store = storeOf(web, db, west, east);
    assert.deepEqual(store.imports.view('default', 'web'), {
      namespace: 'default',
      name: 'web',
      service: web,
      slices: [],
    });
    assert.deepEqual(store.imports.view('default', 'db').service, db);
    assert.deepEqual(store.imports.view('default', 'db').slices, [east, west]);
    assert.deepEqual(store.imports.names('default').sort(), ['db', 'web']);
    assert.deepEqual(store.imports.names('elsewhere'), []);
    assert.deepEqual(store.size(), { services: 0, slices: 0, namespaces: 0, pods: 0, imports: 2, importSlices: 2 });
    assert.deepEqual([...store.objects()].map((object) => describeId(idOf(object))).sort(), [
      'ImportSlice default/imported-db-east',
      'ImportSlice default/imported-db-west',
      'ServiceImport default/db',
      'ServiceImport default/web',
    ]);
  });

  it('have nothing to do with services and slices of the same names', () => {
    const store = storeOf(decoded(plainService('db', { ip: 'None' })), decoded(plainSlice('db', ['10.1.1.1'])));
    put(store, db, east);
    assert.equal(store.changes.services.size + store.changes.addresses.size, 0);
    assert.deepEqual([...store.changes.imports.keys()], ['default/db']);
    remove(store, decoded(plainService('db')));
    assert.deepEqual(store.imports.view('default', 'db').service, db);
    assert.deepEqual([...store.slicesAt((10 << 24) | (60 << 16) | 1)], []);
  });

  it('leave no change when nothing changes', () => {
    const store = storeOf(web, db, east);
    put(store, web, db, east);
    remove(store, decoded(plainImport('nothing')), west);
    assert.ok(store.changes.empty);
    assert.equal(store.changes.imports.size, 0);
  });

  it('keep the state before the first of several changes', () => {
    const store = storeOf(db, east);
    put(store, { ...east, endpoints: [] }, west);
    remove(store, db);
    const [snapshot] = store.changes.imports.values();
    assert.equal(store.changes.imports.size, 1);
    assert.deepEqual(store.imports.viewOf(snapshot).service, db);
    assert.deepEqual(store.imports.viewOf(snapshot).slices, [east]);
    assert.deepEqual(
      store.changes.objects.map(({ kind }) => kind),
      ['ImportSlice', 'ImportSlice', 'ServiceImport'],
    );
  });

  it('a slice that changes its import touches both', () => {
    const store = storeOf(db, east);
    put(store, { ...east, service: 'web' });
    assert.deepEqual([...store.changes.imports.keys()].sort(), ['default/db', 'default/web']);
    assert.deepEqual(store.imports.view('default', 'db').slices, []);
    assert.equal(store.imports.view('default', 'web').slices.length, 1);
  });

  it('a slice that loses its import goes', () => {
    const store = storeOf(db, east);
    put(store, { ...east, service: '' });
    assert.deepEqual(store.imports.view('default', 'db').slices, []);
    assert.equal(store.size().importSlices, 0);
  });

  it('a slice in another cluster is a change', () => {
    const store = storeOf(db, east);
    put(store, { ...east, cluster: 'north' });
    assert.equal(store.imports.view('default', 'db').slices[0].cluster, 'north');
    assert.equal(store.changes.objects.length, 1);
  });

  it('keep nothing of what is gone', () => {
    const store = storeOf();
    put(store, web, db, east, west);
    store.settle();
    put(store, { ...east, labels: { other: 'label' } });
    store.settle();
    remove(store, web, db, east, west);
    store.settle();
    assert.equal(store.codec.dictionary.size, 0);
    assert.deepEqual([...store.objects()], []);
  });

  it('collect no changes before they are told to', () => {
    const store = new Store();
    put(store, web, db, east);
    assert.ok(store.changes.empty);
    assert.equal(store.changes.imports.size, 0);
  });
});
