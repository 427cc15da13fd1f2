// A state file: what is saved is what is loaded; whatever else a file may hold is refused before anything of it is used.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ClusterObject } from '../objects/object.ts';
import { TestFolder } from '../testing/folder.ts';
import { decoded, plainNamespace, plainPod, plainService, plainSlice } from '../testing/objects.ts';
import { FORMAT, type StateHead, stateFileName, VERSION } from './format.ts';
import { decodeLine, encodeLine } from './line.ts';
import { loadState } from './load.ts';
import { saveState } from './save.ts';

const HEAD: StateHead = {
  format: FORMAT,
  version: VERSION,
  source: 'api:1',
  savedAt: 1000,
  resourceVersions: { Service: '7', Namespace: '9' },
};
/** Of other clusters. */
const IMPORTED: readonly ClusterObject[] = [
  {
    kind: 'ServiceImport',
    namespace: 'prod',
    name: 'api',
    labels: {},
    mode: 'cluster',
    addresses: [0x0a600101],
    ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
  },
  {
    kind: 'ImportSlice',
    namespace: 'prod',
    name: 'api-east',
    labels: {},
    service: 'api',
    cluster: 'east',
    endpoints: [{ address: 0x0a010001, spelling: '', hostname: 'a', podName: '', zone: '' }],
    ports: [],
  },
];
const OBJECTS: readonly ClusterObject[] = [
  plainNamespace('prod', { team: 'core' }),
  plainService('web', { ip: ['10.96.0.20', 'fd00::20'], ports: ['http 80', 'dns 53/UDP'], labels: { a: 'b' } }),
  plainService('db', { ip: 'None' }),
  plainService('ext', { externalName: 'example.org' }),
  {
    ...plainService('lb', { ip: '10.96.0.22' }),
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }] } },
  },
  plainSlice('db', [{ ip: '10.1.0.1', hostname: 'db-0', pod: 'db-0', zone: 'a' }, 'fd00::5', 'x.example.org']),
  plainPod('web-0', '10.244.0.5', { labels: { app: 'wéb' } }),
]
  .map((plain) => decoded(plain))
  .concat(IMPORTED);

class Rig {
  readonly path: string;
  constructor(context: TestContext) {
    this.path = join(new TestFolder(context).path, stateFileName('api:1'));
  }
  load(source = 'api:1', now = 1010, maxAge = 60): { head: StateHead | undefined; objects: ClusterObject[] } {
    const objects: ClusterObject[] = [];
    const head = loadState(this.path, { source, now, maxAge }, (batch) => objects.push(...batch));
    return { head, objects };
  }
}

describe('a line of a state file', () => {
  for (const object of OBJECTS)
    it(`${object.kind} ${object.name}`, () => assert.deepEqual(decodeLine(encodeLine(object)), object));
  it('an object of a kind from the future', () => assert.throws(() => decodeLine('{"kind":"Gateway"}'), TypeError));
});

describe('a state file', () => {
  it('gives back what was saved, with the resource versions', async (context) => {
    const rig = new Rig(context);
    assert.ok((await saveState(rig.path, HEAD, OBJECTS)) > 500);
    const { head, objects } = rig.load();
    assert.deepEqual(head, HEAD);
    assert.deepEqual(objects, OBJECTS);
  });

  it('holds more than fits into one chunk', async (context) => {
    const rig = new Rig(context);
    const many = Array.from({ length: 5000 }, (_, i) => decoded(plainPod(`p-${i}`, '10.0.0.1')));
    assert.ok((await saveState(rig.path, HEAD, many)) > 1 << 19);
    assert.deepEqual(rig.load().objects, many);
  });

  it('of an empty cluster', async (context) => {
    const rig = new Rig(context);
    await saveState(rig.path, HEAD, []);
    assert.deepEqual(rig.load(), { head: HEAD, objects: [] });
  });

  it('is nobody else’s to read', async (context) => {
    const rig = new Rig(context);
    await saveState(rig.path, HEAD, OBJECTS);
    assert.equal((await stat(rig.path)).mode & 0o777, 0o600);
  });

  it('that is not there is no error', (context) => assert.equal(new Rig(context).load().head, undefined));

  it('stays as it was when the new one cannot be written', async (context) => {
    const rig = new Rig(context);
    await saveState(rig.path, HEAD, OBJECTS);
    const broken = function* (): Generator<ClusterObject> {
      yield OBJECTS[0];
      throw new Error('gone');
    };
    await assert.rejects(saveState(rig.path, HEAD, broken()), /gone/);
    assert.deepEqual(rig.load().objects, OBJECTS);
  });

  const rows: Record<string, { damage?: (text: string) => string; source?: string; now?: number; error: RegExp }> = {
    'an empty file': { damage: () => '', error: /not a state file/ },
    'somebody else’s file': { damage: () => 'PNG\r\n\0\0', error: /not a state file/ },
    'JSON of somebody else': { damage: () => '{"kind":"List"}\n{}\n', error: /not a state file/ },
    'another version': {
      damage: (text) => text.replace(`"version":${VERSION}`, '"version":99'),
      error: new RegExp(`version 99, not ${VERSION}`),
    },
    'one octet changed': { damage: (text) => text.replace('10.96.0.20', '10.96.0.21'), error: /checksum/ },
    'a head changed': { damage: (text) => text.replace('"savedAt":1000', '"savedAt":1005'), error: /checksum/ },
    'a line less': { damage: (text) => text.replace(/\{"kind":"Pod".*\n/, ''), error: /checksum/ },
    'cut off': { damage: (text) => text.slice(0, text.length / 2), error: /checksum/ },
    'without its end': { damage: (text) => text.replace(/\{"objects".*\n/, ''), error: /checksum/ },
    'another source': { source: 'api:2', error: /another API server/ },
    'too old': { now: 1061, error: /61 seconds old, more than 60/ },
  };
  for (const [name, { damage = (text: string) => text, source, now, error }] of Object.entries(rows))
    it(`refused: ${name}`, async (context) => {
      const rig = new Rig(context);
      await saveState(rig.path, HEAD, OBJECTS);
      writeFileSync(rig.path, damage(readFileSync(rig.path, 'utf8')));
      let taken = 0;
      assert.throws(
        () => loadState(rig.path, { source: source ?? 'api:1', now: now ?? 1010, maxAge: 60 }, () => taken++),
        (thrown: unknown) => thrown instanceof Error && error.test(thrown.message) && thrown.message.includes(rig.path),
      );
      assert.equal(taken, 0);
    });
});
