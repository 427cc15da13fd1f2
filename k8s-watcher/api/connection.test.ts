import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Authority } from '../testing/certificates.ts';
import { TestFolder } from '../testing/folder.ts';
import { openConnection } from './connection.ts';
import type { ApiConnection } from './plan.ts';
import { clientOf, requestOf } from './testing/client.ts';
import { LocalServer } from './testing/server.ts';

const authority = new Authority();
const identity = authority.issue({ name: 'kubernetes', dns: ['kubernetes.default.svc'], addresses: ['127.0.0.1'] });

/** A pod's folder of its service account, and a server that accepts one token. */
async function cluster(context: TestContext) {
  const folder = new TestFolder(context);
  const gate = { token: 'first', answered: 0 };
  folder.write('token', 'first\n');
  folder.write('ca.crt', authority.cert);
  const server = await LocalServer.open(
    context,
    (request, response) => {
      const right = request.headers.authorization === `Bearer ${gate.token}`;
      response.writeHead(right ? 200 : 401).end(right ? 'welcome' : '{"kind":"Status","message":"Unauthorized"}');
    },
    identity,
  );
  const plan: ApiConnection = {
    kind: 'cluster',
    host: '127.0.0.1',
    port: String(server.port),
    tokenFile: folder.at('token'),
    caFile: folder.at('ca.crt'),
  };
  return { folder, gate, server, plan };
}

describe('in a cluster', () => {
  test('the service account asks', async (context) => {
    const { plan } = await cluster(context);
    const client = await clientOf(context, plan);
    const response = await client.request(requestOf());
    assert.equal(await response.text(100), 'welcome');
  });

  test('a token that was replaced is read again when the server refuses the old one', async (context) => {
    const { folder, gate, server, plan } = await cluster(context);
    const client = await clientOf(context, plan);
    await (await client.request(requestOf())).text(100);
    gate.token = 'second';
    folder.write('token', 'second\n');
    assert.equal(await (await client.request(requestOf())).text(100), 'welcome');
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer first', 'Bearer second'],
    );
  });

  test('a token that ran out and was not replaced is told once, without being repeated', async (context) => {
    const { folder, gate, server, plan } = await cluster(context);
    const client = await clientOf(context, plan);
    gate.token = 'second';
    const error = await (await client.request(requestOf())).failure();
    assert.equal(error.message, `Unauthorized (the token in ${folder.at('token')} is not accepted)`);
    assert.equal(server.requests.length, 1);
  });

  for (const row of [
    {
      name: 'variables',
      change: { host: '' },
      want: /^unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and/,
    },
    {
      name: 'a token',
      change: { tokenFile: '/no/token' },
      want: /^token of the service account: open \/no\/token: no such file/,
    },
    { name: 'a CA', change: { caFile: '/no/ca' }, want: /^CA of the service account: open \/no\/ca: no such file/ },
  ]) {
    test(`without ${row.name}`, async (context) => {
      const { plan } = await cluster(context);
      const changed = { ...plan, ...row.change } as ApiConnection;
      await assert.rejects(openConnection(changed), { code: 'ERR_API_CONFIG', message: row.want });
    });
  }

  test('an IPv6 address is put into brackets', async (context) => {
    const { plan } = await cluster(context);
    const connection = await openConnection({ ...plan, host: 'fd00::1', port: '443' } as ApiConnection);
    assert.equal(connection.url.href, 'https://[fd00::1]/');
  });
});

describe('an endpoint', () => {
  test('with a client certificate', async (context) => {
    const folder = new TestFolder(context);
    const alice = authority.issue({ name: 'alice' });
    folder.write('cert', alice.cert);
    folder.write('key', alice.key);
    folder.write('ca', authority.cert);
    const server = await LocalServer.open(context, (_, response) => response.end('welcome'), {
      ...identity,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const tls = { cert: folder.at('cert'), key: folder.at('key'), ca: folder.at('ca') };
    const client = await clientOf(context, { kind: 'endpoint', url: server.url, tls });
    assert.equal(await (await client.request(requestOf())).text(100), 'welcome');
  });

  for (const row of [
    { url: '', want: /^endpoint: '' is no address of a server: http\(s\):\/\/HOST\[:PORT\]\[\/PATH\]$/ },
    { url: 'ftp://a', want: /^endpoint: 'ftp:\/\/a' is no address/ },
    { url: 'http://a/?b', want: /^endpoint: an address of a server has no user, query or fragment$/ },
  ]) {
    test(`'${row.url}'`, async () => {
      await assert.rejects(openConnection({ kind: 'endpoint', url: row.url, tls: null }), { message: row.want });
    });
  }

  test('files of tls that are not there', async () => {
    const tls = { cert: '/no/cert', key: '/no/key', ca: '/no/ca' };
    await assert.rejects(openConnection({ kind: 'endpoint', url: 'https://a', tls }), {
      message: 'CA certificate of tls: open /no/ca: no such file or directory',
    });
  });

  test('without TLS does not look at the files of tls', async () => {
    const tls = { cert: '/no/cert', key: '/no/key', ca: '/no/ca' };
    assert.equal((await openConnection({ kind: 'endpoint', url: 'http://a', tls })).tls, null);
  });
});
