import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Plain } from '../objects.ts';
import { plainPod, plainService } from '../objects.ts';
import { ask, itemsOf, metadataOf, serving, watching } from './asking.ts';
import { Replay, readRecording } from './replay.ts';

function line(type: string, plain: Plain, version: number): string {
  const metadata = { ...metadataOf(plain), resourceVersion: String(version) };
  return JSON.stringify({ type, object: { ...plain, metadata } });
}

function bookmark(version: number, annotations?: Plain): string {
  const metadata = { resourceVersion: String(version), ...(annotations === undefined ? {} : { annotations }) };
  return JSON.stringify({ type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Service', metadata } });
}

const GONE = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', code: 410, reason: 'Expired', message: 'old' },
});

/** A streaming list that tells a before b, whose version is lower. */
const RECORDING = [
  line('ADDED', plainService('a'), 120),
  line('ADDED', plainService('b'), 110),
  bookmark(130, { 'k8s.io/initial-events-end': 'true' }),
  line('MODIFIED', plainService('b', { labels: { x: 'y' } }), 140),
  line('ADDED', plainPod('p', '10.0.0.1'), 145),
  line('DELETED', plainService('a'), 150),
  bookmark(200),
  GONE,
  '',
].join('\n');

test('a recording is played with its versions, step by step', async (context) => {
  const api = await serving(context, { resourceVersion: 100 });
  const replay = new Replay(api, readRecording(RECORDING));
  const watch = await watching(context, api, '/api/v1/services?allowWatchBookmarks=true');
  replay.step(2);
  assert.deepEqual(await watch.reaches(2), ['ADDED default/b', 'ADDED default/a']);
  replay.to(150);
  assert.equal(replay.left, 2);
  const list = await ask(api, '/api/v1/services');
  assert.deepEqual([itemsOf(list), metadataOf(list.json)['resourceVersion']], [['default/b'], '150']);
  replay.all();
  assert.equal(replay.left, 0);
  await watch.ends();
  assert.deepEqual(watch.told.slice(2), [
    'BOOKMARK 130',
    'MODIFIED default/b',
    'DELETED default/a',
    'BOOKMARK 200',
    'ERROR 410',
  ]);
  const versions = watch.events.slice(0, 6).map(({ object }) => metadataOf(object)['resourceVersion']);
  assert.deepEqual(versions, ['110', '120', '130', '140', '150', '200']);
});

test('a recorded change without content is a change', async (context) => {
  const api = await serving(context, { resourceVersion: 1 });
  const lines = [line('ADDED', plainService('a'), 5), line('MODIFIED', plainService('a'), 6)];
  new Replay(api, readRecording(lines.join('\n'))).all();
  assert.equal(api.state.version, 6);
});

test('a recording from before the server began is refused', async (context) => {
  const api = await serving(context, { resourceVersion: 500 });
  const replay = new Replay(api, readRecording(RECORDING));
  assert.throws(() => replay.step(), { name: 'RangeError', message: 'version 110 has passed: it is 500' });
});

test('a recording of what is not served is refused', async (context) => {
  const api = await serving(context);
  const replay = new Replay(api, readRecording(line('ADDED', { ...plainPod('a', ''), kind: 'Secret' }, 2000)));
  assert.throws(() => replay.step(), /v1 Secret is not served/);
});

const BROKEN: readonly [name: string, text: string, message: string][] = [
  ['no JSON', '\n{"type"', 'recording, line 2: it is no JSON object'],
  ['no object', '[]', 'recording, line 1: it is no JSON object'],
  ['another type', '{"type":"GONE"}', 'recording, line 1: type is none of ADDED, MODIFIED, DELETED, BOOKMARK, ERROR'],
  ['nothing that changed', '{"type":"ADDED"}', 'recording, line 1: object is missing'],
  [
    'no version',
    line('ADDED', plainService('a'), Number.NaN),
    'recording, line 1: object.metadata.resourceVersion is no number',
  ],
];

suite('a recording with', () => {
  for (const [name, text, message] of BROKEN)
    test(name, () => {
      assert.throws(() => readRecording(text), { name: 'SyntaxError', message });
    });
});
