// Events in, changes out; every object comes back as it was put.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '#wire/address.ts';
import { parseAddress, textOf } from '../objects/address.ts';
import { idOf } from '../objects/object.ts';
import { decoded, type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { Store } from './store.ts';

const keyOf = (text: string): Address => parseAddress(text) ?? '';

function storeOf(...objects: readonly Plain[]): Store {
  const store = new Store();
  for (const plain of objects) store.apply({ action: 'put', object: decoded(plain) });
  store.tracking = true;
  return store;
}

function put(store: Store, ...objects: readonly Plain[]): void {
  for (const plain of objects) store.apply({ action: 'put', object: decoded(plain) });
}

function remove(store: Store, ...objects: readonly Plain[]): void {
  for (const plain of objects) store.apply({ action: 'delete', id: idOf(decoded(plain)) });
}

const web = plainService('web', { ip: ['10.96.0.20', 'fd00::20'], ports: ['http 80'], labels: { app: 'web' } });
const webSlice = plainSlice('web', ['10.244.0.1', '10.244.0.2'], { ports: ['http 8080'] });

describe('Store', () => {
  it('gives objects back as they were put', () => {
    const full = plainSlice('web', [{ ip: '10.1.1.1', hostname: 'a', pod: 'p', zone: 'z' }, { ip: 'x.example.org' }], {
      ports: ['http 80', 'dns 53/UDP', 9090],
      labels: { b: '2', a: '1' },
    });
    const external = plainService('ext', { externalName: 'example.org', ports: ['pg 5432'] });
    const store = storeOf(web, full, external, plainNamespace('default', { team: 'core' }), plainPod('p', '10.1.1.1'));
    assert.deepEqual(store.service('default', 'web'), decoded(web));
    assert.deepEqual(store.service('default', 'ext'), decoded(external));
    assert.deepEqual(store.view('default', 'web').slices, [decoded(full)]);
    assert.deepEqual(store.namespaceLabels('default'), { team: 'core' });
    assert.deepEqual(store.podsAt('default', '10.1.1.1'), [decoded(plainPod('p', '10.1.1.1'))]);
    assert.deepEqual(store.size(), { services: 2, slices: 1, namespaces: 1, pods: 1, imports: 0, importSlices: 0 });
  });

  it('sorts slices by name, whatever the order of events', () => {
    const store = storeOf(plainSlice('web', [], { name: 'b' }), plainSlice('web', [], { name: 'a' }));
    assert.deepEqual(
      store.view('default', 'web').slices.map(({ name }) => name),
      ['a', 'b'],
    );
  });

  it('finds owners of addresses, also after they have moved', () => {
    const store = storeOf(web, webSlice);
    assert.deepEqual(
      store.servicesAt(keyOf('fd00::20')).map(({ name }) => name),
      ['web'],
    );
    assert.deepEqual(
      store.slicesAt(keyOf('10.244.0.2')).map(({ name }) => name),
      ['web-abcde'],
    );
    put(store, plainService('web', { ip: '10.96.0.21' }), plainSlice('web', ['10.244.0.1']));
    assert.deepEqual(store.servicesAt(keyOf('fd00::20')), []);
    assert.deepEqual(
      store.servicesAt(keyOf('10.96.0.21')).map(({ name }) => name),
      ['web'],
    );
    assert.deepEqual(store.slicesAt(keyOf('10.244.0.2')), []);
    remove(store, web, webSlice);
    assert.deepEqual([...store.addresses()], []);
  });

  it('an event that changes nothing leaves no change', () => {
    const store = storeOf(web, webSlice, plainNamespace('default'), plainPod('p', '10.1.1.1'));
    put(store, web, webSlice, plainNamespace('default'), plainPod('p', '10.1.1.1'));
    remove(store, plainService('nothing'), plainPod('nothing', ''));
    assert.ok(store.changes.empty);
  });

  it('the order of labels is no change', () => {
    const store = storeOf(plainService('web', { labels: { a: '1', b: '2' } }));
    put(store, plainService('web', { labels: { b: '2', a: '1' } }));
    assert.ok(store.changes.empty);
  });

  it('keeps the state before the first of several changes', () => {
    const store = storeOf(web, webSlice);
    put(store, plainSlice('web', ['10.244.0.9']), plainSlice('web', ['10.244.0.10']));
    remove(store, web);
    const [snapshot] = store.changes.services.values();
    assert.equal(store.changes.services.size, 1);
    assert.deepEqual(store.viewOf(snapshot).service, decoded(web));
    assert.deepEqual(store.viewOf(snapshot).slices, [decoded(webSlice)]);
    assert.equal(store.changes.objects.length, 3);
    assert.deepEqual(
      [...store.changes.addresses].map(textOf).filter((text) => text.startsWith('10.244')),
      ['10.244.0.1', '10.244.0.2', '10.244.0.9', '10.244.0.10'],
    );
  });

  it('a slice that changes its service touches both', () => {
    const store = storeOf(plainSlice('old', ['10.1.1.1'], { name: 's' }));
    put(store, plainSlice('new', ['10.1.1.1'], { name: 's' }));
    assert.deepEqual([...store.changes.services.keys()].sort(), ['default/new', 'default/old']);
    assert.deepEqual(store.view('default', 'old').slices, []);
    assert.equal(store.view('default', 'new').slices.length, 1);
  });

  it('a slice that loses its service goes', () => {
    const store = storeOf(plainSlice('old', ['10.1.1.1'], { name: 's' }));
    put(store, { ...plainSlice('old', ['10.1.1.1'], { name: 's' }), metadata: { name: 's', namespace: 'default' } });
    assert.deepEqual(store.view('default', 'old').slices, []);
    assert.deepEqual(store.size().slices, 0);
  });

  it('keeps the labels of a namespace before the batch', () => {
    const store = storeOf(plainNamespace('prod', { env: 'prod' }));
    put(store, plainNamespace('prod', { env: 'test' }), plainNamespace('new'));
    remove(store, plainNamespace('prod'));
    assert.deepEqual(
      [...store.changes.namespaces],
      [
        ['prod', { env: 'prod' }],
        ['new', undefined],
      ],
    );
  });

  it('a pod that is being deleted stays as it is, and is not taken up (spec C2)', () => {
    const store = storeOf(plainPod('old', '10.1.1.1'));
    put(store, plainPod('old', '10.1.1.2', { terminating: true }), plainPod('new', '10.1.1.3', { terminating: true }));
    assert.ok(store.changes.empty);
    assert.equal(store.podsAt('default', '10.1.1.1').length, 1);
    assert.equal(store.size().pods, 1);
  });

  it('knows all pods of an address', () => {
    const store = storeOf(plainPod('a', '192.0.2.1'), plainPod('b', '192.0.2.1'), plainPod('c', ''));
    remove(store, plainPod('a', ''));
    assert.deepEqual(
      store.podsAt('default', '192.0.2.1').map(({ name }) => name),
      ['b'],
    );
    assert.deepEqual([...store.changes.pods.keys()], ['default/192.0.2.1']);
    assert.deepEqual(store.podAddresses('default'), ['192.0.2.1']);
  });

  it('keeps nothing of what is gone', () => {
    const objects = [
      web,
      webSlice,
      plainNamespace('default', { a: 'b' }),
      plainPod('p', '10.1.1.1', { labels: { x: 'y' } }),
    ];
    const store = storeOf();
    put(store, ...objects);
    store.settle();
    put(store, plainService('web', { ip: '10.96.0.99', labels: { other: 'label' } }));
    store.settle();
    remove(store, ...objects);
    store.settle();
    assert.equal(store.codec.dictionary.size, 0);
    assert.deepEqual(store.namespaces(), []);
  });

  it('collects no changes before it is told to', () => {
    const store = new Store();
    put(store, web, webSlice, plainNamespace('default'));
    put(store, plainService('web', { ip: '10.96.0.30' }));
    assert.ok(store.changes.empty);
    assert.equal(store.changes.services.size + store.changes.addresses.size + store.changes.namespaces.size, 0);
  });
});
