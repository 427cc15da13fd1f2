import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { Authority, type Subject } from '../../testing/certificates.ts';
import { TestFolder } from '../../testing/folder.ts';
import { ApiRequestError } from '../errors.ts';
import { clientOf, requestOf } from '../testing/client.ts';
import { LocalServer } from '../testing/server.ts';
import { FixedText } from './file.ts';
import { TlsMaterial } from './tls.ts';

const authority = new Authority();
const stranger = new Authority('stranger');
const HERE: Subject = { name: 'server', addresses: ['127.0.0.1'] };
const YEAR_AGO = new Date(Date.now() - 365 * 86_400_000);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Case {
  /** The server's certificate. */
  readonly subject?: Subject;
  readonly server?: TlsOptions;
  readonly cluster?: object;
  readonly user?: object;
}

/** What a server with that certificate answers, or what went wrong, without the address. */
async function ask(
  context: TestContext,
  { subject = HERE, server: more = {}, cluster, user = {} }: Case,
): Promise<string> {
  const folder = new TestFolder(context);
  const server = await LocalServer.open(context, (_, response) => response.end('welcome'), {
    ...authority.issue(subject),
    ...more,
  });
  const trust = { 'certificate-authority-data': base64(authority.cert) };
  folder.write('config', {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: server.url, ...(cluster ?? trust) } }],
    users: [{ name: 'u', user }],
  });
  const client = await clientOf(context, { kind: 'kubeconfig', file: folder.at('config'), context: '' });
  try {
    return await (await client.request(requestOf())).text(100);
  } catch (error) {
    const { message } = client.explain(error);
    return message.replace(`${server.url}: `, '').replaceAll(folder.at('config'), 'FILE');
  }
}

describe('a server’s certificate', () => {
  const TRUST = 'kubeconfig FILE: cluster "c": certificate-authority-data';
  const wrongCa = { 'certificate-authority-data': base64(stranger.cert) };
  for (const row of [
    { name: 'of the right CA', want: 'welcome' },
    { name: 'of another CA', cluster: wrongCa, want: `the server's certificate is not signed by ${TRUST}` },
    {
      name: 'of a bundle',
      cluster: { 'certificate-authority-data': base64(stranger.cert + authority.cert) },
      want: 'welcome',
    },
    {
      name: 'that the system does not know',
      cluster: {},
      want: "the server's certificate is not signed by the certificates that this system trusts",
    },
    { name: 'that nobody looks at', cluster: { 'insecure-skip-tls-verify': true }, want: 'welcome' },
    {
      name: 'that has run out',
      subject: { ...HERE, from: YEAR_AGO, until: new Date(Date.now() - 1000) },
      want: `the server's certificate, or one of ${TRUST}, has expired (is the clock right?)`,
    },
    { name: 'of the next century', subject: { ...HERE, until: new Date('2126-01-01') }, want: 'welcome' },
    {
      name: 'for another name',
      subject: { name: 'server', dns: ['kubernetes'] },
      want: "the server's certificate is not for 127.0.0.1 but for DNS:kubernetes: set tls-server-name",
    },
    {
      name: 'for the name that was set',
      subject: { name: 'server', dns: ['kubernetes'] },
      cluster: { 'certificate-authority-data': base64(authority.cert), 'tls-server-name': 'kubernetes' },
      want: 'welcome',
    },
    {
      name: 'for the address that was set',
      subject: { name: 'server', addresses: ['10.0.0.1'] },
      cluster: { 'certificate-authority-data': base64(authority.cert), 'tls-server-name': '10.0.0.1' },
      want: 'welcome',
    },
  ]) {
    test(row.name, async (context) => assert.equal(await ask(context, row), row.want));
  }
});

describe('a client certificate', () => {
  const server = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const user = (of: Authority): object => {
    const { cert, key } = of.issue({ name: 'alice', organization: 'system:masters' });
    return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  };
  test('is shown', async (context) => assert.equal(await ask(context, { server, user: user(authority) }), 'welcome'));
  test('is asked for', async (context) => {
    assert.match(
      await ask(context, { server }),
      /^(the server does not accept the client certificate|connection reset)/,
    );
  });
  test('of a program is shown', async (context) => {
    const folder = new TestFolder(context);
    const { cert, key } = authority.issue({ name: 'alice' });
    const apiVersion = 'client.authentication.k8s.io/v1';
    folder.write('printed', {
      kind: 'ExecCredential',
      apiVersion,
      status: { clientCertificateData: cert, clientKeyData: key },
    });
    folder.write('plugin', `#!/bin/sh\ncat ${folder.at('printed')}\n`);
    chmodSync(folder.at('plugin'), 0o700);
    assert.equal(
      await ask(context, { server, user: { exec: { apiVersion, command: folder.at('plugin') } } }),
      'welcome',
    );
  });
});

describe('the wrong protocol', () => {
  async function message(context: TestContext, tls: TlsOptions | null, url: (port: number) => string): Promise<string> {
    const server = await LocalServer.open(context, (_, response) => response.end(), tls);
    const client = await clientOf(context, { kind: 'endpoint', url: url(server.port), tls: null });
    const error = await client.request(requestOf()).catch((reason: unknown) => reason);
    assert.ok(error instanceof ApiRequestError);
    return error.message.replace(/^\S+ /, '');
  }

  test('https to a server without TLS', async (context) => {
    const said = await message(context, null, (port) => `https://127.0.0.1:${port}`);
    assert.equal(said, 'the server speaks no TLS at this port: does the address begin with http?');
  });

  test('http to a server with TLS', async (context) => {
    const said = await message(context, authority.issue(HERE), (port) => `http://127.0.0.1:${port}`);
    assert.match(said, /^(connection reset by the server|the answer is no HTTP)/);
  });
});

describe('files that are replaced', () => {
  test('the context stays the same as long as they do', async () => {
    const material = new TlsMaterial({
      ca: new FixedText('ca', authority.cert),
      cert: null,
      key: null,
      servername: '',
      insecure: false,
    });
    assert.equal(await material.context(), await material.context());
  });

  /** Files that are read at every look. */
  function replaceable(certificate: { cert: string; key: string }) {
    const texts = { ...certificate };
    const material = new TlsMaterial({
      ca: null,
      cert: { name: 'cert', read: () => Promise.resolve(texts.cert) },
      key: { name: 'key', read: () => Promise.resolve(texts.key) },
      servername: '',
      insecure: false,
    });
    return { texts, material };
  }

  test('what was good stays until certificate and key fit each other', async () => {
    const { texts, material } = replaceable(authority.issue({ name: 'old' }));
    const old = await material.context();
    const fresh = authority.issue({ name: 'new' });
    texts.cert = fresh.cert;
    assert.equal(await material.context(), old);
    texts.key = fresh.key;
    assert.notEqual(await material.context(), old);
  });

  test('requests under way go on over the connection they have', async (context) => {
    const folder = new TestFolder(context);
    folder.write('ca', authority.cert);
    const server = await LocalServer.open(context, (_, response) => response.end('welcome'), authority.issue(HERE));
    const ports = (): number => new Set(server.requests.map(({ from }) => from)).size;
    let now = 1000;
    context.mock.method(performance, 'now', () => now);
    const tls = { cert: '', key: '', ca: folder.at('ca') };
    const client = await clientOf(context, { kind: 'endpoint', url: server.url, tls });
    const first = await client.request(requestOf());
    folder.write('ca', stranger.cert + authority.cert);
    now += 60_000;
    assert.equal(await (await client.request(requestOf())).text(100), 'welcome');
    assert.equal(await first.text(100), 'welcome');
    assert.equal(ports(), 2);
  });
});
