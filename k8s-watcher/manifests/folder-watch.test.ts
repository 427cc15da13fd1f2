// Says that something may have changed: soon after it has, once for many events, and from time to time.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { TestFolder, until } from '../testing/folder.ts';
import { FolderWatch } from './folder-watch.ts';

const SELDOM = 60_000;

function watched(context: TestContext, pollInterval: number): { watch: FolderWatch; calls: () => number } {
  let calls = 0;
  const watch = new FolderWatch(pollInterval, () => calls++);
  context.after(() => watch.close());
  return { watch, calls: () => calls };
}

describe('FolderWatch', () => {
  it('tells of a change, once for many at a time', async (context) => {
    const folder = new TestFolder(context);
    const { watch, calls } = watched(context, SELDOM);
    watch.setFolders([folder.path]);
    for (let i = 0; i < 50; i++) folder.write(`${i}.json`, '{}');
    await until('the first call', () => calls() > 0);
    assert.ok(calls() < 10);
  });

  it('tells of changes in every folder that it was given, and in no other', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a/x', '');
    folder.write('b/x', '');
    const { watch, calls } = watched(context, SELDOM);
    watch.setFolders([folder.at('a')]);
    watch.setFolders([folder.at('b'), folder.at('a')]);
    folder.write('b/y', '');
    await until('the change in b', () => calls() === 1);
    watch.setFolders([folder.at('a')]);
    folder.write('b/z', '');
    folder.write('a/z', '');
    await until('the change in a', () => calls() === 2);
  });

  it('does not mind folders that are not there', async (context) => {
    const folder = new TestFolder(context);
    const { watch, calls } = watched(context, 5);
    watch.setFolders([folder.at('nothing')]);
    await until('the poll', () => calls() > 1);
  });

  it('says nothing any more once it is closed', async (context) => {
    const folder = new TestFolder(context);
    const { watch, calls } = watched(context, 5);
    watch.setFolders([folder.path]);
    await until('the poll', () => calls() > 0);
    watch.close();
    const last = calls();
    const other = watched(context, 5);
    other.watch.setFolders([folder.path]);
    folder.write('a.json', '{}');
    await until('what another one hears', () => other.calls() > 3);
    assert.equal(calls(), last);
  });
});
