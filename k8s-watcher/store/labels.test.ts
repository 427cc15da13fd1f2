// Labels that nobody selects by are not kept.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decoded, type Plain, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { Store } from './store.ts';

const labels = { app: 'web', tier: 'gold' };
const OBJECTS: Readonly<Record<string, Plain>> = {
  Namespace: plainNamespace('a', labels),
  Service: plainService('a', { ip: '10.0.0.1', labels }),
  EndpointSlice: plainSlice('a', ['10.1.0.1'], { labels }),
  Pod: plainPod('a', '10.1.0.1', { labels }),
};

describe('Codec.dropLabels', () => {
  for (const [name, plain] of Object.entries(OBJECTS))
    it(name, () => {
      const object = decoded(plain);
      const store = new Store();
      store.codec.dropLabels(object.kind);
      store.tracking = true;
      store.apply({ action: 'put', object });
      assert.deepEqual([...store.objects()], [{ ...object, labels: {} }]);
      store.settle();
      store.apply({ action: 'put', object: { ...object, labels: { another: 'label' } } });
      assert.ok(store.changes.empty, 'a label that is not kept is no change');
    });

  it('keeps those of other kinds', () => {
    const store = new Store();
    store.codec.dropLabels('Pod');
    for (const plain of Object.values(OBJECTS)) store.apply({ action: 'put', object: decoded(plain) });
    const labelled = [...store.objects()].filter((object) => 'app' in object.labels).map(({ kind }) => kind);
    assert.deepEqual(labelled.sort(), ['EndpointSlice', 'Namespace', 'Service']);
  });
});
