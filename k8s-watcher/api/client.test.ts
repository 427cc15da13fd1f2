import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Authority } from '../testing/certificates.ts';
import { TestFolder, until } from '../testing/folder.ts';
import { type ApiClientOptions, userAgent } from './client.ts';
import { ApiRequestError } from './errors.ts';
import { clientOf, endpoint, requestOf } from './testing/client.ts';
import { LocalServer } from './testing/server.ts';

const hello: RequestListener = (_, response) => response.setHeader('content-type', 'application/json').end('{"a":1}');

async function against(
  context: TestContext,
  listener: RequestListener,
  options: Partial<Omit<ApiClientOptions, 'connection'>> = {},
) {
  const server = await LocalServer.open(context, listener);
  return { server, client: await clientOf(context, endpoint(server.url), options) };
}

/** What a request fails with. */
async function failure(promise: Promise<unknown>): Promise<ApiRequestError> {
  const error = await promise.then(
    () => assert.fail('should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiRequestError, String(error));
  return error;
}

describe('a request', () => {
  test('goes to the path and says who we are', async (context) => {
    const { server, client } = await against(context, hello, { userAgent: userAgent('1.2.3') });
    const response = await client.request(requestOf({ path: '/api/v1/pods?limit=500', accept: 'a/b' }));
    assert.equal(response.status, 200);
    assert.equal(response.contentType, 'application/json');
    assert.equal(response.retryAfter, 0);
    assert.equal(await response.text(100), '{"a":1}');
    const [{ path, headers }] = server.requests;
    assert.equal(path, '/api/v1/pods?limit=500');
    assert.equal(headers.accept, 'a/b');
    assert.match(headers['user-agent'] ?? '', /^shoal\/1\.2\.3 \(\w+\/\w+\)$/);
    assert.equal(headers['accept-encoding'], 'gzip');
    assert.equal(headers.authorization, undefined);
  });

  test('keeps the path that the server is behind', async (context) => {
    const server = await LocalServer.open(context, hello);
    const client = await clientOf(context, endpoint(`${server.url}/clusters/a/`));
    await (await client.request(requestOf({ path: '/version' }))).text(100);
    assert.equal(server.requests[0].path, '/clusters/a/version');
  });

  test('goes over the connection of the one before it', async (context) => {
    const { server, client } = await against(context, hello);
    for (let i = 0; i < 3; i++) await (await client.request(requestOf())).text(100);
    assert.equal(new Set(server.requests.map(({ from }) => from)).size, 1);
  });

  test('is sent again when a kept connection turns out to be closed', async (context) => {
    const { server, client } = await against(context, (request, response) => {
      if (server.requests.length === 2) request.socket.destroy();
      else hello(request, response);
    });
    for (let i = 0; i < 2; i++) assert.equal(await (await client.request(requestOf())).text(100), '{"a":1}');
    assert.equal(server.requests.length, 3);
  });

  test('does not follow a redirect', async (context) => {
    const { server, client } = await against(context, (_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const error = await failure(client.request(requestOf()));
    assert.equal(error.status, 302);
    assert.match(error.message, /redirected by the server \(status 302\), which is not followed/);
    assert.equal(server.requests.length, 1);
  });
});

describe('a body', () => {
  test('comes chunk by chunk', async (context) => {
    const { client } = await against(context, (_, response) => {
      response.write('one\n');
      response.on('drain', () => {});
      setImmediate(() => response.end('two\n'));
    });
    const response = await client.request(requestOf({ watch: true }));
    const decoder = new TextDecoder();
    let text = '';
    await response.read((chunk) => {
      text += decoder.decode(chunk, { stream: true });
    });
    assert.equal(text, 'one\ntwo\n');
  });

  test('is read no further than the limit', async (context) => {
    let closed = false;
    const { client } = await against(context, (request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.end('x'.repeat(1000));
    });
    const response = await client.request(requestOf());
    await assert.rejects(response.text(999), /longer than 999 octets/);
    await until('the end of the connection', () => closed);
  });

  test('that cannot be understood is not read on', async (context) => {
    const { client } = await against(context, (_, response) => {
      response.write('one');
      setImmediate(() => response.write('two'));
    });
    const response = await client.request(requestOf({ watch: true }));
    const chunks: string[] = [];
    const read = response.read((chunk) => {
      chunks.push(Buffer.from(chunk).toString());
      throw new RangeError('what is this?');
    });
    await assert.rejects(read, /what is this/);
    assert.deepEqual(chunks, ['one']);
  });

  test('that ends early is an error', async (context) => {
    const { client } = await against(context, (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('12345', () => response.destroy());
    });
    const response = await client.request(requestOf());
    const error = await response.text(100).catch((reason: unknown) => client.explain(reason));
    assert.ok(error instanceof ApiRequestError);
    assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+: connection reset by the server$/);
  });

  for (const row of [
    { name: 'in seconds', header: '7', want: 7 },
    { name: 'missing', header: '', want: 0 },
    { name: 'nonsense', header: 'soon', want: 0 },
    { name: 'in the past', header: 'Wed, 21 Oct 2015 07:28:00 GMT', want: 0 },
  ]) {
    test(`of a failure is explained, Retry-After ${row.name}`, async (context) => {
      const { client } = await against(context, (_, response) => {
        if (row.header !== '') response.setHeader('retry-after', row.header);
        response
          .writeHead(429)
          .end(JSON.stringify({ kind: 'Status', message: 'slow down', reason: 'TooManyRequests' }));
      });
      const response = await client.request(requestOf());
      assert.equal(response.ok, false);
      assert.equal(response.retryAfter, row.want);
      const error = await response.failure();
      assert.deepEqual(
        [error.message, error.status, error.reason, error.retryAfter],
        ['slow down', 429, 'TooManyRequests', row.want],
      );
    });
  }
});

describe('a server that is not there', () => {
  test('refuses', async (context) => {
    const server = await LocalServer.open(context, hello);
    const client = await clientOf(context, endpoint(server.url));
    server.server.close();
    await once(server.server, 'close');
    const error = await failure(client.request(requestOf()));
    assert.equal(error.refused, true);
    assert.equal(error.message, `${server.url}: connection refused`);
  });

  test('says nothing at all', async (context) => {
    const { client } = await against(context, () => {});
    const error = await failure(client.request(requestOf({ idleTimeout: 50 })));
    assert.match(error.message, /: nothing received for 0\.05 s$/);
    assert.equal(error.refused, false);
  });

  test('stops in the midst of a body', async (context) => {
    const { client } = await against(context, (_, response) => response.write('some'));
    const response = await client.request(requestOf({ idleTimeout: 50, watch: true }));
    const error = await response.text(100).catch((reason: unknown) => client.explain(reason));
    assert.ok(error instanceof ApiRequestError);
    assert.match(error.message, /: nothing received for 0\.05 s$/);
  });

  test('takes connections but never begins TLS', async (context) => {
    const server = await silentServer(context);
    const { port } = server.address() as { port: number };
    const client = await clientOf(context, endpoint(`https://127.0.0.1:${port}`), { connectTimeout: 50 });
    const error = await failure(client.request(requestOf()));
    assert.equal(error.message, `https://127.0.0.1:${port}: no connection within 0.05 s`);
  });
});

/** Accepts and says nothing. */
async function silentServer(context: TestContext): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('giving up', () => {
  test('before anything was sent', async (context) => {
    const { server, client } = await against(context, hello);
    const error = await failure(client.request(requestOf({ signal: AbortSignal.abort() })));
    assert.equal(error.cancelled, true);
    assert.equal(server.requests.length, 0);
  });

  test('while the server thinks', async (context) => {
    const { server, client } = await against(context, () => {});
    const controller = new AbortController();
    const asked = failure(client.request(requestOf({ signal: controller.signal })));
    await until('the request', () => server.requests.length === 1);
    controller.abort();
    assert.equal((await asked).cancelled, true);
  });

  test('in the midst of a body closes the connection', async (context) => {
    let closed = false;
    const { client } = await against(context, (request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.write('some');
    });
    const controller = new AbortController();
    const response = await client.request(requestOf({ signal: controller.signal, watch: true }));
    const read = response.text(100).catch((reason: unknown) => client.explain(reason));
    controller.abort();
    assert.equal(((await read) as ApiRequestError).cancelled, true);
    await until('the end of the connection', () => closed);
  });

  test('closing the client ends what waits and what is under way', async (context) => {
    const { server, client } = await against(context, () => {}, { limits: { qps: 1000, burst: 10, maxInflight: 1 } });
    const running = failure(client.request(requestOf()));
    const waiting = failure(client.request(requestOf()));
    await until('the first request', () => server.requests.length === 1);
    client.close();
    assert.equal((await waiting).cancelled, true);
    assert.equal((await running).cancelled, true);
    assert.equal((await failure(client.request(requestOf()))).cancelled, true);
  });
});

describe('credentials', () => {
  const authority = new Authority();

  /** A server that accepts one token, which tests change, and a client whose program prints what the file `token` holds. */
  async function guarded(context: TestContext, secure: boolean) {
    const folder = new TestFolder(context);
    const gate = { token: 'first' };
    const listener: RequestListener = (request, response) => {
      if (request.headers.authorization === `Bearer ${gate.token}`) response.end('welcome');
      else response.writeHead(401).end('{"kind":"Status","message":"Unauthorized","reason":"Unauthorized","code":401}');
    };
    const identity = authority.issue({ name: 'server', addresses: ['127.0.0.1'] });
    const server = await LocalServer.open(context, listener, secure ? identity : null);
    const apiVersion = 'client.authentication.k8s.io/v1';
    const print = (token: string): void =>
      folder.write('printed', { kind: 'ExecCredential', apiVersion, status: { token } });
    print('first');
    folder.write('ca.pem', authority.cert);
    folder.write('config', {
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        { name: 'c', cluster: { server: server.url, ...(secure ? { 'certificate-authority': 'ca.pem' } : {}) } },
      ],
      users: [{ name: 'u', user: { exec: { apiVersion, command: 'cat', args: [folder.at('printed')] } } }],
    });
    const limits = { qps: 1000, burst: 100, maxInflight: 1 };
    const client = await clientOf(context, { kind: 'kubeconfig', file: folder.at('config'), context: '' }, { limits });
    return { folder, gate, server, client, print };
  }

  test('are renewed once when they are refused', async (context) => {
    const { gate, server, client, print } = await guarded(context, true);
    await (await client.request(requestOf())).text(100);
    gate.token = 'second';
    print('second');
    assert.equal(await (await client.request(requestOf())).text(100), 'welcome');
    gate.token = 'third';
    print('fourth');
    assert.equal((await client.request(requestOf())).status, 401);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization?.split(' ')[1]),
      ['first', 'first', 'second', 'second', 'fourth'],
    );
  });

  test('that cannot be renewed leave no request under way', async (context) => {
    const { folder, gate, client, print } = await guarded(context, true);
    await (await client.request(requestOf())).text(100);
    gate.token = 'second';
    folder.remove('printed');
    const error = await failure(client.request(requestOf()));
    assert.match(error.message, /user "u": exec: cat failed \(status 1\): cat: .*No such file/);
    print('second');
    assert.equal(await (await client.request(requestOf())).text(100), 'welcome');
  });

  test('are not sent over plain http', async (context) => {
    const { server, client } = await guarded(context, false);
    const response = await client.request(requestOf());
    assert.equal((await response.failure()).message, 'Unauthorized (no credentials are configured)');
    assert.equal(server.requests[0].headers.authorization, undefined);
  });
});

describe('what is counted', () => {
  test('tries with their codes, and the wait for a turn', async (context) => {
    const seen: string[] = [];
    const { server, client } = await against(
      context,
      (_, response) => response.writeHead(server.requests.length === 1 ? 200 : 404).end('{}'),
      {
        observer: {
          finished: (verb, host, seconds, code, method) =>
            seen.push(`finished ${verb} ${host} ${code} ${method} ${seconds >= 0}`),
          limited: (verb, host, seconds) => seen.push(`limited ${verb} ${host} ${seconds >= 0}`),
        },
      },
    );
    const host = new URL(server.url).host;
    await (await client.request(requestOf())).text(100);
    await until('the first to be counted', () => seen.length === 2);
    (await client.request(requestOf({ watch: true }))).destroy();
    server.server.closeAllConnections();
    server.server.close();
    await once(server.server, 'close');
    await failure(client.request(requestOf()));
    assert.deepEqual(seen, [
      `limited GET ${host} true`,
      `finished GET ${host} 200 GET true`,
      `limited GET ${host} true`,
      `finished GET ${host} 404 GET true`,
      `limited GET ${host} true`,
      `finished GET ${host} <error> GET true`,
    ]);
  });
});
