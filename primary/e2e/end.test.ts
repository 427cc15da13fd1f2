// How a server ends: what still answers, in which order, with which status (spec A7).

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { decode, encode } from 'dns-packet';
import { isAlive, TestServer, until } from './harness.ts';
import { get } from './http.ts';
import { rcodeOf } from './load.ts';

const COREFILE = `.:{PORT} {
    errors
    whoami
    health 127.0.0.1:{PORT2} {
        lameduck LAMEDUCK
    }
    ready 127.0.0.1:{PORT3}
    prometheus 127.0.0.1:{PORT4}
}
`;
const PIDFILE = ['-pidfile', '{FOLDER}/pid'];

function start(lameduck: string): Promise<TestServer> {
  return TestServer.start({ corefile: COREFILE.replace('LAMEDUCK', lameduck), flags: PIDFILE });
}

/** Resolver processes end with their primary, however that ended. */
async function leavesNothing(server: TestServer, resolvers: readonly number[]): Promise<void> {
  await until(
    () => resolvers.every((pid) => !isAlive(pid)),
    10_000,
    () => `the resolvers ${resolvers.join(', ')} to end`,
  );
  assert.ok(!existsSync(`${server.folder}/pid`), 'the pidfile is gone');
}

describe('SIGTERM', () => {
  let server: TestServer;
  let resolvers: readonly number[];
  before(async () => {
    server = await start('2s');
    resolvers = server.resolvers;
  });
  after(() => server.stop('SIGKILL'));

  it('a running server is healthy and ready', async () => {
    assert.equal((await get(server.ports[1], '/health'))?.body, 'OK');
    assert.equal((await get(server.ports[2], '/ready'))?.body, 'OK');
    assert.ok(existsSync(`${server.folder}/pid`));
    assert.equal(resolvers.length, 1);
  });

  it('SIGHUP does nothing', async () => {
    const from = server.stdout.length;
    server.signal('SIGHUP');
    assert.equal(rcodeOf(await server.ask('a.test')), 0);
    assert.deepEqual(server.linesSince(from), []);
  });

  it('begins with lameduck: /ready refuses, /health, /metrics and DNS go on', async () => {
    const from = server.stdout.length;
    server.signal('SIGTERM');
    await server.printed(/lameduck/);
    assert.equal(await get(server.ports[2], '/ready'), null);
    assert.equal((await get(server.ports[1], '/health'))?.status, 200);
    assert.equal((await get(server.ports[3], '/metrics'))?.status, 200);
    assert.equal(rcodeOf(await server.ask('a.test')), 0);
    assert.equal(rcodeOf(await server.ask('a.test', 'A', { tcp: true })), 0);
    assert.deepEqual(server.linesSince(from), [
      '[INFO] SIGTERM: Shutting down servers then terminating',
      '[INFO] plugin/health: Going into lameduck mode for 2s',
    ]);
  });

  it('a second SIGTERM does not hurry it', async () => {
    server.signal('SIGTERM');
    assert.equal((await get(server.ports[1], '/health'))?.status, 200);
  });

  it('ends with status 0 and leaves nothing behind', async () => {
    assert.equal(await server.exit, 0);
    assert.equal(server.stderr, '');
    await leavesNothing(server, resolvers);
  });
});

describe('SIGTERM with a query in flight', () => {
  let upstream: Socket;
  const asked: { answer: () => void }[] = [];

  before(async () => {
    upstream = createSocket('udp4');
    upstream.on('message', (message, peer) => {
      const query = decode(message);
      if (query.questions?.[0]?.name !== 'slow.test') return;
      const answer = encode({
        type: 'response',
        id: query.id ?? 0,
        flags: 0x0080,
        questions: query.questions,
        answers: [{ type: 'A', name: 'slow.test', ttl: 5, data: '192.0.2.5' }],
      });
      asked.push({ answer: () => upstream.send(answer, peer.port, peer.address) });
    });
    upstream.bind(0, '127.0.0.1');
    await once(upstream, 'listening');
  });
  after(() => upstream.close());

  it('waits for its answer', async () => {
    const server = await TestServer.start({
      corefile: `.:{PORT} {\n  forward . 127.0.0.1:${upstream.address().port}\n}\n`,
    });
    const answer = server.ask('slow.test', 'A', { timeout: 5000, retries: 0 });
    await until(
      () => asked.length > 0,
      5000,
      () => 'the question to reach the upstream',
    );
    server.signal('SIGTERM');
    await server.printed(/SIGTERM/);
    asked[0].answer();
    assert.equal((await answer).answers?.length, 1);
    assert.equal(await server.stop(), 0);
  });
});

describe('other ends', { concurrency: 2 }, () => {
  it('SIGINT passes the lameduck time and ends with status 0', async () => {
    const server = await start('1s');
    const { resolvers } = server;
    const from = server.stdout.length;
    server.signal('SIGINT');
    await server.printed(/lameduck/);
    assert.equal((await get(server.ports[1], '/health'))?.status, 200);
    assert.equal(await server.exit, 0);
    assert.deepEqual(server.linesSince(from), [
      '[INFO] SIGINT: Shutting down',
      '[INFO] plugin/health: Going into lameduck mode for 1s',
    ]);
    await leavesNothing(server, resolvers);
    await server.stop();
  });

  it('a second SIGINT ends with status 2', async () => {
    const server = await start('60s');
    const { resolvers } = server;
    server.signal('SIGINT');
    await server.printed(/lameduck/);
    server.signal('SIGINT');
    assert.equal(await server.exit, 2);
    assert.match(server.stdout, /^\[INFO\] SIGINT: Force quit$/m);
    await leavesNothing(server, resolvers);
    await server.stop();
  });

  it('SIGQUIT ends at once with status 0', async () => {
    const server = await start('60s');
    const { resolvers } = server;
    server.signal('SIGQUIT');
    assert.equal(await server.exit, 0);
    assert.match(server.stdout, /^\[INFO\] SIGQUIT: Quitting process immediately$/m);
    assert.doesNotMatch(server.stdout, /lameduck/);
    await leavesNothing(server, resolvers);
    await server.stop();
  });

  it('SIGTERM while it starts ends it too', async () => {
    const server = await TestServer.spawn({ corefile: COREFILE.replace('LAMEDUCK', '1s'), flags: PIDFILE });
    await until(
      () => server.resolvers.length > 0,
      10_000,
      () => `a resolver to be started: ${server.stderr}`,
    );
    const { resolvers } = server;
    server.signal('SIGTERM');
    assert.equal(await server.exit, 0);
    assert.equal(server.stderr, '');
    await leavesNothing(server, resolvers);
    await server.stop();
  });

  // Nothing is in flight here, so the drain, far longer than a test may take, must not be waited for.
  const LONG_DRAIN = { SHOAL_SHUTDOWN_DRAIN: '20000', SHOAL_RESOLVER_PROCESSES: '2' };

  it('SIGTERM in the middle of a reload', async () => {
    const server = await TestServer.start({ corefile: '.:{PORT} {\n  whoami\n}\n', env: LONG_DRAIN });
    const { resolvers } = server;
    server.rewriteCorefile('.:{PORT} new.test:{PORT2} {\n  whoami\n}\n');
    server.signal('SIGUSR1');
    server.signal('SIGTERM');
    assert.equal(await server.stop(), 0);
    await leavesNothing(server, resolvers);
  });

  it('SIGTERM while a resolver starts again', async () => {
    const server = await TestServer.start({ corefile: '.:{PORT} {\n  whoami\n}\n', env: LONG_DRAIN });
    const { resolvers } = server;
    process.kill(resolvers[0], 'SIGKILL');
    await until(
      () => server.resolvers.length === 2 && !server.resolvers.includes(resolvers[0]),
      10_000,
      () => `a resolver to be started again: ${server.stdout}`,
    );
    const again = server.resolvers;
    assert.equal(await server.stop(), 0);
    await leavesNothing(server, again);
  });
});
