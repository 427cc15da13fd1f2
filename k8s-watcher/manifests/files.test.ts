// Which files below a path are manifests.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { TestFolder } from '../testing/folder.ts';
import { listManifests } from './files.ts';

describe('listManifests', () => {
  it('finds manifests in all folders, in the order of their paths', async (context) => {
    const folder = new TestFolder(context);
    for (const name of ['b.yaml', 'a/z.yml', 'a/b/c.JSON', 'readme.md', '.hidden.yaml', '.git/x.yaml', 'a/no'])
      folder.write(name, 'x');
    const { files, folders } = await listManifests(folder.path);
    assert.deepEqual(
      [...files.keys()],
      ['a/b/c.JSON', 'a/z.yml', 'b.yaml'].map((name) => folder.at(name)),
    );
    assert.deepEqual([...folders].sort(), [folder.path, folder.at('a'), folder.at('a/b')]);
  });

  it('takes a file whatever its name', async (context) => {
    const folder = new TestFolder(context);
    folder.write('objects', 'x');
    const { files, folders } = await listManifests(folder.at('objects'));
    assert.deepEqual([[...files.keys()], folders], [[folder.at('objects')], []]);
  });

  it('sees a mounted ConfigMap through its links, each file once', async (context) => {
    const folder = new TestFolder(context);
    folder.write('..2026_01_01/web.yaml', 'x');
    folder.link('..2026_01_01', '..data');
    folder.link('..data/web.yaml', 'web.yaml');
    const before = await listManifests(folder.path);
    assert.deepEqual([...before.files.keys()], [folder.at('web.yaml')]);
    folder.write('..2026_01_02/web.yaml', 'y');
    folder.link('..2026_01_02', '..data');
    const after = await listManifests(folder.path);
    assert.notEqual(after.files.get(folder.at('web.yaml')), before.files.get(folder.at('web.yaml')));
  });

  it('does not go round in circles, nor after links to nowhere', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a/b.yaml', 'x');
    folder.link(folder.path, 'self');
    folder.link('nowhere.yaml', 'broken.yaml');
    const { files } = await listManifests(folder.path);
    assert.deepEqual(
      [...files.keys()].filter((file) => file.startsWith(folder.path)),
      [folder.at('a/b.yaml')],
    );
  });

  it('a stamp changes with the content', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.yaml', 'x');
    const before = await listManifests(folder.path);
    const same = await listManifests(folder.path);
    assert.deepEqual(same.files, before.files);
    writeFileSync(folder.at('a.yaml'), 'xy');
    const after = await listManifests(folder.path);
    assert.notDeepEqual(after.files, before.files);
  });

  it('a path that is not there is an error', async (context) => {
    const folder = new TestFolder(context);
    await assert.rejects(listManifests(folder.at('nothing')), { code: 'ENOENT' });
  });
});
