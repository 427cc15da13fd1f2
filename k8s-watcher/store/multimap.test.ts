// One value or several under a key.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Multimap } from './multimap.ts';

describe('Multimap', () => {
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

  it('keeps values in the order in which they came, each once', () => {
    const map = new Multimap<string, object>();
    for (const value of [a, a, b, c, b]) map.add('k', value);
    assert.deepEqual(map.get('k'), [a, b, c]);
    assert.deepEqual(map.get('other'), []);
    assert.deepEqual([...map.keys()], ['k']);
  });

  it('loses a key with its last value', () => {
    const map = new Multimap<string, object>();
    for (const value of [a, b, c]) map.add('k', value);
    map.delete('k', b);
    assert.deepEqual(map.get('k'), [a, c]);
    map.delete('k', a);
    map.delete('k', a);
    assert.deepEqual(map.get('k'), [c]);
    assert.equal(map.size, 1);
    map.delete('k', c);
    assert.equal(map.size, 0);
  });

  it('hands out copies', () => {
    const map = new Multimap<string, object>();
    map.add('k', a);
    map.add('k', b);
    const copy = map.get('k');
    map.delete('k', a);
    assert.deepEqual(copy, [a, b]);
  });
});
