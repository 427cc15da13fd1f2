import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainPod, plainService } from '../objects.ts';
import { resourceNamed } from './resources.ts';
import { readSelector } from './selector.ts';

const PODS = [
  plainPod('a', '10.0.0.1', { labels: { app: 'web', tier: 'front' } }),
  plainPod('b', '10.0.0.2', { labels: { app: 'db', 'example.com/zone': '' }, phase: 'Succeeded' }),
  plainPod('c', '', { namespace: 'other', phase: 'Pending' }),
];

const ROWS: readonly [query: string, names: string][] = [
  ['', 'abc'],
  ['labelSelector=app%3Dweb', 'a'],
  ['labelSelector=app==web', 'a'],
  ['labelSelector=app!%3Dweb', 'bc'],
  ['labelSelector=app', 'ab'],
  ['labelSelector=!app', 'c'],
  ['labelSelector=app%3Dweb,tier%3Dfront', 'a'],
  ['labelSelector=app%3Dweb,tier%3Dback', ''],
  ['labelSelector=app in (web, db)', 'ab'],
  ['labelSelector=app notin (web)', 'bc'],
  ['labelSelector=app in (web,db),!tier', 'b'],
  ['labelSelector=example.com/zone', 'b'],
  ['labelSelector=example.com/zone%3D', 'b'],
  ['fieldSelector=metadata.name%3Db', 'b'],
  ['fieldSelector=metadata.namespace%3Dother', 'c'],
  ['fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed,status.phase!%3DUnknown', 'ac'],
  ['fieldSelector=status.podIP%3D', 'c'],
  ['fieldSelector=status.phase%3DRunning&labelSelector=app', 'a'],
];

suite('of three pods are selected', () => {
  for (const [query, names] of ROWS)
    test(query || 'all', () => {
      const selector = readSelector(resourceNamed('pods'), '', new URLSearchParams(query));
      const chosen = PODS.filter((pod) => selector?.(pod) !== false);
      assert.equal(chosen.map((pod) => (pod['metadata'] as { name: string }).name).join(''), names);
    });
});

test('a namespace of the path selects, too', () => {
  const selector = readSelector(resourceNamed('services'), 'default', new URLSearchParams());
  assert.equal(selector?.(plainService('a')), true);
  assert.equal(selector?.(plainService('a', { namespace: 'other' })), false);
});

const REFUSED: readonly [name: string, query: string, message: RegExp][] = [
  ['a label selector that cannot be read', 'labelSelector=a%3D%3D%3D', /^unable to parse requirement/],
  ['an empty requirement', 'labelSelector=,', /^unable to parse requirement/],
  ['a field that no resource selects by', 'fieldSelector=spec.x%3D1', /^field label not supported: spec.x$/],
  ['a field of another resource', 'fieldSelector=status.phase%3D1', /^field label not supported: status.phase$/],
  ['a field selector that cannot be read', 'fieldSelector=status', /^invalid selector/],
];

suite('refused with 400', () => {
  for (const [name, query, message] of REFUSED)
    test(name, () => {
      const read = (): unknown => readSelector(resourceNamed('services'), '', new URLSearchParams(query));
      assert.throws(read, { name: 'StatusError', code: 400, reason: 'BadRequest', message });
    });
});
