// Replicas that share answers in a real Redis: what one was asked the others know; a Redis that is gone, frozen, slow or hostile is not felt.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DecodedPacket } from 'dns-packet';
import { DelayProxy } from '#redis/testing/proxy.ts';
import { freePort, NO_REDIS, TestRedis } from '#redis/testing/server.ts';
import { Authority } from '#watcher/testing/certificates.ts';
import { answering, replyTo, ScriptedUpstream } from '#workers/testing/upstream.ts';
import { runToEnd, type ServerOptions, TestServer, until } from './harness.ts';
import { scrape, sum } from './http.ts';

const KEY = 'a key that all replicas have';
const ADDRESS = '192.0.2.1';
const WAIT = 10_000;

const addresses = ({ answers = [] }: DecodedPacket): string[] =>
  answers.map((record) => (record.type === 'A' ? record.data : record.type));

/** A replica; `store`: lines of its redis_cache. Machines that run tests are busy, so the budget is a long one. */
async function replica(
  upstream: ScriptedUpstream,
  store: string,
  env: ServerOptions['env'] = {},
  key = KEY,
): Promise<TestServer> {
  const server = await TestServer.start({
    corefile: `.:{PORT} {
    prometheus 127.0.0.1:{PORT2}
    cache
    redis_cache {
        fleet_key "${key}"
        budget 200ms
        ${store}
    }
    hosts {
        192.0.2.200 local.test
        fallthrough
    }
    forward . 127.0.0.1:${upstream.port}
}
`,
    env: { ...env },
  });
  return server;
}

const metric = async (server: TestServer, name: string, labels: Readonly<Record<string, string>> = {}) =>
  sum(await scrape(server.ports[1]), name, labels);

function usesRedis(server: TestServer): Promise<boolean> {
  const used = async () => (await metric(server, 'shoal_redis_breakers', { state: 'closed' })) >= 1;
  return until(used, WAIT, () => `Redis used by:\n${server.stdout}${server.stderr}`);
}

/** Asks one replica, and waits until the answer lies in Redis. */
async function store(server: TestServer, name: string): Promise<void> {
  const before = await metric(server, 'shoal_redis_writes_total');
  await server.ask(name);
  const written = async () => (await metric(server, 'shoal_redis_writes_total')) > before;
  await until(written, WAIT, () => `${name} to be written`);
}

/** How often the upstream was asked for the name. */
const asked = (upstream: ScriptedUpstream, name: string): number =>
  upstream.seen.filter((request) => request.name === `${name}.`).length;

describe('replicas with one Redis', { skip: NO_REDIS }, () => {
  let redis: TestRedis;
  let upstream: ScriptedUpstream;
  let first: TestServer;
  let second: TestServer;

  before(async () => {
    redis = await TestRedis.start();
    upstream = await ScriptedUpstream.open((request) =>
      /^(failing|missing)/.test(request.name)
        ? [
            replyTo(request, {
              rcode: request.name.startsWith('failing') ? 2 : 3,
              authorities: [
                {
                  name: 'test',
                  type: 'SOA',
                  ttl: 60,
                  data: {
                    mname: 'ns.test',
                    rname: 'root.test',
                    serial: 1,
                    refresh: 1,
                    retry: 1,
                    expire: 1,
                    minimum: 60,
                  },
                },
              ],
            }),
          ]
        : [...(answering(ADDRESS, 600)(request) as Uint8Array[])],
    );
    const endpoint = `endpoint 127.0.0.1:${redis.port}`;
    [first, second] = await Promise.all([
      replica(upstream, endpoint, { SHOAL_RESOLVER_THREADS: '2' }),
      // The threads live in the primary here.
      replica(upstream, endpoint, { SHOAL_RESOLVER_PROCESSES: '0' }),
    ]);
    await Promise.all([usesRedis(first), usesRedis(second)]);
  });
  after(async () => {
    assert.equal(await first.stop(), 0);
    assert.equal(await second.stop(), 0);
    await upstream.close();
    await redis.stop();
  });

  it('a name that one was asked for is answered by the other, without the upstream', async () => {
    await store(first, 'shared.test');
    const answer = await second.ask('SHARED.test');
    assert.deepEqual(addresses(answer), [ADDRESS]);
    assert.equal(answer.questions?.[0].name, 'SHARED.test');
    assert.equal(asked(upstream, 'shared.test'), 1);
    assert.equal(await metric(second, 'coredns_redis_cache_hits_total'), 1);
  });

  it('what was found lies in the replica’s own cache then', async () => {
    await store(first, 'once.test');
    for (let i = 0; i < 10; i++) assert.deepEqual(addresses(await second.ask('once.test')), [ADDRESS]);
    assert.equal(asked(upstream, 'once.test'), 1);
    assert.equal(await metric(second, 'coredns_redis_cache_hits_total'), 2);
  });

  it('denials are shared, with their SOA', async () => {
    await store(second, 'missing.test');
    const answer = await first.ask('missing.test');
    assert.equal(answer.flags! & 15, 3);
    assert.equal(answer.authorities?.[0].type, 'SOA');
    assert.equal(asked(upstream, 'missing.test'), 1);
  });

  it('failures and answers of hosts are not', async () => {
    const before = await metric(first, 'shoal_redis_writes_total');
    assert.equal((await first.ask('failing.test')).flags! & 15, 2);
    assert.deepEqual(addresses(await first.ask('local.test')), ['192.0.2.200']);
    await store(first, 'after-them.test');
    assert.equal(await metric(first, 'shoal_redis_writes_total'), before + 1);
    await second.ask('failing.test');
    assert.equal(asked(upstream, 'failing.test'), 2);
  });

  it('one with another key does not see them', async () => {
    await store(first, 'ours.test');
    const stranger = await replica(upstream, `endpoint 127.0.0.1:${redis.port}`, {}, 'the key of another fleet');
    await usesRedis(stranger);
    assert.deepEqual(addresses(await stranger.ask('ours.test')), [ADDRESS]);
    assert.equal(asked(upstream, 'ours.test'), 2);
    await stranger.stop();
  });

  it('nobody who can write to Redis makes an answer', async () => {
    const names = ['forged-1.test', 'forged-2.test'];
    for (const name of names) await store(first, name);
    // Each gets what belongs to another one, with another address in every second one.
    const script = `
      local keys = redis.call('KEYS', 'shoal:*')
      local values = redis.call('MGET', unpack(keys))
      for i = 1, #keys do
        local value = values[i % #keys + 1]
        if i % 2 == 0 then value = string.gsub(values[i], string.char(192, 0, 2, 1), string.char(6, 6, 6, 6)) end
        redis.call('SET', keys[i], value)
      end
      return #keys`;
    execFileSync('redis-cli', ['-p', String(redis.port), 'EVAL', script, '0']);
    const bad = async () =>
      (await metric(second, 'shoal_redis_refused_total')) +
      (await metric(second, 'coredns_redis_cache_collisions_total'));
    const before = await bad();
    for (const name of names) {
      assert.deepEqual(addresses(await second.ask(name)), [ADDRESS]);
      assert.equal(asked(upstream, name), 2, 'the upstream was asked again');
    }
    assert.equal(await bad(), before + names.length);
  });

  it('a reload keeps the store in use', async () => {
    const before = first.stdout.length;
    first.signal('SIGUSR1');
    const done = () => first.stdout.slice(before).includes('Reloading complete');
    await until(done, WAIT, () => first.stdout);
    await store(second, 'reloaded.test');
    assert.deepEqual(addresses(await first.ask('reloaded.test')), [ADDRESS]);
    assert.equal(asked(upstream, 'reloaded.test'), 1);
  });

  it('so does the death of a resolver', async () => {
    const [victim] = first.resolvers;
    process.kill(victim, 'SIGKILL');
    await until(
      () => first.resolvers.length === 1 && first.resolvers[0] !== victim,
      WAIT,
      () => 'a new resolver',
    );
    await store(second, 'survived.test');
    const answered = async () => {
      const before = await metric(first, 'coredns_redis_cache_hits_total');
      await store(second, `survived-${performance.now()}.test`.replace('.', '-').replace('.', '-').concat('.test'));
      await first.ask('survived.test', 'A', { timeout: 500, retries: 20 });
      return (await metric(first, 'coredns_redis_cache_hits_total')) > before || asked(upstream, 'survived.test') > 0;
    };
    await until(answered, WAIT, () => 'an answer');
  });
});

describe('a Redis that is', { skip: NO_REDIS, concurrency: 3 }, () => {
  /** A replica whose Redis something happens to: names are answered all the time, and Redis is used again afterwards. */
  async function around(
    happens: (redis: TestRedis, proxy: DelayProxy) => unknown,
    ends: typeof happens,
  ): Promise<void> {
    const redis = await TestRedis.start();
    const proxy = await DelayProxy.open(redis.port);
    const upstream = await ScriptedUpstream.open(answering(ADDRESS, 600));
    const server = await replica(upstream, `endpoint 127.0.0.1:${proxy.port}`);
    try {
      await usesRedis(server);
      await store(server, 'before.test');
      await happens(redis, proxy);
      let names = 0;
      const opened = async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => server.ask(`during-${names++}.test`)));
        for (const answer of answers) assert.deepEqual(addresses(answer), [ADDRESS]);
        return (await metric(server, 'shoal_redis_breakers', { state: 'closed' })) === 0;
      };
      await until(opened, WAIT, () => 'the breaker to open');
      const late = await metric(server, 'shoal_redis_late_total');
      for (let i = 0; i < 20; i++) assert.deepEqual(addresses(await server.ask(`open-${i}.test`)), [ADDRESS]);
      assert.equal(await metric(server, 'shoal_redis_late_total'), late, 'nobody waits once the breaker is open');
      assert.match(server.stdout, /\[WARNING\] plugin\/redis_cache: Redis is not used: /);
      await ends(redis, proxy);
      await usesRedis(server);
      await store(server, 'again.test');
    } finally {
      redis.signal('SIGCONT');
      await server.stop();
      await upstream.close();
      await proxy.close();
      await redis.stop();
    }
  }

  it('killed', () =>
    around(
      (redis, proxy) => redis.kill().then(() => proxy.cut()),
      (redis) => redis.run(),
    ));
  it('frozen', () =>
    around(
      (redis) => redis.signal('SIGSTOP'),
      (redis) => redis.signal('SIGCONT'),
    ));
  it('slow by 500 ms', () =>
    around(
      (_, proxy) => {
        proxy.delay = 500;
      },
      (_, proxy) => {
        proxy.delay = 0;
      },
    ));
});

describe('a replica', { concurrency: 2 }, () => {
  const block = (store: string) => `.:{PORT} {
    cache
    redis_cache {
        ${store}
    }
    forward . 127.0.0.1:1
}
`;

  it('does not start without a fleet key', async () => {
    const { status, stderr, stdout } = await runToEnd({ corefile: block('endpoint 127.0.0.1:1') });
    assert.equal(status, 1);
    assert.match(stderr + stdout, /plugin\/redis_cache: needs a fleet key.*fleet_key_file PATH/);
  });

  it('starts without a Redis, and answers', async () => {
    const upstream = await ScriptedUpstream.open(answering(ADDRESS));
    const server = await replica(upstream, 'endpoint 127.0.0.1:1');
    assert.deepEqual(addresses(await server.ask('alone.test')), [ADDRESS]);
    await server.printed(/Redis is not used: .*ECONNREFUSED/);
    await server.stop();
    await upstream.close();
  });

  it('speaks TLS with certificates of both sides', { skip: NO_REDIS }, async () => {
    const authority = new Authority();
    const redis = new TestRedis(await freePort(), []);
    const server = authority.issue({ name: 'redis', addresses: ['127.0.0.1'] });
    const client = authority.issue({ name: 'a replica' });
    const files = {
      ca: authority.cert,
      cert: server.cert,
      key: server.key,
      'my.cert': client.cert,
      'my.key': client.key,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(redis.folder, name), text);
    const path = (name: string): string => join(redis.folder, name);
    const tls = await TestRedis.start([
      ...['--tls-port', String(redis.port), '--tls-ca-cert-file', path('ca')],
      ...['--tls-cert-file', path('cert'), '--tls-key-file', path('key')],
    ]);
    const upstream = await ScriptedUpstream.open(answering(ADDRESS, 600));
    const lines = ['tls_ca {ca}', 'tls_cert {my.cert}', 'tls_key {my.key}'].map((line) =>
      line.replace(/\{(.*)\}/, (_, name: string) => path(name)),
    );
    const replicas = await Promise.all(
      [1, 2].map(() => replica(upstream, [`endpoint 127.0.0.1:${redis.port}`, ...lines].join('\n        '))),
    );
    await Promise.all(replicas.map(usesRedis));
    await store(replicas[0], 'secure.test');
    assert.deepEqual(addresses(await replicas[1].ask('secure.test')), [ADDRESS]);
    assert.equal(asked(upstream, 'secure.test'), 1);
    // Without the authority nobody is trusted.
    const stranger = await replica(upstream, `endpoint 127.0.0.1:${redis.port}\n        tls`);
    await stranger.printed(/Redis is not used: .*certificate/);
    for (const each of [...replicas, stranger]) await each.stop();
    await upstream.close();
    await tls.stop();
    await redis.stop();
  });

  it('gets its store from the tuning, too', { skip: NO_REDIS }, async () => {
    const redis = await TestRedis.start(['--requirepass', 'hush-hush']);
    const upstream = await ScriptedUpstream.open(answering(ADDRESS, 600));
    for (const [name, text] of Object.entries({ key: KEY, password: 'hush-hush\n' }))
      writeFileSync(join(redis.folder, name), text);
    const server = await TestServer.start({
      corefile: `.:{PORT} {
    prometheus 127.0.0.1:{PORT2}
    cache
    forward . 127.0.0.1:${upstream.port}
}
`,
      env: {
        SHOAL_REDIS_ENDPOINT: `127.0.0.1:${redis.port}`,
        SHOAL_REDIS_PASSWORD_FILE: join(redis.folder, 'password'),
        SHOAL_REDIS_FLEET_KEY_FILE: join(redis.folder, 'key'),
      },
    });
    await usesRedis(server);
    await store(server, 'tuned.test');
    assert.ok(!`${server.stdout}${server.stderr}`.includes('hush-hush'));
    await server.stop();
    await upstream.close();
    await redis.stop();
  });
});
