// Files of manifests: YAML, JSON, several documents, lists; and the one line that says what is wrong.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../errors.ts';
import { describeId, idOf } from '../objects/object.ts';
import { plainNamespace, plainService } from '../testing/objects.ts';
import { parseManifest } from './parse.ts';

const web = JSON.stringify(plainService('web', { ip: '10.96.0.20' }));
const db = JSON.stringify(plainService('db', { ip: 'None', namespace: 'data' }));
const yaml = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n  clusterIP: 10.96.0.20\n`;

describe('parseManifest', () => {
  const rows: { name: string; file?: string; text: string; want: string[] }[] = [
    { name: 'JSON', file: 'a.json', text: web, want: ['Service default/web'] },
    { name: 'JSON lines', file: 'a.json', text: `${web}\n${db}\n`, want: ['Service default/web', 'Service data/db'] },
    {
      name: 'JSON objects without a line between them',
      file: 'a.json',
      text: `${web}${db}`,
      want: ['Service default/web', 'Service data/db'],
    },
    { name: 'braces within texts', file: 'a.json', text: `{"kind":"}{\\"]"}\n${web}`, want: ['Service default/web'] },
    { name: 'YAML', text: yaml('web'), want: ['Service default/web'] },
    {
      name: 'several documents',
      text: `${yaml('a')}---\n${yaml('b')}---\n---\n# nothing\n---\n${yaml('c')}`,
      want: ['Service default/a', 'Service default/b', 'Service default/c'],
    },
    { name: 'JSON in a YAML file', text: web, want: ['Service default/web'] },
    { name: 'JSON documents of YAML', text: `${web}\n---\n${db}\n`, want: ['Service default/web', 'Service data/db'] },
    {
      name: 'a flow mapping that is no JSON',
      text: '{apiVersion: v1, kind: Namespace, metadata: {name: a}}',
      want: ['Namespace a'],
    },
    { name: 'a file without an extension', file: 'objects', text: web, want: ['Service default/web'] },
    {
      name: 'a list',
      text: `apiVersion: v1\nkind: List\nitems: [${web}, ${db}]`,
      want: ['Service default/web', 'Service data/db'],
    },
    {
      name: 'a list of lists',
      text: `{"kind":"List","apiVersion":"v1","items":[{"kind":"List","items":[${web}]}]}`,
      want: ['Service default/web'],
    },
    {
      name: 'a ServiceList, whose items say less',
      text: JSON.stringify({ kind: 'ServiceList', apiVersion: 'v1', items: [{ metadata: { name: 'web' }, spec: {} }] }),
      want: ['Service default/web'],
    },
    {
      name: 'other kinds are passed over',
      text: `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: 7 }\n---\n${yaml('web')}`,
      want: ['Service default/web'],
    },
    { name: 'an empty list', text: '{"kind":"List","items":[]}', want: [] },
    { name: 'an empty file', text: ' \n', want: [] },
    { name: 'comments only', text: '# nothing here\n', want: [] },
    { name: 'a byte order mark', file: 'a.json', text: `\uFEFF${web}`, want: ['Service default/web'] },
    {
      name: 'anchors',
      text: `a: &meta { name: web }\n---\n${JSON.stringify(plainNamespace('n'))}`,
      want: ['Namespace n'],
    },
  ];
  for (const { name, file = 'a.yaml', text, want } of rows) {
    it(name, async () => {
      const objects = await parseManifest(file, text);
      assert.deepEqual(
        objects.map((object) => describeId(idOf(object))),
        want,
      );
    });
  }
});

describe('parseManifest says what is wrong', () => {
  const broken = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { clusterIP: x }\n';
  const rows: { name: string; file?: string; text: string; message: RegExp }[] = [
    {
      name: 'an object, with document and line',
      text: `${yaml('a')}---\n${broken}`,
      message:
        /^manifests: a\.yaml: document 2 \(line 7\): Service default\/web: spec\.clusterIP: "x" is not an IP address$/,
    },
    {
      name: 'an item of a list',
      file: 'a.json',
      text: `{"kind":"List","items":[${web},{"apiVersion":"v1","kind":"Namespace"}]}`,
      message: /^manifests: a\.json: document 1 \(line 1\): items\[1\]: Namespace: metadata\.name: is missing$/,
    },
    {
      name: 'YAML that is none',
      text: `${yaml('a')}---\nkind: Service\nmetadata: [\n`,
      message: /^manifests: a\.yaml: document 2 \(line 7\): [^\n]+$/,
    },
    {
      name: 'an alias to nowhere',
      text: 'kind: Service\nmetadata: *nowhere\n',
      message: /^manifests: a\.yaml: document 1 \(line 1\): [^\n]*nowhere[^\n]*$/,
    },
    {
      name: 'JSON that is none',
      file: 'a.json',
      text: '{"kind": ',
      message: /^manifests: a\.json: document 1 \(line 1\): [^\n]+$/,
    },
    {
      name: 'the second of two JSON objects',
      file: 'a.json',
      text: `${web}\n\n{"apiVersion":"v1","kind":"Service","metadata":{"name":"X"}}`,
      message: /^manifests: a\.json: document 2 \(line 3\): Service: metadata\.name: "X" is not a name/,
    },
  ];
  for (const { name, file = 'a.yaml', text, message } of rows) {
    it(name, async () => {
      await assert.rejects(parseManifest(file, text), (error: unknown) => {
        assert.ok(error instanceof ManifestError);
        assert.equal(error.code, 'ERR_MANIFEST');
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('aliases that blow up are refused', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(12).fill(`*l${i}`).join(', ')}]`,
    );
    await assert.rejects(parseManifest('a.yaml', `l0: &l0 [x]\n${levels.join('\n')}\n`), ManifestError);
  });
});
