// One HTTP server: routes, errors, limits, and how it opens and closes.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parseAddress } from './address.ts';
import { type Handle, HttpListener, type Routes, send } from './listener.ts';
import { ask, occupy, said, until } from './testing.ts';

const ROUTES: Routes = new Map<string, Handle>([
  ['/health', (_, response) => send(response, 200, 'OK')],
  ['/throws', () => Promise.reject(new Error('broken'))],
  [
    '/half',
    (_, response) => {
      response.write('half');
      throw new Error('broken in between');
    },
  ],
]);

describe('HttpListener', () => {
  let listener: HttpListener;
  let dropped = 0;
  let failures: string[] = [];
  beforeEach(async () => {
    dropped = 0;
    failures = [];
    listener = new HttpListener(ROUTES, {
      dropped: () => dropped++,
      failed: (error) => failures.push(String(error)),
    });
    await listener.open(parseAddress('127.0.0.1:0'));
  });
  afterEach(() => listener.close());

  const rows: { name: string; method?: string; path: string; status: number; body: string }[] = [
    { name: 'a route', path: '/health', status: 200, body: 'OK' },
    { name: 'a query is not part of the path', path: '/health?full=1', status: 200, body: 'OK' },
    { name: 'any method', method: 'POST', path: '/health', status: 200, body: 'OK' },
    { name: 'HEAD has no body', method: 'HEAD', path: '/health', status: 200, body: '' },
    { name: 'another path', path: '/', status: 404, body: '404 page not found\n' },
    { name: 'a path below a route', path: '/health/', status: 404, body: '404 page not found\n' },
    { name: 'paths are case-sensitive', path: '/Health', status: 404, body: '404 page not found\n' },
    { name: 'a name of Object.prototype', path: '/constructor', status: 404, body: '404 page not found\n' },
  ];
  for (const row of rows) {
    test(row.name, async () => {
      const reply = await ask(listener.port, row.path, { method: row.method });
      assert.deepEqual([reply.status, reply.body.toString()], [row.status, row.body]);
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8');
    });
  }

  test('a handler that fails is a 500 and is reported', async () => {
    assert.equal(await said(listener.port, '/throws'), '500 Internal Server Error\n');
    await assert.rejects(ask(listener.port, '/half'));
    assert.deepEqual(failures, ['Error: broken', 'Error: broken in between']);
  });

  test('routes are exchanged while it runs, on an open connection too', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await ask(listener.port, '/health', { agent });
    listener.routes = new Map([['/health', (_, response) => send(response, 503, 'new')]]);
    const after = await ask(listener.port, '/health', { agent });
    agent.destroy();
    assert.deepEqual([before.status, after.status], [200, 503]);
  });

  test('closing refuses new connections at once and lets requests at work end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = false;
    listener.routes = new Map([
      [
        '/slow',
        async (_, response) => {
          asked = true;
          await promise;
          send(response, 200, 'late');
        },
      ],
    ]);
    const { port } = listener;
    const slow = said(port, '/slow');
    await until(() => asked);
    const closed = listener.close();
    assert.equal(listener.port, 0);
    await assert.rejects(ask(port, '/slow'), { code: 'ECONNREFUSED' });
    resolve();
    assert.equal(await slow, '200 late');
    await closed;
  });

  test('a connection that idles does not hold up closing', async () => {
    const agent = new Agent({ keepAlive: true });
    await ask(listener.port, '/health', { agent });
    await listener.close();
    agent.destroy();
  });

  test('closing twice, or what was never opened', async () => {
    await Promise.all([listener.close(), listener.close()]);
    await new HttpListener(ROUTES, { dropped: () => undefined, failed: () => undefined }).close();
  });

  test('connections beyond the limit are dropped and counted', async () => {
    const sockets: Socket[] = [];
    for (let i = 0; i < 140; i++) sockets.push(connect(listener.port, '127.0.0.1').on('error', () => undefined));
    await until(() => dropped > 0);
    for (const socket of sockets) socket.destroy();
  });

  test('two of ours may share an address; the socket of another program keeps it', async () => {
    const second = new HttpListener(ROUTES, { dropped: () => undefined, failed: () => undefined });
    const { port, server } = await occupy('127.0.0.1');
    await assert.rejects(second.open({ host: '127.0.0.1', port }), {
      name: 'ListenError',
      message: `listen tcp 127.0.0.1:${port}: bind: address already in use`,
    });
    server.close();
    if (process.platform !== 'linux') return;
    const third = new HttpListener(ROUTES, { dropped: () => undefined, failed: () => undefined });
    await third.open({ host: '', port: listener.port });
    await third.close();
    assert.equal(await said(listener.port, '/health'), '200 OK');
  });
});
