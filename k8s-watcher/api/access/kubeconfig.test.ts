import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Authority } from '../../testing/certificates.ts';
import { TestFolder } from '../../testing/folder.ts';
import { type Connection, openConnection } from '../connection.ts';

const authority = new Authority();
const alice = authority.issue({ name: 'alice' });
const bob = authority.issue({ name: 'bob' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SERVER = 'https://api.example:6443';

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly config?: object;
}

/** A kubeconfig with one context. */
function config({ cluster = { server: SERVER }, user = {}, config = {} }: Parts): object {
  return {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    ...config,
  };
}

function open(folder: TestFolder, context = ''): Promise<Connection> {
  return openConnection({ kind: 'kubeconfig', file: folder.at('config'), context });
}

async function opened(context: TestContext, parts: Parts): Promise<Connection> {
  const folder = new TestFolder(context);
  folder.write('config', config(parts));
  return open(folder);
}

describe('which server', () => {
  const two = `
current-context: a
contexts:
- {name: a, context: {cluster: ca, user: u}}
- {name: b, context: {cluster: cb}}
clusters:
- {name: ca, cluster: {server: 'https://a:1'}}
- {name: cb, cluster: {server: 'https://b:2/path'}}
users:
- {name: u, user: {token: abc}}
`;
  for (const [context, want] of [
    ['', 'https://a:1/'],
    ['a', 'https://a:1/'],
    ['b', 'https://b:2/path'],
  ]) {
    test(`context '${context}' of a YAML file`, async (t) => {
      const folder = new TestFolder(t);
      folder.write('config', two);
      assert.equal((await open(folder, context)).url.href, want);
    });
  }

  for (const [server, want] of [
    ['10.0.0.1:6443', 'http://10.0.0.1:6443/'],
    ['http://10.0.0.1:8080/', 'http://10.0.0.1:8080/'],
    ['https://[fd00::1]:6443', 'https://[fd00::1]:6443/'],
  ]) {
    test(`server ${server}`, async (t) => assert.equal((await opened(t, { cluster: { server } })).url.href, want));
  }

  test('without a scheme, but with a CA: https', async (t) => {
    const cluster = { server: '10.0.0.1:6443', 'certificate-authority-data': base64(authority.cert) };
    assert.equal((await opened(t, { cluster })).url.href, 'https://10.0.0.1:6443/');
  });
});

describe('who asks', () => {
  for (const row of [
    { name: 'nobody', user: {}, want: '' },
    { name: 'a token', user: { token: 'abc' }, want: 'Bearer abc' },
    { name: 'a token in a file beside the kubeconfig', user: { tokenFile: 'secret/token' }, want: 'Bearer of-file' },
    { name: 'a file goes before a text', user: { token: 'abc', tokenFile: 'secret/token' }, want: 'Bearer of-file' },
    { name: 'name and password', user: { username: 'a', password: 'b' }, want: 'Basic YTpi' },
    {
      name: 'a program',
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: 'cat', args: ['FOLDER/printed'] } },
      want: 'Bearer of-program',
    },
  ]) {
    test(row.name, async (context) => {
      const folder = new TestFolder(context);
      folder.write('secret/token', 'of-file\n');
      folder.write('printed', {
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        status: { token: 'of-program' },
      });
      folder.write('config', JSON.stringify(config({ user: row.user })).replace('FOLDER', folder.path));
      assert.equal((await (await open(folder)).credentials.current()).authorization, row.want);
    });
  }

  test('as somebody else', async (context) => {
    const user = { as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { 'X/Y': ['z'] } };
    assert.deepEqual((await opened(context, { user })).headers, {
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-x%2Fy': ['z'],
    });
  });
});

describe('whom to trust', () => {
  test('certificates in place and in files', async (context) => {
    const folder = new TestFolder(context);
    folder.write('ca.pem', authority.cert);
    folder.write('config', {
      ...config({
        cluster: { server: SERVER, 'certificate-authority': 'ca.pem', 'tls-server-name': 'kubernetes' },
        user: { 'client-certificate-data': base64(alice.cert), 'client-key-data': base64(alice.key) },
      }),
    });
    const { tls } = await open(folder);
    assert.equal(tls?.servername, 'kubernetes');
    assert.equal(tls.trust, `kubeconfig ${folder.at('config')}: cluster "c": certificate-authority`);
    assert.equal(tls.insecure, false);
  });

  test('nobody at all', async (context) => {
    const cluster = { server: SERVER, 'insecure-skip-tls-verify': true };
    assert.equal((await opened(context, { cluster })).tls?.insecure, true);
  });
});

describe('a mistake', () => {
  const cluster = (fields: object): Parts => ({ cluster: { server: SERVER, ...fields } });
  for (const { want, ...row } of [
    { config: { 'current-context': '' }, want: 'no current-context: name a context' },
    { config: { 'current-context': 'there' }, want: 'there is no context "there"; there are: here' },
    { config: { contexts: [] }, want: 'there is no context "here"; there are none' },
    { config: { contexts: 'x' }, want: 'contexts should be a list' },
    { config: { contexts: [{ name: 'here' }] }, want: 'context "here": names no cluster' },
    { config: { clusters: [{ name: 'x' }, { name: 'y' }] }, want: 'there is no cluster "c"; there are: x, y' },
    { config: { users: null }, want: 'there is no user "u"; there are none' },
    { cluster: {}, want: 'cluster "c": server is missing' },
    { cluster: { server: 'ftp://a' }, want: /^.*cluster "c": server: 'ftp:\/\/a' is no address of a server/ },
    {
      cluster: { server: 'https://a:b@c' },
      want: 'cluster "c": server: an address of a server has no user, query or fragment',
    },
    {
      ...cluster({ 'proxy-url': 'http://p' }),
      want: 'cluster "c": proxy-url: the server is not asked through a proxy',
    },
    {
      ...cluster({ 'certificate-authority-data': '%%%' }),
      want: 'cluster "c": certificate-authority-data is no base64',
    },
    {
      ...cluster({ 'certificate-authority-data': 'AAAA' }),
      want: 'cluster "c": certificate-authority-data: no PEM certificate',
    },
    {
      ...cluster({ 'certificate-authority': '/no/file' }),
      want: 'cluster "c": certificate-authority: open /no/file: no such file or directory',
    },
    {
      ...cluster({ 'insecure-skip-tls-verify': 'yes' }),
      want: 'cluster "c": insecure-skip-tls-verify should be true or false',
    },
    {
      ...cluster({ 'insecure-skip-tls-verify': true, 'certificate-authority': 'a' }),
      want: 'cluster "c": certificate-authority and insecure-skip-tls-verify exclude each other',
    },
    { user: { token: 'a', username: 'b' }, want: 'user "u": token and username exclude each other' },
    { user: { token: 5 }, want: 'user "u": token should be a text' },
    { user: { 'client-key-data': base64(alice.key) }, want: 'user "u": client-certificate and client-key go together' },
    {
      user: { 'client-certificate-data': base64(alice.cert), 'client-key-data': base64(bob.key) },
      want: 'user "u": client-key-data: does not belong to the certificate',
    },
    {
      user: { 'client-certificate-data': base64(alice.cert), 'client-key-data': base64(alice.cert) },
      want: 'user "u": client-key-data: no PEM private key without a passphrase',
    },
    {
      user: { 'auth-provider': { name: 'gcp' } },
      want: 'user "u": auth-provider is no longer part of Kubernetes: use exec with the credential plugin of your provider',
    },
    { user: { 'as-groups': ['a'] }, want: 'user "u": as is missing beside as-uid, as-groups or as-user-extra' },
  ] as (Parts & { want: string | RegExp })[]) {
    test(String(want), async (context) => {
      const folder = new TestFolder(context);
      folder.write('config', config(row));
      await assert.rejects(open(folder), {
        code: 'ERR_API_CONFIG',
        message: typeof want === 'string' ? `kubeconfig ${folder.at('config')}: ${want}` : want,
      });
    });
  }

  for (const row of [
    { name: 'broken YAML', text: 'a: b\n  c: [d\n', want: /^kubeconfig .*\/config: line \d: / },
    { name: 'no map', text: 'just words', want: /^kubeconfig .*\/config: should be a map of fields$/ },
    { name: 'nothing', text: '', want: /^kubeconfig .*\/config: should be a map of fields$/ },
  ]) {
    test(`${row.name} in the file`, async (context) => {
      const folder = new TestFolder(context);
      folder.write('config', row.text);
      await assert.rejects(open(folder), { code: 'ERR_API_CONFIG', message: row.want });
    });
  }

  test('no file', async (context) => {
    const folder = new TestFolder(context);
    await assert.rejects(open(folder), {
      message: `kubeconfig ${folder.at('config')}: open ${folder.at('config')}: no such file or directory`,
    });
  });
});
