import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestFolder } from '../../testing/folder.ts';
import { basic, TokenFile } from './credentials.ts';
import { CachedFile } from './file.ts';

describe('a file', () => {
  test('is read again when what is known is old', async (context) => {
    let now = 1000;
    context.mock.method(performance, 'now', () => now);
    const folder = new TestFolder(context);
    const file = new CachedFile('token', folder.at('token'));
    folder.write('token', 'one');
    assert.equal(await file.read(), 'one');
    folder.write('token', 'two');
    now += 59_999;
    assert.equal(await file.read(), 'one');
    now += 1;
    assert.equal(await file.read(), 'two');
  });

  test('is read again when it is to be forgotten', async (context) => {
    const folder = new TestFolder(context);
    const file = new CachedFile('token', folder.at('token'));
    folder.write('token', 'one');
    await file.read();
    folder.write('token', 'two');
    file.forget();
    assert.equal(await file.read(), 'two');
  });

  for (const row of [
    { name: 'gone', change: (folder: TestFolder) => folder.remove('token') },
    { name: 'empty', change: (folder: TestFolder) => folder.write('token', '\n') },
  ]) {
    test(`that is ${row.name} leaves what was known`, async (context) => {
      const folder = new TestFolder(context);
      const file = new CachedFile('token', folder.at('token'), 0);
      folder.write('token', 'one');
      await file.read();
      row.change(folder);
      assert.equal(await file.read(), 'one');
    });
  }

  test('that was never there is an error', async (context) => {
    const path = new TestFolder(context).at('token');
    await assert.rejects(new CachedFile('the token', path).read(), {
      code: 'ERR_API_CONFIG',
      message: `the token: open ${path}: no such file or directory`,
    });
  });

  test('that was always empty is an error', async (context) => {
    const folder = new TestFolder(context);
    folder.write('token', ' \n');
    await assert.rejects(new CachedFile('the token', folder.at('token')).read(), {
      message: `the token: ${folder.at('token')} is empty`,
    });
  });
});

describe('a token in a file', () => {
  test('goes without the blanks around it', async (context) => {
    const folder = new TestFolder(context);
    folder.write('token', ' abc\n');
    const credentials = new TokenFile('x', new CachedFile('token', folder.at('token')));
    assert.deepEqual(await credentials.current(), { authorization: 'Bearer abc', certificate: null });
  });

  test('is read at once when the server refuses it', async (context) => {
    const folder = new TestFolder(context);
    folder.write('token', 'one');
    const credentials = new TokenFile('x', new CachedFile('token', folder.at('token')));
    const refused = await credentials.current();
    assert.equal(await credentials.renew(refused), false);
    folder.write('token', 'two');
    assert.equal(await credentials.renew(refused), true);
    assert.equal((await credentials.current()).authorization, 'Bearer two');
  });
});

test('basic authentication (RFC 7617 section 2)', () => {
  assert.equal(basic('Aladdin', 'open sesame'), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
});
