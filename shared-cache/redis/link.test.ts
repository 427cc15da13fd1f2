import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Link, openLink, tlsOptions } from './link.ts';
import type { ConnectionSettings, RedisTls } from './settings.ts';
import { freePort, NO_REDIS, TestRedis } from './testing/server.ts';
import { testSettings, until } from './testing/settings.ts';

const TLS: RedisTls = { ca: '', cert: '', key: '', verifyChain: true, verifyHostname: true };

/** A link that is up, for as long as `work` takes. */
async function linked(settings: ConnectionSettings, work: (link: Link) => Promise<void>): Promise<void> {
  const link = openLink(settings, { up: () => undefined, down: () => undefined });
  try {
    await until(() => link.ready);
    await work(link);
  } finally {
    link.close();
  }
}

/** What is set can be got, on replicas a moment later. */
async function carries(link: Link): Promise<void> {
  await until(() =>
    link.set('key', Uint8Array.of(1, 2, 255), 60).then(
      () => true,
      () => false,
    ),
  );
  const value = await until<Uint8Array>(() =>
    link.get('key').then(
      (found) => found ?? false,
      () => false,
    ),
  );
  assert.deepEqual([...value], [1, 2, 255]);
}

describe('TLS settings', () => {
  const rows: { name: string; tls: Partial<RedisTls>; want: object }[] = [
    { name: 'the system’s roots', tls: {}, want: { rejectUnauthorized: true } },
    { name: 'roots of its own', tls: { ca: 'CA' }, want: { rejectUnauthorized: true, ca: 'CA' } },
    {
      name: 'a client’s certificate',
      tls: { cert: 'C', key: 'K' },
      want: { rejectUnauthorized: true, cert: 'C', key: 'K' },
    },
    { name: 'no checks', tls: { verifyChain: false }, want: { rejectUnauthorized: false } },
  ];
  for (const { name, tls, want } of rows) test(name, () => assert.deepEqual(tlsOptions({ ...TLS, ...tls }), want));

  test('any host name', () => {
    const { checkServerIdentity, rejectUnauthorized } = tlsOptions({ ...TLS, verifyHostname: false });
    assert.equal(typeof checkServerIdentity, 'function');
    assert.equal(rejectUnauthorized, true);
  });
});

describe('a real Redis', { skip: NO_REDIS }, () => {
  test('by address, with a database', async () => {
    const redis = await TestRedis.start();
    await linked(testSettings(redis.port, { db: 5 }), carries);
    await redis.stop();
  });

  test('with an ACL user that may do what the README says and nothing else', async () => {
    const rights = 'on >s ~test:* ~key -@all +getrange +set +info +client|setname +select +auth'.split(' ');
    const redis = await TestRedis.start(['--user', 'dns', ...rights]);
    await linked(testSettings(redis.port, { username: 'dns', password: 's' }), carries);
    await redis.stop();
  });

  test('by a name that an own name server knows', async () => {
    const redis = await TestRedis.start();
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    // An answer with one A record for every question.
    server.on('message', (query, { port, address }) => {
      const end = query.indexOf(0, 12) + 5;
      const answer = Buffer.concat([query.subarray(0, end), Buffer.from('c00c000100010000003c00047f000001', 'hex')]);
      answer.writeUInt16BE(0x8180, 2);
      answer.writeUInt32BE(0x00010000 | 1, 4);
      answer.writeUInt32BE(0, 8);
      server.send(answer, port, address);
    });
    const endpoint = { host: 'redis.cache.svc.cluster.local', port: redis.port };
    const resolver = { host: '127.0.0.1', port: server.address().port };
    const topology = { kind: 'single', endpoint, readEndpoints: [] } as const;
    await linked(testSettings(redis.port, { topology, resolver }), carries);
    server.close();
    await redis.stop();
  });

  test('by way of a sentinel, with a replica to read from', async () => {
    const master = await TestRedis.start();
    const replica = await TestRedis.start(['--replicaof', '127.0.0.1', String(master.port)]);
    const sentinel = new TestRedis(await freePort(), []);
    const conf = join(sentinel.folder, 'sentinel.conf');
    writeFileSync(
      conf,
      `port ${sentinel.port}\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 ${master.port} 1\n`,
    );
    const child = spawn('redis-server', [conf, '--sentinel'], { stdio: 'ignore' });
    const topology = {
      kind: 'sentinel',
      master: 'mymaster',
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      username: '',
      password: '',
    } as const;
    await linked(testSettings(0, { topology }), carries);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    for (const redis of [sentinel, replica, master]) await redis.stop();
  });

  test('a cluster', async () => {
    const redis = await TestRedis.start([
      ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
      // The port of the bus would be 10,000 above, which need not exist.
      ...['--cluster-port', String(await freePort())],
    ]);
    const cli = spawn('redis-cli', ['-p', String(redis.port), 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383'], {
      stdio: 'ignore',
    });
    await once(cli, 'exit');
    const seeds = [{ host: '127.0.0.1', port: redis.port }];
    await linked(testSettings(0, { topology: { kind: 'cluster', seeds, readFrom: 'replica' } }), carries);
    await redis.stop();
  });
});
