import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestFolder } from '../folder.ts';
import { plainNamespace, plainService } from '../objects.ts';
import { metadataOf } from './asking.ts';
import { readManifests } from './manifests.ts';

const A = plainService('a');
const B = plainService('b');
const LINES = `${JSON.stringify(A)}\n${JSON.stringify(B)}\n`;
const { kind: _kind, apiVersion: _apiVersion, ...bare } = B;

const ROWS: readonly [name: string, file: string, content: string | object, names: string][] = [
  [
    'YAML',
    'a.yaml',
    'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n',
    'a b',
  ],
  ['JSON', 'a.json', A, 'a'],
  ['JSON lines under any name', 'objects.jsonl', LINES, 'a b'],
  ['a List', 'a.json', { kind: 'List', apiVersion: 'v1', items: [A, plainNamespace('n')] }, 'a n'],
  ['a ServiceList', 'a.json', { kind: 'ServiceList', apiVersion: 'v1', items: [bare] }, 'b'],
  ['nothing', 'a.yaml', '', ''],
];

suite('objects of', () => {
  for (const [name, file, content, names] of ROWS)
    test(name, async (context) => {
      const folder = new TestFolder(context);
      folder.write(file, content);
      const { objects } = await readManifests([folder.at(file)]);
      assert.equal(objects.map((object) => metadataOf(object)['name']).join(' '), names);
      for (const object of objects) assert.equal(object['apiVersion'], 'v1');
    });

  test('a folder, without kinds that are not served', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', A);
    folder.write(
      'below/b.yaml',
      'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: serving.knative.dev/v1\nkind: Service',
    );
    folder.write('notes.txt', 'nothing');
    const { objects, others } = await readManifests([folder.path]);
    assert.equal(objects.length, 1);
    assert.deepEqual(
      [...others],
      [
        ['Deployment', 1],
        ['Service', 1],
      ],
    );
  });
});

test('a file that cannot be read is named', async (context) => {
  const folder = new TestFolder(context);
  folder.write('a.yaml', 'a: [');
  await assert.rejects(readManifests([folder.path]), /a\.yaml: /);
  await assert.rejects(readManifests([folder.at('none')]), /ENOENT/);
});
