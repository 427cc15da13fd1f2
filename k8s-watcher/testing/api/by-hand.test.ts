import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { suite, test } from 'node:test';
import { TestFolder } from '../folder.ts';
import { plainService } from '../objects.ts';
import { ask, itemsOf } from './asking.ts';
import { serveByHand } from './by-hand.ts';

const SERVICES = '/api/v1/services';

test('files are served, others are named, and the kubeconfig goes with the server', async (context) => {
  const folder = new TestFolder(context);
  folder.write('a.json', plainService('a'));
  folder.write('b.yaml', 'apiVersion: apps/v1\nkind: Deployment\n');
  let said = '';
  const running = await serveByHand([folder.path], (text) => {
    said += text;
  });
  assert.ok(running);
  context.after(() => running.close());
  const { api, kubeconfig } = running;
  assert.equal(said, `left out: 1 of kind Deployment\n1 objects at ${api.url}\nkubeconfig ${kubeconfig}\n`);
  assert.deepEqual(itemsOf(await ask(api, SERVICES)), ['default/a']);
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Record<string, unknown>;
  assert.deepEqual(config['clusters'], [{ name: 'fake', cluster: { server: api.url } }]);
  assert.deepEqual(config['users'], [{ name: 'fake', user: {} }]);
  assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
  await running.close();
  assert.equal(existsSync(kubeconfig), false);
});

const FLAGS: readonly [name: string, args: readonly string[], path: string, status: number, type: RegExp][] = [
  ['none', [], SERVICES, 200, /^application\/json$/],
  ['a token, which is asked for', ['--token', 'open'], SERVICES, 403, /^application\/json$/],
  ['no streaming lists', ['--no-streaming'], `${SERVICES}?watch=1&sendInitialEvents=true`, 422, /json/],
  ['seconds between bookmarks', ['--bookmarks', '1'], '/readyz', 200, /text/],
];

suite('flags:', () => {
  for (const [name, args, path, status, type] of FLAGS)
    test(name, async (context) => {
      const folder = new TestFolder(context);
      folder.write('a.json', plainService('a'));
      const running = await serveByHand([...args, folder.path], () => undefined);
      assert.ok(running);
      context.after(() => running.close());
      const got = await ask(running.api, path);
      assert.equal(got.status, status);
      assert.match(String(got.headers['content-type']), type);
    });

  test('protobuf is there for those who accept it', async (context) => {
    const folder = new TestFolder(context);
    folder.write('a.json', plainService('a'));
    const running = await serveByHand([folder.path], () => undefined);
    assert.ok(running);
    context.after(() => running.close());
    const accept = 'application/vnd.kubernetes.protobuf, */*';
    assert.match((await ask(running.api, SERVICES, { headers: { accept } })).text, /^k8s\0/);
  });
});

for (const [name, args] of [
  ['asking for help', ['--help', '.']],
  ['having nothing to serve', []],
] as const)
  test(`${name} shows the help`, async () => {
    let said = '';
    const running = await serveByHand(args, (text) => {
      said += text;
    });
    assert.equal(running, undefined);
    assert.match(said, /^Serves Kubernetes objects.*--port N/s);
  });

const REFUSED: readonly [name: string, args: readonly string[], message: RegExp][] = [
  ['a port that is none', ['--port', 'http', '.'], /^--port http: it is a whole number up to 65535$/],
  ['a port that is too large', ['--port', '65536', '.'], /^--port 65536: /],
  ['a time that is none', ['--bookmarks', '-1', '.'], /bookmarks/],
  ['a flag that is none', ['--prot', '1', '.'], /--prot/],
  ['a file that is not there', ['nowhere/at/all'], /ENOENT/],
];

suite('refused:', () => {
  for (const [name, args, message] of REFUSED)
    test(name, async (context) => {
      const folder = new TestFolder(context);
      const paths = args.map((arg) => (arg === '.' ? folder.path : arg));
      await assert.rejects(
        serveByHand(paths, () => undefined),
        { message },
      );
    });
});
