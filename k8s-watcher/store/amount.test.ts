// How much there is of each kind, through whatever happens to the objects.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idOf } from '../objects/object.ts';
import { decoded, type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { Store } from './store.ts';

const rows: Record<string, readonly [first: Plain, larger: Plain]> = {
  Namespace: [plainNamespace('a'), plainNamespace('a', { team: 'core', tier: 'gold' })],
  Service: [plainService('a', { ip: '10.0.0.1' }), plainService('a', { ip: '10.0.0.1', exposed: ['192.0.2.1'] })],
  EndpointSlice: [plainSlice('a', ['10.1.0.1']), plainSlice('a', ['10.1.0.1', '10.1.0.2'])],
  Pod: [plainPod('a', '10.1.0.1'), plainPod('a', '10.1.0.1', { labels: { app: 'x', tier: 'y' } })],
};

describe('Store.amount', () => {
  for (const [name, [first, larger]] of Object.entries(rows))
    for (const tracking of [true, false])
      it(`${name}${tracking ? '' : ', while everything is compiled anyway'}`, () => {
        const store = new Store();
        store.tracking = tracking;
        const object = decoded(first);
        const { kind } = object;
        assert.deepEqual({ ...store.amount(kind) }, { objects: 0, bytes: 0 });
        store.apply({ action: 'put', object });
        const small = { ...store.amount(kind) };
        assert.ok(small.objects === 1 && small.bytes > 0);
        store.apply({ action: 'put', object });
        assert.deepEqual({ ...store.amount(kind) }, small, 'the same again');
        store.apply({ action: 'put', object: decoded(larger) });
        assert.equal(store.amount(kind).objects, 1);
        assert.ok(store.amount(kind).bytes > small.bytes);
        store.apply({ action: 'delete', id: idOf(object) });
        store.apply({ action: 'delete', id: idOf(object) });
        store.settle();
        assert.deepEqual({ ...store.amount(kind) }, { objects: 0, bytes: 0 });
      });
});
